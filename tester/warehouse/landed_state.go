package warehouse

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"intercom-connector/internal/quote"
)

// The marks of a warehouse are a table of its own schema: for each destination
// schema the states whose rows have landed there, the newest with the highest
// number, and the tables that had rows.
const (
	markSchema = "_tester"
	markTable  = markSchema + ".mark"
)

// LandedState says which state a destination schema's rows are of.
type LandedState struct {
	schema string
	number int64
	state  string          // its fingerprint; "" when none has landed
	tables map[string]bool // those that had rows, as "schema"."name" in small letters
}

// fingerprint stands for a state. How it is spaced does not count.
func fingerprint(state string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(state)) != nil {
		b.WriteString(state)
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

var none = fingerprint("{}")

// ErrApart is in the error of a state and a warehouse that do not belong together.
var ErrApart = errors.New("the state and the warehouse do not belong together")

func apart(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrApart, fmt.Sprintf(format, args...))
}

// CheckState holds a state against what has landed in a destination schema, and
// refuses one that speaks of rows that are not there: the next sync would never
// bring them. A warehouse that is one landing ahead, as after a kill between its
// commit and the writing of the state, goes on, and so does one that was filled
// before there were marks. An empty state belongs everywhere: all comes again. Of
// tables whose rows are gone the mark is given beside the error, to reset them.
func (w *Warehouse) CheckState(ctx context.Context, schema, state string) (*LandedState, error) {
	if err := w.exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+markSchema); err != nil {
		return nil, err
	}
	if err := w.exec(ctx, "CREATE TABLE IF NOT EXISTS "+markTable+" (destination VARCHAR, number BIGINT, state VARCHAR, tables VARCHAR, landed_at TIMESTAMPTZ)"); err != nil {
		return nil, err
	}
	newest, before, err := w.marks(ctx, schema)
	if err != nil {
		return nil, err
	}
	found := fingerprint(state)
	switch {
	case found == none:
		return newest, nil
	case newest.state == "":
		return w.adopt(ctx, newest, found)
	case newest.state == found:
		return newest, w.stillThere(ctx, newest)
	case before == found:
		if err := w.stillThere(ctx, newest); err != nil {
			return newest, err
		}
		return newest, w.write(ctx, newest, found) // the next landing is one ahead of this
	}
	var known bool
	if err := w.conn.QueryRowContext(ctx, "SELECT count(*) > 0 FROM "+markTable+" WHERE lower(destination) = lower(?) AND state = ?", schema, found).Scan(&known); err != nil {
		return nil, err
	}
	if known {
		return nil, apart("the state is older than the rows in the schema %q, as after it was restored alone", schema)
	}
	return nil, apart("the schema %q has never seen this state, as after the warehouse was restored alone, or the state was changed by hand", schema)
}

// marks reads the newest mark and the state of the one before it.
func (w *Warehouse) marks(ctx context.Context, schema string) (newest *LandedState, before string, err error) {
	newest = &LandedState{schema: schema, tables: map[string]bool{}}
	rows, err := w.conn.QueryContext(ctx, "SELECT number, state, tables FROM "+markTable+" WHERE lower(destination) = lower(?) ORDER BY number DESC LIMIT 2", schema)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		var number int64
		var state, tables string
		if err := rows.Scan(&number, &state, &tables); err != nil {
			return nil, "", err
		}
		if n == 1 {
			before = state
			break
		}
		newest.number, newest.state = number, state
		var names []string
		if err := json.Unmarshal([]byte(tables), &names); err != nil {
			return nil, "", fmt.Errorf("the warehouse's marks: %w", err)
		}
		for _, name := range names {
			newest.tables[name] = true
		}
	}
	return newest, before, rows.Err()
}

// adopt marks a schema that was filled before there were marks.
func (w *Warehouse) adopt(ctx context.Context, m *LandedState, found string) (*LandedState, error) {
	var other string
	err := w.conn.QueryRowContext(ctx, "SELECT coalesce(max(destination), '') FROM "+markTable+" WHERE state = ?", found).Scan(&other)
	if err != nil {
		return nil, err
	}
	if other != "" {
		return nil, apart("the state is that of the schema %q, not of %q", other, m.schema)
	}
	tables, err := w.tablesOf(ctx, m.schema)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if there, err := w.holdsRows(ctx, t); err != nil {
			return nil, err
		} else if there {
			m.tables[t] = true
		}
	}
	if len(m.tables) == 0 {
		return nil, apart("the state tells of rows, but the schema %q has none, as after the warehouse was deleted or another schema was named", m.schema)
	}
	return m, w.write(ctx, m, found)
}

// stillThere refuses a warehouse out of which a table was taken.
func (w *Warehouse) stillThere(ctx context.Context, m *LandedState) error {
	present := map[string]bool{}
	for name := range m.tables {
		schema, _, _ := strings.Cut(name, `"."`)
		tables, err := w.tablesOf(ctx, strings.ReplaceAll(strings.TrimPrefix(schema, `"`), `""`, `"`))
		if err != nil {
			return err
		}
		for _, t := range tables {
			present[t] = true
		}
	}
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(m.tables)) {
		there := present[name]
		if there {
			var err error
			if there, err = w.holdsRows(ctx, name); err != nil {
				return err
			}
		}
		if !there {
			gone = append(gone, strings.ReplaceAll(name, `"`, ""))
		}
	}
	if len(gone) > 0 {
		return apart("rows of %s have landed, and are gone", strings.Join(gone, ", "))
	}
	return nil
}

// tablesOf are the tables of a destination schema, those of the source's schemas
// behind it among them.
func (w *Warehouse) tablesOf(ctx context.Context, schema string) (tables []string, err error) {
	rows, err := w.conn.QueryContext(ctx, `SELECT schema_name, table_name FROM duckdb_tables()
		WHERE database_name = current_database() AND (lower(schema_name) = lower(?) OR starts_with(lower(schema_name), lower(?) || '_'))`, schema, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s, t string
		if err := rows.Scan(&s, &t); err != nil {
			return nil, err
		}
		tables = append(tables, strings.ToLower(quote.Name(s)+"."+quote.Name(t)))
	}
	return tables, rows.Err()
}

func (w *Warehouse) holdsRows(ctx context.Context, table string) (there bool, err error) {
	err = w.conn.QueryRowContext(ctx, "SELECT count(*) > 0 FROM (SELECT 1 FROM "+table+" LIMIT 1)").Scan(&there)
	return there, err
}

// write makes the mark that of a state. In a landing's transaction, it is true of
// the rows that land there.
func (w *Warehouse) write(ctx context.Context, m *LandedState, state string) error {
	tables, err := json.Marshal(slices.Sorted(maps.Keys(m.tables)))
	if err != nil {
		return err
	}
	m.number, m.state = m.number+1, state
	return w.exec(ctx, "INSERT INTO "+markTable+" VALUES (?, ?, ?, ?, ?)", m.schema, m.number, state, string(tables), time.Now().UTC())
}
