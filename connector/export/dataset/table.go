package dataset

import (
	"errors"
	"fmt"

	"intercom-connector/connector/export/csv"
	"intercom-connector/intercom"
)

// Table is a dataset as a table: its columns and what tells its rows apart. It
// is a function of get_datasets, of the configuration and of the names that
// earlier runs gave, so that a schema and a run always agree.
type Table struct {
	Dataset string // its id in Intercom
	Name    string
	// Columns are those of the attributes, in get_datasets' order.
	Columns []Column
	// Occurrence says that the key may repeat within a window, so that the
	// table also has the column of that name.
	Occurrence bool
	// Whole says that all attributes are asked for: a column that was there and is
	// not is one that Intercom no longer has.
	Whole bool
}

// Column is an attribute as a column.
type Column struct {
	Name      string
	Attribute intercom.Attribute
	Kind      csv.Kind
	Key       bool
	// Time says that the export selects rows by it.
	Time bool
	// Own says that the attribute is Intercom's and not a customer's.
	Own bool

	namespace string
}

// Choice is what is wanted of a dataset, and what was made of it before.
type Choice struct {
	// Attributes are those asked for, by id, qualified id or column; nil is all.
	Attributes []string
	// Key replaces the catalogue's, in the same names; nil keeps it.
	Key []string
	// Time keeps the time by which the export selects even if it is not asked
	// for.
	Time bool
	// Given are the columns of earlier runs, each with its attribute as it is
	// requested.
	Given map[string]string
}

// SkippedError says why a dataset cannot be a table: Intercom offers nothing of
// it to export.
type SkippedError struct{ Dataset, Reason string }

func (e *SkippedError) Error() string {
	return fmt.Sprintf("dataset %s has nothing to read: %s", e.Dataset, e.Reason)
}

// RefusedError says why a dataset that has something to export is not read: it
// could not be read rightly.
type RefusedError struct{ Dataset, Reason string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("dataset %s cannot be read: %s", e.Dataset, e.Reason)
}

// New plans a dataset's table under a name. An attribute that is asked for, was
// given a column before and is no longer listed is kept as gone; any other
// unknown name is a *configuration.Error that names it.
func New(d intercom.Dataset, name string, c Choice) (*Table, error) {
	all := understand(d)
	switch {
	case len(all) == 0:
		return nil, &SkippedError{d.ID, "Intercom lists no attributes for it"}
	case timeAmong(all, d) < 0 && d.TimeAttributeID == "":
		return nil, &RefusedError{d.ID, "Intercom does not say by which time its rows are exported, and none of its attributes is known to be it"}
	case timeAmong(all, d) < 0:
		return nil, &RefusedError{d.ID, fmt.Sprintf("its rows are exported by the time %q, which is not among its attributes, or is more than one of them", d.TimeAttributeID)}
	}
	t := &Table{Dataset: d.ID, Name: name, Whole: c.Attributes == nil}
	for i, columnName := range columnNames(all, c.Given) {
		a := all[i]
		t.Columns = append(t.Columns, Column{Name: columnName, Attribute: a.intercom, Kind: a.kind(), Time: a.time, Own: a.own, namespace: a.namespace})
	}
	if err := t.setKey(c.Key); err != nil {
		return nil, err
	}
	if err := t.choose(c); err != nil {
		return nil, err
	}
	return t, nil
}

// Renamed says whether a column bears another name than the rule would give it
// today, or is gone: a schema made without a state does not have it so.
func (t *Table) Renamed(d intercom.Dataset) bool {
	fresh, err := New(d, t.Name, Choice{})
	if err != nil {
		return !errors.As(err, new(*SkippedError))
	}
	names := map[string]bool{}
	for _, c := range fresh.Columns {
		names[c.Name] = true
	}
	for _, c := range t.Columns {
		if !names[c.Name] {
			return true
		}
	}
	return false
}

// Requests is each column with its attribute as it is requested.
func (t *Table) Requests() map[string]string {
	columns := map[string]string{}
	for _, c := range t.Columns {
		columns[c.Name] = c.Attribute.Request()
	}
	return columns
}
