package snapshot

import (
	"intercom-connector/connector/configuration"
	"intercom-connector/connector/outbox"
	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// Columns that the tables have besides those of package membership.
const (
	columnLastSeen     = "last_seen_date"
	columnSnapshotDate = "snapshot_date"
)

// dated is what the snapshot's day adds to a table: with MembershipsDaily the
// tables of two ids have it in their key, a row a day; every other table has
// the day on which its row was last seen, except the one that is about days.
func dated(table tables.Table, m configuration.Memberships) (column string, key bool) {
	join := len(table.Columns) == 2 && table.Columns[1].Key
	switch {
	case table.Name == tables.Snapshot:
		return "", false
	case join && m == configuration.MembershipsDaily:
		return columnSnapshotDate, true
	default:
		return columnLastSeen, false
	}
}

// Tables are those that the configuration adds, in Fivetran's form.
func Tables(m configuration.Memberships) []*sdk.Table {
	if m == configuration.MembershipsNone {
		return nil
	}
	var all []*sdk.Table
	for _, table := range tables.All() {
		p := &sdk.Table{Name: table.Name}
		date, key := dated(table, m)
		if date != "" && key {
			p.Columns = append(p.Columns, &sdk.Column{Name: date, Type: sdk.DataType_NAIVE_DATE, PrimaryKey: true})
		}
		for _, c := range table.Columns {
			p.Columns = append(p.Columns, &sdk.Column{Name: c.Name, Type: outbox.Type(c.Kind), PrimaryKey: c.Key})
		}
		if date != "" && !key {
			p.Columns = append(p.Columns, &sdk.Column{Name: date, Type: sdk.DataType_NAIVE_DATE})
		}
		all = append(all, p)
	}
	return all
}

// Rekeyed are the tables that have rows and whose key is another one with m.
func (s *State) Rekeyed(m configuration.Memberships) (names []string) {
	if s == nil || s.As == "" || m == configuration.MembershipsNone {
		return nil
	}
	for _, table := range tables.All() {
		_, was := dated(table, s.As)
		if _, is := dated(table, m); was != is {
			names = append(names, table.Name)
		}
	}
	return names
}
