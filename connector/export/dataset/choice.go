package dataset

import (
	"fmt"
	"slices"
	"strings"

	"intercom-connector/connector/configuration"
	"intercom-connector/intercom"
)

// choose leaves only the columns that are asked for, and those that are needed
// whether asked for or not.
func (t *Table) choose(choice Choice) error {
	names, given := choice.Attributes, choice.Given
	if names == nil {
		return nil
	}
	wanted := map[string]bool{}
	var gone []Column
	for _, name := range names {
		c, err := t.find(configuration.KeyAttributes, name)
		if err == nil {
			wanted[c.Name] = true
		} else if was, ok := givenColumn(name, given); ok {
			gone = append(gone, was)
		} else {
			return err
		}
	}
	t.Columns = slices.DeleteFunc(t.Columns, func(c Column) bool {
		return !c.Key && !(c.Time && choice.Time) && !wanted[c.Name]
	})
	t.Columns = append(t.Columns, gone...)
	return nil
}

// givenColumn is a column of an earlier run, by any of its names.
func givenColumn(name string, given map[string]string) (Column, bool) {
	for columnName, request := range given {
		id := bare(request)
		if name != columnName && name != request && name != id {
			continue
		}
		a := attribute{intercom: intercom.Attribute{ID: id}}
		if id != request {
			a.intercom.QualifiedID = request
		}
		a.namespace = prefix(a.intercom)
		a.own = a.namespace == "" || slices.Contains(ownNamespaces, a.namespace)
		return Column{Name: columnName, Attribute: a.intercom, Kind: a.kind(), Own: a.own}, true
	}
	return Column{}, false
}

// find is the column that a person means: by qualified id, by id or by name.
func (t *Table) find(key, name string) (*Column, error) {
	var found []*Column
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Attribute.QualifiedID == name {
			return c, nil
		}
		if c.Attribute.ID == name || c.Name == name {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var ids []string
		for _, c := range found {
			ids = append(ids, c.Attribute.Request())
		}
		return nil, &configuration.Error{Key: key, Want: fmt.Sprintf("%q of dataset %s may be %s: write which one", name, t.Dataset, strings.Join(ids, " or "))}
	default:
		return nil, &configuration.Error{Key: key, Want: fmt.Sprintf("dataset %s has no attribute %q%s", t.Dataset, name, t.near(name))}
	}
}

// near suggests the attribute that was probably meant.
func (t *Table) near(name string) string {
	var ids []string
	for _, c := range t.Columns {
		ids = append(ids, c.Attribute.ID)
	}
	return configuration.Suggest(name, ids)
}

// Listed are those of some names that a dataset has today; never nil, which
// would mean all.
func Listed(d intercom.Dataset, names []string) []string {
	found := []string{}
	for _, name := range names {
		if _, err := New(d, d.ID, Choice{Attributes: []string{name}}); err == nil {
			found = append(found, name)
		}
	}
	return found
}
