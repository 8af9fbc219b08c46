package sandbox

import (
	"fmt"
	"iter"
	"strings"
	"time"
)

// Dataset is a dataset of the reporting export that a test brings with it.
type Dataset struct {
	ID          string
	Name        string
	Description string
	// TimeAttribute is the bare id of the attribute by which rows are
	// selected; "" is rendered as null.
	TimeAttribute string
	Attributes    []Attribute
	// Rows are the dataset's rows, exported in this order.
	Rows []Row
	// Stream gives further rows; it must give the same ones each time, and
	// may be called concurrently.
	Stream iter.Seq[Row]
}

// Attribute is one attribute of a dataset. ID may be empty where QualifiedID
// is given: it is then what follows the first dot.
type Attribute struct {
	ID          string
	QualifiedID string // "" is rendered as null
	Name        string // "" is rendered as null
}

// Row is one row. Values and Set are keyed by qualified id (by bare id where
// the attribute has none) and hold the text as exported; what they lack is
// null. The time attribute is written from Time unless Values hold it.
type Row struct {
	Time    time.Time         // by which exports select it
	Visible time.Time         // from when on exports hold it; zero means Time
	Gone    time.Time         // from when on exports no longer hold it; zero means never
	Values  map[string]string // as it appeared first
	Changes []Change          // what happened to it later, in order of At
}

// Change is what happens to a row at a moment.
type Change struct {
	At   time.Time
	Set  map[string]string // new values; the others stay
	Time time.Time         // not zero: the row's time from now on
}

func (d Dataset) check() error {
	if d.ID == "" {
		return fmt.Errorf("sandbox: a Dataset has no ID")
	}
	for i, a := range d.Attributes {
		if a.bare() == "" {
			return fmt.Errorf("sandbox: attribute %d of dataset %s has neither ID nor QualifiedID", i, d.ID)
		}
	}
	return nil
}

func (a Attribute) bare() string {
	if a.ID != "" {
		return a.ID
	}
	return bareID(a.QualifiedID)
}

// bareID is what follows the first dot of a qualified id.
func bareID(qualified string) string {
	if _, id, ok := strings.Cut(qualified, "."); ok {
		return id
	}
	return qualified
}

// table is a dataset as the export reads it, brought or built in.
type table struct {
	id, name, description string
	timeAttribute         string
	columns               []column
	// scan calls yield for each selected row, in an order that never changes,
	// until yield returns false. The row is valid during the call only.
	scan func(s selection, yield func(*row) bool)
}

// column is an attribute and the way its cell is written.
type column struct {
	id, qualified, name string
	// plain cells never need quotes.
	plain bool
	// cell appends the text, nothing for null.
	cell func(b []byte, r *row) []byte
}

// key is what tests and requests call the column: its qualified id if it has one.
func (c column) key() string {
	if c.qualified != "" {
		return c.qualified
	}
	return c.id
}

// selection is what an export asks a table for.
type selection struct {
	from, to int64     // Unix seconds, both included
	at       time.Time // rows as they are at this moment
	legacy   bool      // before version 2.16: conversations with a user's reply only
}

func (s selection) holds(unix int64) bool { return s.from <= unix && unix <= s.to }

// row is one row on its way into an export.
type row struct {
	render *render
	at     int64 // the export's moment, Unix seconds
	time   int64 // the row's time, Unix seconds

	conversation conversation // of a built-in row
	part         part         // of a built-in row
	given        *Row         // of a brought row
	values       map[string]string
}

// broughtTable makes a table of a test's dataset.
func broughtTable(d Dataset) table {
	t := table{id: d.ID, name: d.Name, description: d.Description, timeAttribute: d.TimeAttribute}
	for _, a := range d.Attributes {
		c := column{id: a.bare(), qualified: a.QualifiedID, name: a.Name}
		key, isTime := c.key(), c.id == d.TimeAttribute
		c.cell = func(b []byte, r *row) []byte {
			text, ok := r.values[key]
			if !ok && isTime {
				return r.render.stamp(b, r.time)
			}
			return append(b, text...)
		}
		t.columns = append(t.columns, c)
	}
	t.scan = func(s selection, yield func(*row) bool) { scanBrought(d, s, yield) }
	return t
}

func scanBrought(d Dataset, s selection, yield func(*row) bool) {
	var out row
	out.at = s.at.Unix()
	for i := range d.Rows {
		if d.Rows[i].selected(s, &out) && !yield(&out) {
			return
		}
	}
	if d.Stream == nil {
		return
	}
	for r := range d.Stream {
		if r.selected(s, &out) && !yield(&out) {
			return
		}
	}
}

// selected says whether the export holds the row, and fills out as of its moment.
func (r *Row) selected(s selection, out *row) bool {
	visible := r.Visible
	if visible.IsZero() {
		visible = r.Time
	}
	if visible.After(s.at) || (!r.Gone.IsZero() && !r.Gone.After(s.at)) {
		return false
	}
	when, values, changed := r.Time, r.Values, false
	for _, c := range r.Changes {
		if c.At.After(s.at) {
			continue
		}
		if !c.Time.IsZero() {
			when = c.Time
		}
		if len(c.Set) == 0 {
			continue
		}
		if !changed {
			values, changed = cloneValues(values), true
		}
		for k, v := range c.Set {
			values[k] = v
		}
	}
	if !s.holds(when.Unix()) {
		return false
	}
	out.given, out.values, out.time = r, values, when.Unix()
	return true
}

func cloneValues(from map[string]string) map[string]string {
	to := make(map[string]string, len(from)+4)
	for k, v := range from {
		to[k] = v
	}
	return to
}
