package report

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"intercom-connector/internal/quote"
	"intercom-connector/tester/warehouse"
)

// unparsedColumn holds, as JSON, what did not fit its own column.
const unparsedColumn = "unparsed_values"

// Table is what is known of a table.
type Table struct {
	Name    string
	Columns []Column
	// Rows are those that are not deleted; of the deleted ones nothing else here
	// speaks.
	Rows, Deleted int64
	// Time is the column that says when a row happened, "" without one; First
	// and Last are its ends.
	Time        string
	First, Last string
	Synced      time.Time // zero when nothing is known
	Unparsed    int64     // rows with a value that did not fit its column
}

// Column is what is known of a column.
type Column struct {
	Name, Type string
	Key        bool
	Nulls      int64
	Share      string // of the rows, in percent
}

// own says that the connector, not Fivetran, made the column.
func (c Column) own() bool {
	return c.Name != warehouse.SyncedColumn && c.Name != warehouse.DeletedColumn
}

func (t Table) column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Keys are the columns of the primary key.
func (t Table) Keys() []string {
	var names []string
	for _, c := range t.Columns {
		if c.Key {
			names = append(names, c.Name)
		}
	}
	return names
}

// Empty is how many columns hold nothing at all.
func (t Table) Empty() (n int) {
	for _, c := range t.Columns {
		if t.Rows > 0 && c.Nulls == t.Rows && c.Name != unparsedColumn {
			n++
		}
	}
	return n
}

// live keeps soft-deleted rows out of an answer.
func (t Table) live() string {
	if t.column(warehouse.DeletedColumn) == nil {
		return "true"
	}
	return quote.Name(warehouse.DeletedColumn) + " IS NOT TRUE"
}

// Tables reads the catalogue of a schema and counts what each table holds. The
// tester makes NOT NULL what is a key, and nothing else.
func Tables(ctx context.Context, db *sql.DB, schema string) ([]Table, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT c.table_name, c.column_name, c.data_type, NOT c.is_nullable
		FROM duckdb_columns() c
		JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
		WHERE c.database_name = current_database() AND c.schema_name = ?
		ORDER BY c.table_name, c.column_index`, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Table
	for rows.Next() {
		var name string
		var c Column
		if err := rows.Scan(&name, &c.Name, &c.Type, &c.Key); err != nil {
			return nil, err
		}
		if len(found) == 0 || found[len(found)-1].Name != name {
			found = append(found, Table{Name: name})
		}
		t := &found[len(found)-1]
		t.Columns = append(t.Columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close() // before the next query: a warehouse has one connection
	for i := range found {
		if err := found[i].count(ctx, db); err != nil {
			return nil, fmt.Errorf("table %s: %w", found[i].Name, err)
		}
	}
	return found, nil
}

// count reads the table once.
func (t *Table) count(ctx context.Context, db *sql.DB) error {
	t.Time = t.timeColumn()
	live := " FILTER (" + t.live() + ")"
	asked := []string{"count(*)", "count(*)" + live, "NULL", "NULL", "NULL"}
	if t.Time != "" {
		asked[2] = "min(" + quote.Name(t.Time) + ")" + live + "::VARCHAR"
		asked[3] = "max(" + quote.Name(t.Time) + ")" + live + "::VARCHAR"
	}
	if t.column(warehouse.SyncedColumn) != nil {
		asked[4] = "max(" + quote.Name(warehouse.SyncedColumn) + ")"
	}
	for _, c := range t.Columns {
		asked = append(asked, "count("+quote.Name(c.Name)+")"+live)
	}
	var all int64
	var first, last sql.NullString
	var synced sql.NullTime
	into := []any{&all, &t.Rows, &first, &last, &synced}
	filled := make([]int64, len(t.Columns))
	for i := range filled {
		into = append(into, &filled[i])
	}
	if err := db.QueryRowContext(ctx, "SELECT "+strings.Join(asked, ", ")+" FROM "+quote.Name(t.Name)).Scan(into...); err != nil {
		return err
	}
	t.Deleted, t.First, t.Last, t.Synced = all-t.Rows, minute(first.String), minute(last.String), synced.Time
	var kept []Column
	for i, c := range t.Columns {
		if c.Name == unparsedColumn {
			t.Unparsed = filled[i]
		}
		c.Nulls = t.Rows - filled[i]
		c.Share = share(c.Nulls, t.Rows)
		kept = append(kept, c)
	}
	t.Columns = kept
	return nil
}

// minute cuts the seconds from a time that DuckDB wrote.
func minute(text string) string {
	if len(text) > len("2006-01-02 15:04") {
		return text[:len("2006-01-02 15:04")]
	}
	return text
}

// share is a part in percent; what is neither nothing nor all never looks so.
func share(part, whole int64) string {
	switch {
	case part == 0 || whole == 0:
		return "0%"
	case part == whole:
		return "100%"
	}
	percent := 100 * float64(part) / float64(whole)
	return fmt.Sprintf("%.1f%%", min(max(percent, 0.1), 99.9))
}

// timeColumn is the first time of the key, or else of the table.
func (t *Table) timeColumn() string {
	first := ""
	for _, c := range t.Columns {
		if !c.own() || !strings.HasPrefix(c.Type, "TIMESTAMP") && c.Type != "DATE" {
			continue
		}
		if c.Key {
			return c.Name
		}
		if first == "" {
			first = c.Name
		}
	}
	return first
}
