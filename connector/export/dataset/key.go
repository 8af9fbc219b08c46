package dataset

import (
	"slices"
	"strings"

	"intercom-connector/connector/configuration"
)

// Key are the names of the key's columns, without occurrence.
func (t *Table) Key() []string {
	var names []string
	for _, c := range t.Columns {
		if c.Key {
			names = append(names, c.Name)
		}
	}
	return names
}

// RowID says that the key is one column that names a row.
func (t *Table) RowID() bool { return !t.Occurrence && len(t.Key()) == 1 }

// setKey marks the key's columns: the configuration's, the catalogue's, or for
// a dataset that nobody here knows the time of its rows and its standard ids. A
// dataset of several rows an id never has a key without its time.
func (t *Table) setKey(override []string) error {
	if override != nil {
		bearers := t.bearers()
		for _, name := range override {
			c := bearers.only(name)
			if c == nil {
				return bearers.refuse(configuration.KeyPrimaryKeys, name)
			}
			c.Key = true
		}
		return nil
	}
	if k, ok := Lookup(t.Dataset); ok && k.Key != nil && t.mark(k.Key) {
		t.Occurrence = len(k.Key) > 1
		for i := range t.Columns { // occurrences are counted in a window: its time tells those of several apart
			t.Columns[i].Key = t.Columns[i].Key || t.Occurrence && t.Columns[i].Time
		}
		return nil
	}
	t.Occurrence = true
	for i := range t.Columns {
		c := &t.Columns[i]
		c.Key = c.Time || c.namespace == "standard" && strings.HasSuffix(c.Attribute.ID, "_id")
	}
	return nil
}

// mark sets the key if every attribute of it is there.
func (t *Table) mark(ids []string) bool {
	var places []int
	for _, id := range ids {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Attribute.ID == id && (c.Own || c.Time) })
		if i < 0 {
			return false
		}
		places = append(places, i)
	}
	for _, i := range places {
		t.Columns[i].Key = true
	}
	return true
}
