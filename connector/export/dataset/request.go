package dataset

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
)

// Selected is a table and which of its columns are wanted.
type Selected struct {
	Table *Table
	// Columns says whether a column is sent; those of the key are, whatever it
	// says. Nil sends all.
	Columns func(Column) bool
	// Sorted asks for the attributes in an order of their own, those of the key first,
	// so that a row's line stays as it is where Intercom lists them otherwise. Else
	// they are asked for in the order of the columns.
	Sorted bool
	// NoUnparsed leaves out the column of values that fit no other.
	NoUnparsed bool
}

// Request is what a dataset's jobs are asked for, and how their CSV becomes
// rows.
type Request struct {
	Columns    []Column // those that are sent, in the order of the request
	Attributes []string // of a job
	// Fingerprint stands for the attributes in the state.
	Fingerprint string
	CSV         csv.Table
}

// NewRequest makes the request of the wanted columns. A dropped one, whose
// attribute Intercom no longer has, is still sent, as null: a row carries every
// column.
func NewRequest(s Selected, dropped map[string]bool, zone *time.Location) Request {
	t := s.Table
	r := Request{CSV: csv.Table{
		Name: t.Name, RowID: t.RowID(), Occurrence: t.Occurrence, NoUnparsed: s.NoUnparsed, TimeField: -1, Zone: zone,
	}}
	for _, c := range t.Columns {
		if c.Key || s.Columns == nil || s.Columns(c) {
			r.Columns = append(r.Columns, c)
		}
	}
	asked := slices.DeleteFunc(slices.Clone(r.Columns), func(c Column) bool { return dropped[c.Name] })
	if s.Sorted {
		slices.SortStableFunc(asked, inOrder)
	}
	fields := map[string]int{}
	for i, c := range asked {
		fields[c.Name] = i
		r.Attributes = append(r.Attributes, c.Attribute.Request())
		r.CSV.Header = append(r.CSV.Header, csv.Field{ID: c.Attribute.ID, QualifiedID: c.Attribute.QualifiedID, Name: c.Attribute.Name})
		if c.Time {
			r.CSV.TimeField = i
		}
	}
	for _, c := range r.Columns {
		field, isAsked := fields[c.Name]
		if !isAsked {
			field = csv.Absent
		}
		r.CSV.Columns = append(r.CSV.Columns, csv.Column{Name: c.Name, Kind: c.Kind, Field: field, Key: c.Key})
	}
	h := fnv.New64a()
	h.Write([]byte(strings.Join(r.Attributes, "\x00")))
	r.Fingerprint = strconv.FormatUint(h.Sum64(), 36)
	return r
}

// inOrder compares columns: those of the key are first, then by their attributes.
func inOrder(a, b Column) int {
	switch {
	case a.Key && !b.Key:
		return -1
	case b.Key && !a.Key:
		return 1
	}
	return cmp.Or(strings.Compare(a.Attribute.Request(), b.Attribute.Request()), strings.Compare(a.Name, b.Name))
}
