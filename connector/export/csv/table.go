package csv

import (
	"errors"
	"fmt"
	"time"

	"intercom-connector/connector/export/ids"
)

// Kind is the type of a column.
type Kind uint8

// The kinds of columns, with the texts that each takes. An empty field is a
// null in all of them, and so are "-" and "—" in all but String.
const (
	// String takes any text. Invalid UTF-8 is repaired with U+FFFD and NUL
	// characters are removed; both are counted in [Stats].
	String Kind = iota
	// Long takes integers of 64 bits with an optional sign, also written with
	// a point and zeros, as in 12.0.
	Long
	// Double takes decimal numbers with a decimal point or a decimal comma
	// and an optional exponent, up to 64 characters. Thousand separators do not
	// fit, and neither does a comma that may be one, as in 1,234; infinities and
	// NaN do not fit.
	Double
	// UTCDatetime takes YYYY-MM-DD, alone or followed by a space or a T and
	// hh:mm or hh:mm:ss, with an optional fraction of up to nine digits and an
	// optional AM or PM; then, after a space or none, UTC, Z, ±hh:mm or ±hhmm.
	// Without one of these the time is on the clocks of Table.Zone. It also takes
	// seconds of the Unix epoch in ten digits, with decimals or without,
	// milliseconds in thirteen and microseconds in sixteen. Years 1 to 9999 in
	// UTC fit.
	UTCDatetime
)

// The columns that are added to a table's own.
const (
	// UnparsedColumn is a JSON column of every table: an object of column
	// names to the texts that did not fit them, in the order of the CSV, or
	// null.
	UnparsedColumn = "unparsed_values"
	// OccurrenceColumn is a LONG column of tables with Table.Occurrence.
	OccurrenceColumn = "occurrence"
)

// Absent is the field of a column that the CSV does not hold, such as one whose
// attribute is gone: it is null in every row. A key's column is never absent.
const Absent = -1

// Column is one column of a table and the field that fills it.
type Column struct {
	// Name is the column's name in the destination.
	Name string
	Kind Kind
	// Field is the position in Table.Header, from 0, or Absent.
	Field int
	// Constant, where it is not empty, is the text of the column in every row:
	// Field is Absent then.
	Constant string
	// Filled has Stats.Filled count the rows with a value.
	Filled bool
	// Key says that the column is part of the primary key. A key is never
	// null: a null becomes an empty string, 0, or 1970-01-01T00:00:00Z.
	Key bool
}

// Field is one attribute of the request, under the names that the CSV's header
// may give it.
type Field struct {
	ID          string // the bare id
	QualifiedID string // the id with its namespace; may be empty
	Name        string // as people see it; may be empty
}

// Table says how the rows of an export become a table's.
type Table struct {
	// Name is the table's name in the destination.
	Name string
	// Columns are what a row becomes, besides what is added.
	Columns []Column
	// Header is what was asked for.
	Header []Field
	// RowID says that the key is the one Key column and names a row. A row
	// without a value that fits it gets one that is made of the row's texts.
	RowID bool
	// Occurrence adds the column of that name: the row's ordinal, from 0,
	// among the rows of its window with the same key.
	Occurrence bool
	// NoUnparsed leaves out the column of that name: texts that do not fit are
	// counted and nothing else.
	NoUnparsed bool
	// NoNulls leaves out of a record what is null in it, for a host that takes a
	// column that is missing as null. Lines of JSON have every column all the same.
	NoNulls bool
	// Rest, where it is not empty, is a JSON column of what the CSV holds and
	// nobody asked for: an object of the header's names to texts, without the
	// empty ones, or null.
	Rest string
	// TimeField is the position in Header of the attribute by which the export
	// selects rows, or -1. Rows are held against the window only if a column of
	// kind UTCDatetime is filled from it.
	TimeField int
	// Deleted, where it is given, marks rows: see [Row.Deleted].
	Deleted *Deleted
	// Zone is for times that do not say theirs; nil is UTC.
	Zone *time.Location
}

// Deleted says which of a table's rows are of things that were deleted.
type Deleted struct {
	// Field is the position in Table.Header of the id that tells.
	Field int
	// IDs are the deleted ones: all of them before the first window is read.
	IDs *ids.Set
}

// timeColumn gives the column of the time by which the export selects, or -1.
func (t *Table) timeColumn() int {
	for i, c := range t.Columns {
		if c.Kind == UTCDatetime && c.Field != Absent && c.Field == t.TimeField {
			return i
		}
	}
	return -1
}

// check finds what would make a table's rows wrong.
func (t *Table) check() error {
	if t.Name == "" {
		return errors.New("csv: table without a name")
	}
	if len(t.Header) == 0 {
		return fmt.Errorf("csv: table %s: nothing was asked for", t.Name)
	}
	if t.TimeField < -1 || t.TimeField >= len(t.Header) {
		return fmt.Errorf("csv: table %s: time field %d of %d", t.Name, t.TimeField, len(t.Header))
	}
	names := map[string]bool{UnparsedColumn: true, t.Rest: true}
	if t.Occurrence {
		names[OccurrenceColumn] = true
	}
	fields := make([]bool, len(t.Header))
	keys := 0
	for _, c := range t.Columns {
		switch {
		case c.Name == "":
			return fmt.Errorf("csv: table %s: column without a name", t.Name)
		case names[c.Name]:
			return fmt.Errorf("csv: table %s: two columns named %s", t.Name, c.Name)
		case c.Field == Absent && c.Kind == String && c.Constant != "", c.Field == Absent && !c.Key:
			names[c.Name] = true
			continue
		case c.Field < 0 || c.Field >= len(t.Header):
			return fmt.Errorf("csv: table %s: column %s takes field %d of %d", t.Name, c.Name, c.Field, len(t.Header))
		case fields[c.Field]:
			return fmt.Errorf("csv: table %s: two columns take field %d", t.Name, c.Field)
		case c.Kind > UTCDatetime:
			return fmt.Errorf("csv: table %s: column %s is of unknown kind %d", t.Name, c.Name, c.Kind)
		}
		names[c.Name], fields[c.Field] = true, true
		if c.Key {
			keys++
		}
	}
	if t.RowID && keys != 1 {
		return fmt.Errorf("csv: table %s: a row id of %d columns", t.Name, keys)
	}
	return nil
}
