package tester

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	sdk "intercom-connector/proto"
)

// merge lands one segment in its table, inside the lander's transaction.
func (l *lander) merge(ctx context.Context, s *segment) error {
	t := l.targets[s.table]
	gone := " SET " + deletedColumn + " = true, " + syncedColumn + " = " + instant(s.synced)
	if s.op == sdk.RecordType_TRUNCATE {
		return l.exec(ctx, "UPDATE "+t.sql()+gone+" WHERE NOT "+deletedColumn)
	}
	source, err := l.distinct(ctx, t, s)
	if err != nil {
		return err
	}
	switch s.op {
	case sdk.RecordType_UPSERT:
		return l.upsert(ctx, t, s, source)
	case sdk.RecordType_UPDATE:
		return l.exec(ctx, "UPDATE "+t.sql()+" AS t SET "+patch(t, s)+" FROM "+source+" AS s WHERE "+sameRow(t, s))
	default:
		return l.exec(ctx, "UPDATE "+t.sql()+" AS t"+gone+" FROM "+source+" AS s WHERE "+sameRow(t, s))
	}
}

// distinct is the segment's rows as a table expression with each key once: the
// last row counts. Most segments have no key twice, and finding that out needs
// the keys only. Keys are compared as the warehouse will hold them: the decimals
// 1.0 and 1.00 are one.
func (l *lander) distinct(ctx context.Context, t *target, s *segment) (string, error) {
	var keys []string
	for _, c := range s.columns {
		if isKey(t, c.name) {
			keys = append(keys, cast(t, "s", c))
		}
	}
	byKey := " FROM " + s.source() + " AS s GROUP BY " + strings.Join(keys, ", ")
	var different int64
	err := l.warehouse.lander.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1"+byKey+")").Scan(&different)
	if err != nil || different == s.kept {
		return s.source(), err
	}
	return "(FROM " + s.source() + " WHERE " + orderColumn + " IN (SELECT max(" + orderColumn + ")" + byKey + "))", nil
}

// upsert is delete-then-insert by key, so that columns that the segment does not
// bring become null. It is what keeps a key unique: an index that enforces it
// would cost more than all the rest of landing a row.
func (l *lander) upsert(ctx context.Context, t *target, s *segment, source string) error {
	gone, err := l.warehouse.lander.ExecContext(ctx, "DELETE FROM "+t.sql()+" AS t USING "+source+" AS s WHERE "+sameRow(t, s))
	if err != nil {
		return err
	}
	if n, err := gone.RowsAffected(); err != nil || n > 0 {
		// There are holes to fill: what openWarehouse switched off pays again.
		if err := errors.Join(err, l.exec(ctx, "RESET max_vacuum_tasks")); err != nil {
			return err
		}
	}
	var names, values []string
	for _, c := range s.columns {
		names, values = append(names, quote(c.name)), append(values, cast(t, "s", c))
	}
	return l.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s, %s, %s) SELECT %s, %s, false FROM %s AS s", t.sql(),
		strings.Join(names, ", "), syncedColumn, deletedColumn, strings.Join(values, ", "), instant(s.synced), source))
}

// patch sets the columns that an UPDATE brings, and no others.
func patch(t *target, s *segment) string {
	sets := []string{syncedColumn + " = " + instant(s.synced)}
	for _, c := range s.columns {
		if !isKey(t, c.name) {
			sets = append(sets, quote(c.name)+" = "+cast(t, "s", c))
		}
	}
	return strings.Join(sets, ", ")
}

func sameRow(t *target, s *segment) string {
	var conditions []string
	for _, c := range s.columns {
		if isKey(t, c.name) {
			conditions = append(conditions, "t."+quote(c.name)+" = "+cast(t, "s", c))
		}
	}
	return strings.Join(conditions, " AND ")
}

func isKey(t *target, name string) bool {
	for _, k := range t.keys {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// cast takes a staged column to its type and on to the warehouse's, which may
// be wider.
func cast(t *target, alias string, c stagedColumn) string {
	expr := alias + "." + quote(c.name)
	typ := c.typ.sql()
	if typ != classes[c.class].sql {
		expr = "CAST(" + expr + " AS " + typ + ")"
	}
	if have := t.column(c.name); have != nil && have.typ.sql() != typ {
		expr = "CAST(" + expr + " AS " + have.typ.sql() + ")"
	}
	return expr
}

// instant is a time as an SQL literal.
func instant(at time.Time) string {
	return "TIMESTAMPTZ '" + at.UTC().Format("2006-01-02 15:04:05.000000") + "+00'"
}
