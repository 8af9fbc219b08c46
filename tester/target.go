package tester

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// target is a table of the warehouse as DuckDB has it.
type target struct {
	schema, name string
	columns      []column // in DuckDB's order, without Fivetran's own
	keys         []string
}

func (t *target) sql() string { return quote(t.schema) + "." + quote(t.name) }

func (t *target) column(name string) *column {
	for i := range t.columns {
		if strings.EqualFold(t.columns[i].name, name) {
			return &t.columns[i]
		}
	}
	return nil
}

// Widening is a column that got a wider type because a value or a schema needed it.
type Widening struct {
	Table, Column string
	From, To      string // DuckDB types
}

// ensure makes the warehouse's table able to hold what a definition describes.
// It creates and alters in statements of their own, before the merge: DuckDB
// does not commit a table that one transaction both filled and altered. A wider
// column is harmless should the merge not come about.
func (l *lander) ensure(ctx context.Context, name tableName, definition []column) (*target, error) {
	t := l.targets[name]
	if t == nil {
		var err error
		if t, err = l.find(ctx, name); err != nil {
			return nil, err
		}
		l.targets[name] = t
	}
	if t.columns == nil && t.keys == nil {
		return t, l.create(ctx, t, definition)
	}
	if err := t.sameKey(definition); err != nil {
		return nil, err
	}
	for _, col := range definition {
		if !col.typ.known() || !col.selected {
			continue
		}
		have := t.column(col.name)
		if have == nil {
			if err := l.exec(ctx, "ALTER TABLE "+t.sql()+" ADD COLUMN "+quote(col.name)+" "+col.typ.sql()); err != nil {
				return nil, err
			}
			t.columns = append(t.columns, col)
			continue
		}
		if err := l.widen(ctx, t, have, col.typ); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// widen gives a column of the warehouse the type that holds typ as well.
func (l *lander) widen(ctx context.Context, t *target, have *column, typ dataType) error {
	to := widen(have.typ, typ)
	if to.sql() == have.typ.sql() {
		return nil
	}
	l.widened(Widening{Table: t.name, Column: have.name, From: have.typ.sql(), To: to.sql()})
	have.typ = to
	return l.transaction(ctx, func() error {
		if err := l.exec(ctx, "ALTER TABLE "+t.sql()+" ALTER COLUMN "+quote(have.name)+" TYPE "+to.sql()); err != nil || !have.key {
			return err
		}
		return l.unique(ctx, t)
	})
}

// unique refuses a table that has a key twice, as one may whose key lost digits
// when it was widened: a long integer that became a DOUBLE.
func (l *lander) unique(ctx context.Context, t *target) error {
	var twice int64
	err := l.warehouse.lander.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+t.sql()+" GROUP BY "+quoteAll(t.keys)+" HAVING count(*) > 1)").Scan(&twice)
	if err == nil && twice > 0 {
		err = fmt.Errorf("the table %s has %d keys twice once its primary key (%s) has its new type: start afresh with --reset", t.name, twice, strings.Join(t.keys, ", "))
	}
	return err
}

// rebuild copies a table that an earlier version made with a PRIMARY KEY, whose
// index makes landing three times slower and which DuckDB does not drop.
func (l *lander) rebuild(ctx context.Context, t *target) error {
	copied := &target{schema: t.schema, name: t.name + "__rebuilt", columns: t.columns, keys: t.keys}
	names := quoteAll(t.allColumns())
	return l.transaction(ctx, func() error {
		for _, q := range []string{
			copied.ddl(),
			"INSERT INTO " + copied.sql() + " (" + names + ") SELECT " + names + " FROM " + t.sql(),
			"DROP TABLE " + t.sql(),
			"ALTER TABLE " + copied.sql() + " RENAME TO " + quote(t.name),
		} {
			if err := l.exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *target) allColumns() []string {
	var names []string
	if slices.Equal(t.keys, []string{idColumn}) {
		names = append(names, idColumn)
	}
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return append(names, syncedColumn, deletedColumn)
}

func (l *lander) create(ctx context.Context, t *target, definition []column) error {
	for _, col := range definition {
		if col.key {
			t.keys = append(t.keys, col.name)
		}
		if col.typ.known() && col.selected {
			t.columns = append(t.columns, col)
		}
	}
	if t.keys == nil {
		t.keys = []string{idColumn}
	}
	return l.exec(ctx, t.ddl())
}

// ddl makes the table. Its primary key's columns, and no others, are NOT NULL;
// that each key is there once is the merge's doing.
func (t *target) ddl() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (", t.sql())
	if slices.Equal(t.keys, []string{idColumn}) {
		fmt.Fprintf(&b, "%s VARCHAR NOT NULL, ", idColumn)
	}
	for _, c := range t.columns {
		fmt.Fprintf(&b, "%s %s", quote(c.name), c.typ.sql())
		if c.key {
			b.WriteString(" NOT NULL")
		}
		b.WriteString(", ")
	}
	fmt.Fprintf(&b, "%s TIMESTAMP WITH TIME ZONE, %s BOOLEAN)", syncedColumn, deletedColumn)
	return b.String()
}

// sameKey refuses a definition whose primary key is not the table's.
func (t *target) sameKey(definition []column) error {
	var keys []string
	for _, c := range definition {
		if c.key {
			keys = append(keys, c.name)
		}
	}
	if keys == nil {
		keys = []string{idColumn}
	}
	have, want := slices.Sorted(slices.Values(t.keys)), slices.Sorted(slices.Values(keys))
	if slices.EqualFunc(have, want, strings.EqualFold) {
		return nil
	}
	return &RuleError{
		Rule: RulePrimaryKeyChange, Table: t.name,
		Detail: fmt.Sprintf("the warehouse's table has the primary key (%s), the connector's now has (%s): start afresh with --reset", strings.Join(have, ", "), strings.Join(want, ", ")),
	}
}

// find reads a table from DuckDB's catalogue. One that is not there yet has no
// columns and no keys.
func (l *lander) find(ctx context.Context, name tableName) (*target, error) {
	t := &target{schema: l.schemaOf(name), name: name.name}
	if err := l.exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(t.schema)); err != nil {
		return nil, err
	}
	rows, err := l.warehouse.lander.QueryContext(ctx, `SELECT column_name, data_type, NOT is_nullable FROM duckdb_columns()
		WHERE database_name = current_database() AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index`, t.schema, t.name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if err := t.scan(rows); err != nil || t.keys == nil {
		return t, err
	}
	var indexed bool
	err = l.warehouse.lander.QueryRowContext(ctx, `SELECT count(*) > 0 FROM duckdb_constraints()
		WHERE database_name = current_database() AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) AND constraint_type = 'PRIMARY KEY'`, t.schema, t.name).Scan(&indexed)
	if err == nil && indexed {
		err = l.rebuild(ctx, t)
	}
	return t, err
}

// scan reads the columns; those of the primary key are the ones without nulls.
func (t *target) scan(rows *sql.Rows) error {
	for rows.Next() {
		var name, typ string
		var key bool
		if err := rows.Scan(&name, &typ, &key); err != nil {
			return err
		}
		if key {
			t.keys = append(t.keys, name)
		}
		if strings.HasPrefix(name, reserved) {
			continue
		}
		parsed, ok := parseSQLType(typ)
		if !ok {
			return fmt.Errorf("the warehouse's table %s has column %q of type %s, which no sync makes: start afresh with --reset", t.name, name, typ)
		}
		t.columns = append(t.columns, column{name: name, typ: parsed, key: key, selected: true})
	}
	return rows.Err()
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}
