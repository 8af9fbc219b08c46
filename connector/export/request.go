package export

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
)

// Selected is a table and which of its columns are wanted.
type Selected struct {
	Table *dataset.Table
	// Columns says whether a column is sent; those of the key are, whatever it
	// says. Nil sends all.
	Columns func(dataset.Column) bool
	// NoUnparsed leaves out the column of values that fit no other.
	NoUnparsed bool
}

// request is what a dataset's jobs are asked for, and how their CSV becomes
// rows.
type request struct {
	columns    []dataset.Column // those that are sent, in the order of the request
	attributes []string         // of a job
	// fingerprint stands for the attributes in the state.
	fingerprint string
	csv         csv.Table
}

// newRequest makes the request of the wanted columns. A dropped one, whose
// attribute Intercom no longer has, is still sent, as null: a row carries every
// column.
func newRequest(s Selected, dropped map[string]bool, zone *time.Location) request {
	t := s.Table
	r := request{csv: csv.Table{
		Name: t.Name, RowID: t.RowID(), Occurrence: t.Occurrence, NoUnparsed: s.NoUnparsed, TimeField: -1, Zone: zone,
	}}
	for _, c := range t.Columns {
		if !c.Key && s.Columns != nil && !s.Columns(c) {
			continue
		}
		r.columns = append(r.columns, c)
		field := csv.Absent
		if !dropped[c.Name] {
			field = len(r.attributes)
			r.attributes = append(r.attributes, c.Attribute.Request())
			r.csv.Header = append(r.csv.Header, csv.Field{ID: c.Attribute.ID, QualifiedID: c.Attribute.QualifiedID, Name: c.Attribute.Name})
			if c.Time {
				r.csv.TimeField = field
			}
		}
		r.csv.Columns = append(r.csv.Columns, csv.Column{Name: c.Name, Kind: c.Kind, Field: field, Key: c.Key})
	}
	h := fnv.New64a()
	h.Write([]byte(strings.Join(r.attributes, "\x00")))
	r.fingerprint = strconv.FormatUint(h.Sum64(), 36)
	return r
}
