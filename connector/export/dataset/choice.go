package dataset

import (
	"fmt"
	"maps"
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
	bearers, before := t.bearers(), bearersOf(given)
	for _, name := range names {
		if c := bearers.only(name); c != nil {
			wanted[c.Name] = true
		} else if columnName, ok := before[name]; ok {
			gone = append(gone, t.givenColumn(columnName, given))
		} else {
			return bearers.refuse(configuration.KeyAttributes, name)
		}
	}
	t.Columns = slices.DeleteFunc(t.Columns, func(c Column) bool {
		return !c.Key && !(c.Time && choice.Time) && !wanted[c.Name]
	})
	t.Columns = append(t.Columns, gone...)
	return nil
}

// bearersOf are the columns of an earlier run, each by any of its names.
func bearersOf(given map[string]string) map[string]string {
	columns := map[string]string{}
	for _, columnName := range slices.Sorted(maps.Keys(given)) {
		request := given[columnName]
		for _, name := range []string{bare(request), request} {
			if _, taken := columns[name]; !taken {
				columns[name] = columnName
			}
		}
	}
	for columnName := range given {
		columns[columnName] = columnName
	}
	return columns
}

// givenColumn is a column of an earlier run, of the type that it had there.
func (t *Table) givenColumn(name string, given map[string]string) Column {
	request := given[name]
	id := bare(request)
	a := attribute{intercom: intercom.Attribute{ID: id}}
	if id != request {
		a.intercom.QualifiedID = request
	}
	alone := true
	for other, of := range given {
		alone = alone && (other == name || bare(of) != id)
	}
	catalogue, _ := Lookup(t.Dataset)
	a.place(catalogue.namespaces, alone)
	return Column{Name: name, Attribute: a.intercom, Kind: a.kind(), Own: a.own}
}

// bearers are a table's columns by the names that a person may give them. Lists
// of names may be long, and so may the table.
type bearers struct {
	table     *Table
	qualified map[string]*Column
	named     map[string][]*Column
}

func (t *Table) bearers() bearers {
	b := bearers{table: t, qualified: map[string]*Column{}, named: map[string][]*Column{}}
	for i := range t.Columns {
		c := &t.Columns[i]
		if _, taken := b.qualified[c.Attribute.QualifiedID]; !taken {
			b.qualified[c.Attribute.QualifiedID] = c
		}
		b.named[c.Name] = append(b.named[c.Name], c)
		if c.Attribute.ID != c.Name {
			b.named[c.Attribute.ID] = append(b.named[c.Attribute.ID], c)
		}
	}
	return b
}

// only is the column that a person means: by qualified id, by id or by name. It
// is nil where that is none, or one of several.
func (b bearers) only(name string) *Column {
	if c := b.qualified[name]; c != nil {
		return c
	}
	if found := b.named[name]; len(found) == 1 {
		return found[0]
	}
	return nil
}

// refuse says why a name means no column.
func (b bearers) refuse(key, name string) error {
	t := b.table
	if found := b.named[name]; len(found) > 1 {
		var ids []string
		for _, c := range found {
			ids = append(ids, c.Attribute.Request())
		}
		return &configuration.Error{Key: key, Want: fmt.Sprintf("%q of dataset %s may be %s: write which one", name, t.Dataset, strings.Join(ids, " or "))}
	}
	return &configuration.Error{Key: key, Want: fmt.Sprintf("dataset %s has no attribute %q%s", t.Dataset, name, t.near(name))}
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
	t, err := New(d, d.ID, Choice{})
	if err != nil {
		return found
	}
	bearers := t.bearers()
	for _, name := range names {
		if bearers.only(name) != nil {
			found = append(found, name)
		}
	}
	return found
}
