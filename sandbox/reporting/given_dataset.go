package reporting

import (
	"cmp"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/table"
	"intercom-connector/sandbox/workspace"
)

// givenTable makes a table of a test's dataset.
func givenTable(d workspace.Dataset) table.Table {
	t := table.Table{ID: d.ID, Name: d.Name, Description: d.Description, TimeAttribute: d.TimeAttribute, Given: true}
	for _, a := range d.Attributes {
		c := table.Column{ID: a.Bare(), Qualified: a.QualifiedID, Listed: a.QualifiedID, Name: cmp.Or(a.Name, table.NameOf(a.Bare()))}
		if c.Listed == "" {
			c.Listed = "standard." + c.ID
		}
		key, isTime := c.Key(), c.ID == d.TimeAttribute
		c.Cell = func(b []byte, r *table.Row) []byte {
			text, ok := r.Values[key]
			if !ok && isTime {
				return r.Render.Stamp(b, r.Time)
			}
			return append(b, text...)
		}
		t.Columns = append(t.Columns, c)
	}
	t.Scan = func(s conversation.Selection, yield func(*table.Row) bool) { scanGiven(d, s, yield) }
	return t
}

func scanGiven(d workspace.Dataset, s conversation.Selection, yield func(*table.Row) bool) {
	var out table.Row
	out.At = s.At.Unix()
	for i := range d.Rows {
		if selected(&d.Rows[i], s, &out) && !yield(&out) {
			return
		}
	}
	if d.Stream == nil {
		return
	}
	for r := range d.Stream {
		if selected(&r, s, &out) && !yield(&out) {
			return
		}
	}
}

// selected says whether the export holds the row, and fills out as of its moment.
func selected(r *workspace.Row, s conversation.Selection, out *table.Row) bool {
	when, values, there := r.At(s.At)
	if !there || !s.Holds(when.Unix()) {
		return false
	}
	out.Values, out.Time = values, when.Unix()
	return true
}
