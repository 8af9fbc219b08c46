package export

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
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

// dropVanished leaves out the attributes that Intercom rejects, if get_datasets
// does not list them any more either: their columns are null from now on. One
// that is still listed, or that the key needs, is an error.
func (r *Run) dropVanished(ctx context.Context, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || len(api.InvalidAttributes()) == 0 {
		return false, nil
	}
	d := w.reading
	all, err := r.config.Client.Datasets(ctx)
	if ctx.Err() != nil || fatal(err) {
		return false, err
	}
	if err != nil { // nothing is dropped on one word alone
		return false, nil
	}
	gone := d.named(api.InvalidAttributes())
	i := slices.IndexFunc(all, func(other intercom.Dataset) bool { return other.ID == d.id() })
	for _, c := range gone {
		listed := i >= 0 && slices.ContainsFunc(all[i].Attributes, func(a intercom.Attribute) bool { return a.Request() == c.Attribute.Request() })
		if listed || c.Key {
			return false, nil
		}
	}
	if len(gone) == 0 {
		return false, nil
	}
	r.giveUpAll(d)
	for _, c := range gone {
		d.dropped[c.Name] = true
		if err := r.warn(ctx, "%s: Intercom has no attribute %q any more; column %s is null from now on", d.selected.Table.Name, c.Attribute.Request(), c.Name); err != nil {
			return false, err
		}
	}
	if err := d.prepare(r); err != nil {
		return false, fmt.Errorf("dataset %s: %w", d.id(), err)
	}
	d.replan(r)
	return true, nil
}

// named are the reading's columns whose attributes go by these names.
func (d *reading) named(names []string) []dataset.Column {
	var found []dataset.Column
	for _, c := range d.request.columns {
		if slices.Contains(names, c.Attribute.Request()) || slices.Contains(names, c.Attribute.ID) {
			found = append(found, c)
		}
	}
	return found
}
