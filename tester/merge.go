package tester

import (
	"context"
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
	source, err := l.distinct(ctx, s)
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
// the keys only. A staging table's rowid is the order in which rows came.
func (l *lander) distinct(ctx context.Context, s *segment) (string, error) {
	staged := s.sql()
	if s.kept < s.rows {
		staged = fmt.Sprintf("(SELECT *, rowid FROM %s WHERE rowid < %d)", s.sql(), s.kept)
	}
	keys := quoteAll(s.keyColumns())
	var different int64
	err := l.warehouse.lander.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+staged+" GROUP BY "+keys+")").Scan(&different)
	if err != nil || different == s.kept {
		return staged, err
	}
	return "(SELECT * FROM " + s.sql() + " WHERE rowid IN (SELECT max(rowid) FROM " + staged + " GROUP BY " + keys + "))", nil
}

// sql is the segment's staging table.
func (s *segment) sql() string { return stagingDatabase + ".main." + s.staging }

// upsert is delete-then-insert by key: columns that the segment does not bring
// become null.
func (l *lander) upsert(ctx context.Context, t *target, s *segment, source string) error {
	var names, values, sets []string
	brought := map[string]bool{}
	for _, c := range s.columns {
		names, values = append(names, quote(c.name)), append(values, cast(t, "s", c))
		brought[strings.ToLower(c.name)] = true
		if !isKey(t, c.name) {
			sets = append(sets, quote(c.name)+" = excluded."+quote(c.name))
		}
	}
	for _, c := range t.columns {
		if !brought[strings.ToLower(c.name)] {
			sets = append(sets, quote(c.name)+" = NULL")
		}
	}
	for _, c := range []string{syncedColumn, deletedColumn} {
		names = append(names, c)
		sets = append(sets, c+" = excluded."+c)
	}
	q := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s, %s, false FROM %s AS s", t.sql(), strings.Join(names, ", "), strings.Join(values, ", "), instant(s.synced), source)
	empty, err := l.empty(ctx, t)
	if err != nil {
		return err
	}
	if !empty {
		q += " ON CONFLICT (" + quoteAll(t.keys) + ") DO UPDATE SET " + strings.Join(sets, ", ")
	}
	return l.exec(ctx, q)
}

func (l *lander) empty(ctx context.Context, t *target) (bool, error) {
	var n int
	err := l.warehouse.lander.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+t.sql()+" LIMIT 1)").Scan(&n)
	return n == 0, err
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
