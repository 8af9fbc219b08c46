package snapshot

import (
	"context"
	"slices"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/selection"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// sender turns rows of a snapshot into records.
type sender struct {
	rows  *outbox.Rows
	plans map[string]plan
	day   *sdk.ValueType
}

// plan is a selected table: which of its columns are sent.
type plan struct {
	table tables.Table
	dated string // the column of the snapshot's day; "" when it is not sent
	send  []bool
}

func newSender(rows *outbox.Rows, m configuration.Memberships, date string, selected selection.Selection) *sender {
	day, _ := time.Parse(time.DateOnly, date)
	s := &sender{rows: rows, plans: map[string]plan{}, day: outbox.Day(day)}
	for _, table := range tables.All() {
		if !selected.Table(table.Name) {
			continue
		}
		p := plan{table: table, send: make([]bool, len(table.Columns))}
		for i, c := range table.Columns {
			p.send[i] = c.Key || selected.Column(table.Name, c.Name)
		}
		if name, key := dated(table, m); name != "" && (key || selected.Column(table.Name, name)) {
			p.dated = name
		}
		s.plans[table.Name] = p
	}
	return s
}

func (s *sender) selects(table string) bool {
	_, selected := s.plans[table]
	return selected
}

// tables are the names of those that are selected, in order.
func (s *sender) tables() []string {
	var names []string
	for name := range s.plans {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *sender) row(ctx context.Context, row tables.Row) error {
	p, ok := s.plans[row.Table]
	if !ok {
		return nil
	}
	data := map[string]*sdk.ValueType{}
	for i, c := range p.table.Columns {
		if p.send[i] {
			data[c.Name] = outbox.Value(c.Kind, row.Values[i])
		}
	}
	if p.dated != "" {
		data[p.dated] = s.day
	}
	return s.rows.Upsert(ctx, row.Table, data)
}
