package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom-connector/internal/quote"
	sdk "intercom-connector/proto"
	"intercom-connector/tester/staging"
)

// merge lands one group in its table, inside the lander's transaction.
func (l *Lander) merge(ctx context.Context, s *StagedRows) error {
	t := l.tables[s.Table]
	gone := " SET " + DeletedColumn + " = true, " + SyncedColumn + " = " + instant(s.Synced)
	if s.Op == sdk.RecordType_TRUNCATE {
		if t.keys == nil { // no record has come yet
			return nil
		}
		return l.warehouse.exec(ctx, "UPDATE "+t.sql()+gone+" WHERE NOT "+DeletedColumn)
	}
	source, err := l.distinct(ctx, t, s)
	if err != nil {
		return err
	}
	switch s.Op {
	case sdk.RecordType_UPSERT:
		return l.upsert(ctx, t, s, source)
	case sdk.RecordType_UPDATE:
		return l.warehouse.exec(ctx, "UPDATE "+t.sql()+" AS t SET "+patch(t, s)+" FROM "+source+" AS s WHERE "+sameRow(t, s))
	default:
		return l.warehouse.exec(ctx, "UPDATE "+t.sql()+" AS t"+gone+" FROM "+source+" AS s WHERE "+sameRow(t, s))
	}
}

// distinct is the group's rows as a table expression with each key once: the
// last row counts. Most groups have no key twice, and finding that out needs
// the keys only. Keys are compared as the warehouse will hold them: the decimals
// 1.0 and 1.00 are one.
func (l *Lander) distinct(ctx context.Context, t *table, s *StagedRows) (string, error) {
	var keys []string
	for _, c := range s.Columns {
		if isKey(t, c.Name) {
			keys = append(keys, cast(t, "s", c))
		}
	}
	byKey := " FROM " + s.source() + " AS s GROUP BY " + strings.Join(keys, ", ")
	var different int64
	err := l.warehouse.conn.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1"+byKey+")").Scan(&different)
	if err != nil || different == s.Kept {
		return s.source(), err
	}
	return "(FROM " + s.source() + " WHERE " + staging.OrderColumn + " IN (SELECT max(" + staging.OrderColumn + ")" + byKey + "))", nil
}

// upsert is delete-then-insert by key, so that columns that the group does not
// bring become null. It is what keeps a key unique: an index that enforces it
// would cost more than all the rest of landing a row.
func (l *Lander) upsert(ctx context.Context, t *table, s *StagedRows, source string) error {
	gone, err := l.warehouse.conn.ExecContext(ctx, "DELETE FROM "+t.sql()+" AS t USING "+source+" AS s WHERE "+sameRow(t, s))
	if err != nil {
		return err
	}
	if n, err := gone.RowsAffected(); err != nil || n > 0 {
		// There are holes to fill: what openWarehouse switched off pays again.
		if err := errors.Join(err, l.warehouse.exec(ctx, "RESET max_vacuum_tasks")); err != nil {
			return err
		}
	}
	var names, values []string
	for _, c := range s.Columns {
		names, values = append(names, quote.Name(c.Name)), append(values, cast(t, "s", c))
	}
	return l.warehouse.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s, %s, %s) SELECT %s, %s, false FROM %s AS s", t.sql(),
		strings.Join(names, ", "), SyncedColumn, DeletedColumn, strings.Join(values, ", "), instant(s.Synced), source))
}

// patch sets the columns that an UPDATE brings, and no others.
func patch(t *table, s *StagedRows) string {
	sets := []string{SyncedColumn + " = " + instant(s.Synced)}
	for _, c := range s.Columns {
		if !isKey(t, c.Name) {
			sets = append(sets, quote.Name(c.Name)+" = "+cast(t, "s", c))
		}
	}
	return strings.Join(sets, ", ")
}

func sameRow(t *table, s *StagedRows) string {
	var conditions []string
	for _, c := range s.Columns {
		if isKey(t, c.Name) {
			conditions = append(conditions, "t."+quote.Name(c.Name)+" = "+cast(t, "s", c))
		}
	}
	return strings.Join(conditions, " AND ")
}

func isKey(t *table, name string) bool {
	return slices.ContainsFunc(t.keys, func(key string) bool { return strings.EqualFold(key, name) })
}

// cast takes a staged column to its type and on to the warehouse's, which may
// be wider.
func cast(t *table, alias string, c StagedColumn) string {
	expr := alias + "." + quote.Name(c.Name)
	typ := c.Type.SQL()
	if typ != c.Class.SQL() {
		expr = "CAST(" + expr + " AS " + typ + ")"
	}
	if have := t.column(c.Name); have != nil && have.Type.SQL() != typ {
		expr = "CAST(" + expr + " AS " + have.Type.SQL() + ")"
	}
	return expr
}

// instant is a time as an SQL literal.
func instant(at time.Time) string {
	return "TIMESTAMPTZ '" + at.UTC().Format("2006-01-02 15:04:05.000000") + "+00'"
}
