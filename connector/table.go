package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
	"intercom-connector/wire"
)

// table is a dataset as a table: its columns and what tells its rows apart. It
// is a function of get_datasets and the configuration alone, so that Schema and
// Update always agree.
type table struct {
	dataset     intercom.Dataset
	name        string
	description string
	// columns are those of the attributes, in get_datasets' order.
	columns []column
	// occurrence says that the key may repeat within a window.
	occurrence bool
}

// column is an attribute as a column.
type column struct {
	name      string
	attribute intercom.Attribute
	kind      wire.Kind
	key       bool
	// gone says that get_datasets does not list it any more.
	gone bool
}

// key are the names of the key's columns, without occurrence.
func (t *table) key() []string {
	var names []string
	for _, c := range t.columns {
		if c.key {
			names = append(names, c.name)
		}
	}
	return names
}

// SkippedError says why a dataset cannot be a table.
type SkippedError struct{ Dataset, Reason string }

func (e *SkippedError) Error() string {
	return fmt.Sprintf("dataset %s is skipped: %s", e.Dataset, e.Reason)
}

// newTable plans a dataset's table. formerly are the attributes, by column,
// that an earlier sync read: one of them that get_datasets no longer lists is
// kept as gone; any other unknown name is an error that names it.
func newTable(d intercom.Dataset, config Config, formerly map[string]string) (*table, error) {
	d.Attributes = dataset.Distinct(d.Attributes)
	switch {
	case len(d.Attributes) == 0:
		return nil, &SkippedError{d.ID, "Intercom lists no attributes for it"}
	case d.TimeAttributeID == "":
		return nil, &SkippedError{d.ID, "Intercom names no time by which its rows could be exported"}
	}
	description := d.Description
	if k, ok := dataset.Lookup(d.ID); ok && description == "" {
		description = k.Description
	}
	t := &table{dataset: d, name: dataset.Snake(d.ID), description: description}
	for i, name := range dataset.ColumnNames(d.Attributes) {
		a := d.Attributes[i]
		t.columns = append(t.columns, column{name: name, attribute: a, kind: dataset.KindOf(a, d.TimeAttributeID)})
	}
	if err := t.setKey(config.PrimaryKeys[d.ID]); err != nil {
		return nil, err
	}
	if err := t.keep(config.Attributes[d.ID], formerly); err != nil {
		return nil, err
	}
	return t, nil
}

// setKey marks the key's columns: the configuration's, the catalogue's, or for
// a dataset that nobody here knows the time of its rows and its standard ids.
func (t *table) setKey(override []string) error {
	if override != nil {
		for _, name := range override {
			c, err := t.find(keyPrimaryKeys, name)
			if err != nil {
				return err
			}
			c.key = true
		}
		return nil
	}
	if k, ok := dataset.Lookup(t.dataset.ID); ok && k.Key != nil && t.mark(k.Key) {
		t.occurrence = len(k.Key) > 1
		return nil
	}
	t.occurrence = true
	for i := range t.columns {
		c := &t.columns[i]
		c.key = c.attribute.ID == t.dataset.TimeAttributeID && dataset.Own(c.attribute) ||
			dataset.Namespace(c.attribute) == "standard" && strings.HasSuffix(c.attribute.ID, "_id")
	}
	if len(t.key()) == 0 {
		return &SkippedError{t.dataset.ID, "its time attribute is not among its attributes, and no other tells its rows apart"}
	}
	return nil
}

// mark sets the key if every attribute of it is there.
func (t *table) mark(ids []string) bool {
	var places []int
	for _, id := range ids {
		i := slices.IndexFunc(t.columns, func(c column) bool { return c.attribute.ID == id && dataset.Own(c.attribute) })
		if i < 0 {
			return false
		}
		places = append(places, i)
	}
	for _, i := range places {
		t.columns[i].key = true
	}
	return true
}

// keep leaves only the columns that are asked for, and the key's.
func (t *table) keep(names []string, formerly map[string]string) error {
	if names == nil {
		return nil
	}
	wanted := map[string]bool{}
	var gone []column
	for _, name := range names {
		c, err := t.find(keyAttributes, name)
		if err == nil {
			wanted[c.name] = true
		} else if was, ok := formerColumn(name, formerly); ok {
			gone = append(gone, was)
		} else {
			return err
		}
	}
	t.columns = slices.DeleteFunc(t.columns, func(c column) bool { return !c.key && !wanted[c.name] })
	t.columns = append(t.columns, gone...)
	return nil
}

// formerColumn is a column of an earlier sync, by any of its names.
func formerColumn(name string, formerly map[string]string) (column, bool) {
	for columnName, request := range formerly {
		_, id, qualified := strings.Cut(request, ".")
		if name != columnName && name != request && !(qualified && name == id) {
			continue
		}
		a := intercom.Attribute{ID: request}
		if qualified {
			a = intercom.Attribute{ID: id, QualifiedID: request}
		}
		return column{name: columnName, attribute: a, kind: dataset.KindOf(a, ""), gone: true}, true
	}
	return column{}, false
}

// find is the column that a person means: by qualified id, by id or by name.
func (t *table) find(key, name string) (*column, error) {
	var found []*column
	for i := range t.columns {
		c := &t.columns[i]
		if c.attribute.QualifiedID == name {
			return c, nil
		}
		if c.attribute.ID == name || c.name == name {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var ids []string
		for _, c := range found {
			ids = append(ids, c.attribute.Request())
		}
		return nil, &ConfigError{key, fmt.Sprintf("%q of dataset %s may be %s: write which one", name, t.dataset.ID, strings.Join(ids, " or "))}
	default:
		return nil, &ConfigError{key, fmt.Sprintf("dataset %s has no attribute %q%s", t.dataset.ID, name, t.similar(name))}
	}
}

// similar suggests the attribute that was probably meant.
func (t *table) similar(name string) string {
	var ids []string
	for _, c := range t.columns {
		ids = append(ids, c.attribute.ID)
	}
	return suggest(name, ids)
}

// suggest is the end of a sentence about an unknown name: the nearest known one.
func suggest(name string, candidates []string) string {
	best, score := "", 0.0
	for _, candidate := range candidates {
		if s := levenshtein.Similarity(strings.ToLower(name), strings.ToLower(candidate), nil); s > score {
			best, score = candidate, s
		}
	}
	if score < 0.6 {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
