package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"intercom-connector/internal/quote"
	"intercom-connector/tester/protocol"
)

// Fivetran's own columns.
const (
	SyncedColumn  = "_fivetran_synced"
	DeletedColumn = "_fivetran_deleted"
	IDColumn      = "_fivetran_id" // the primary key of a table that has none
	Reserved      = "_fivetran_"
)

// Column is a column as the connector declares it, widened by the values seen.
type Column struct {
	Name     string
	Type     Type
	Key      bool
	Selected bool
}

// TableName is a table's place: its source schema ("" without) and its name.
type TableName struct{ Schema, Name string }

func (n TableName) String() string {
	if n.Schema == "" {
		return n.Name
	}
	return n.Schema + "." + n.Name
}

// table is a table of the warehouse as DuckDB has it.
type table struct {
	schema, name string
	columns      []Column // in DuckDB's order, without Fivetran's own
	keys         []string
}

func (t *table) sql() string { return quote.Name(t.schema) + "." + quote.Name(t.name) }

func (t *table) column(name string) *Column {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].Name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

// ensure makes the warehouse's table able to hold what a definition describes.
// It creates and alters in statements of their own, before the merge: DuckDB
// does not commit a table that one transaction both filled and altered. A wider
// column is harmless should the merge not come about.
func (l *Lander) ensure(ctx context.Context, name TableName, definition []Column) (*table, error) {
	t := l.tables[name]
	if t == nil {
		var err error
		if t, err = l.find(ctx, name); err != nil {
			return nil, err
		}
		l.tables[name] = t
	}
	if t.columns == nil && t.keys == nil {
		if slices.ContainsFunc(definition, func(c Column) bool { return c.Key && !c.Type.Known() }) {
			return t, nil // a record will tell the key's type
		}
		return t, l.create(ctx, t, definition)
	}
	if err := t.sameKey(definition); err != nil {
		if there, failed := l.warehouse.holdsRows(ctx, t.sql()); there || failed != nil {
			return nil, errors.Join(err, failed)
		}
		if err := l.warehouse.exec(ctx, "DROP TABLE "+t.sql()); err != nil { // an empty one has no key yet
			return nil, err
		}
		*t = table{schema: t.schema, name: t.name}
		return t, l.create(ctx, t, definition)
	}
	for _, col := range definition {
		if !col.Type.Known() || !col.Selected {
			continue
		}
		have := t.column(col.Name)
		if have == nil {
			if err := l.warehouse.exec(ctx, "ALTER TABLE "+t.sql()+" ADD COLUMN "+quote.Name(col.Name)+" "+col.Type.SQL()); err != nil {
				return nil, err
			}
			t.columns = append(t.columns, col)
			continue
		}
		if err := l.widen(ctx, t, have, col.Type); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// rebuild copies a table that an earlier version made with a PRIMARY KEY, whose
// index makes landing three times slower and which DuckDB does not drop.
func (l *Lander) rebuild(ctx context.Context, t *table) error {
	copied := &table{schema: t.schema, name: t.name + "__rebuilt", columns: t.columns, keys: t.keys}
	names := quote.Names(t.allColumns())
	return l.warehouse.transaction(ctx, func() error {
		for _, q := range []string{
			copied.ddl(),
			"INSERT INTO " + copied.sql() + " (" + names + ") SELECT " + names + " FROM " + t.sql(),
			"DROP TABLE " + t.sql(),
			"ALTER TABLE " + copied.sql() + " RENAME TO " + quote.Name(t.name),
		} {
			if err := l.warehouse.exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *table) allColumns() []string {
	var names []string
	if slices.Equal(t.keys, []string{IDColumn}) {
		names = append(names, IDColumn)
	}
	for _, c := range t.columns {
		names = append(names, c.Name)
	}
	return append(names, SyncedColumn, DeletedColumn)
}

func (l *Lander) create(ctx context.Context, t *table, definition []Column) error {
	for _, col := range definition {
		if col.Key {
			t.keys = append(t.keys, col.Name)
		}
		if col.Type.Known() && col.Selected {
			t.columns = append(t.columns, col)
		}
	}
	if t.keys == nil {
		t.keys = []string{IDColumn}
	}
	return l.warehouse.exec(ctx, t.ddl())
}

// ddl makes the table. Its primary key's columns, and no others, are NOT NULL;
// that each key is there once is the merge's doing.
func (t *table) ddl() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (", t.sql())
	if slices.Equal(t.keys, []string{IDColumn}) {
		fmt.Fprintf(&b, "%s VARCHAR NOT NULL, ", IDColumn)
	}
	for _, c := range t.columns {
		fmt.Fprintf(&b, "%s %s", quote.Name(c.Name), c.Type.SQL())
		if c.Key {
			b.WriteString(" NOT NULL")
		}
		b.WriteString(", ")
	}
	fmt.Fprintf(&b, "%s TIMESTAMP WITH TIME ZONE, %s BOOLEAN)", SyncedColumn, DeletedColumn)
	return b.String()
}

// sameKey refuses a definition whose primary key is not the table's.
func (t *table) sameKey(definition []Column) error {
	var keys []string
	for _, c := range definition {
		if c.Key {
			keys = append(keys, c.Name)
		}
	}
	if keys == nil {
		keys = []string{IDColumn}
	}
	have, want := slices.Sorted(slices.Values(t.keys)), slices.Sorted(slices.Values(keys))
	if slices.EqualFunc(have, want, strings.EqualFold) {
		return nil
	}
	return &protocol.RuleError{
		Rule: protocol.RulePrimaryKeyChange, Table: t.name,
		Detail: fmt.Sprintf("the warehouse's table has the primary key (%s), the connector's now has (%s)", strings.Join(have, ", "), strings.Join(want, ", ")),
	}
}

// find reads a table from DuckDB's catalogue. One that is not there yet has no
// columns and no keys.
func (l *Lander) find(ctx context.Context, name TableName) (*table, error) {
	t := &table{schema: l.schemaOf(name), name: name.Name}
	if err := l.warehouse.exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote.Name(t.schema)); err != nil {
		return nil, err
	}
	rows, err := l.warehouse.conn.QueryContext(ctx, `SELECT column_name, data_type, NOT is_nullable FROM duckdb_columns()
		WHERE database_name = current_database() AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index`, t.schema, t.name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if err := t.scan(rows); err != nil || t.keys == nil {
		return t, err
	}
	var indexed bool
	err = l.warehouse.conn.QueryRowContext(ctx, `SELECT count(*) > 0 FROM duckdb_constraints()
		WHERE database_name = current_database() AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) AND constraint_type = 'PRIMARY KEY'`, t.schema, t.name).Scan(&indexed)
	if err == nil && indexed {
		err = l.rebuild(ctx, t)
	}
	return t, err
}

// scan reads the columns; those of the primary key are the ones without nulls.
func (t *table) scan(rows *sql.Rows) error {
	for rows.Next() {
		var name, typ string
		var key bool
		if err := rows.Scan(&name, &typ, &key); err != nil {
			return err
		}
		if key {
			t.keys = append(t.keys, name)
		}
		if strings.HasPrefix(name, Reserved) {
			continue
		}
		parsed, ok := parseSQLType(typ)
		if !ok {
			return fmt.Errorf("the warehouse's table %s has column %q of type %s, which no sync makes: start afresh with --reset", t.name, name, typ)
		}
		t.columns = append(t.columns, Column{Name: name, Type: parsed, Key: key, Selected: true})
	}
	return rows.Err()
}
