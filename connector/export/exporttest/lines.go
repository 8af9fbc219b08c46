package exporttest

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/sandbox"
)

// Null and Made stand for a null and for a row id that was made of its row.
const (
	Null = "∅"
	made = "(made)"
)

// Table is a table and what its rows are told by.
type Table struct {
	Of   *dataset.Table
	Zone *time.Location
	// Keyed says that rows are told by their key alone: of several with one row
	// id, a table holds one, and a row whose id is made of it stays when it
	// changes.
	Keyed bool
	// noUnparsed leaves out what fits no column.
	noUnparsed bool
}

// Only is the table without some of its columns; those of the key and the time stay.
func (t Table) Only(wanted func(column string) bool) Table {
	of := *t.Of
	of.Columns = slices.DeleteFunc(slices.Clone(of.Columns), func(c dataset.Column) bool { return !c.Key && !c.Time && !wanted(c.Name) })
	t.Of, t.noUnparsed = &of, !wanted(csv.UnparsedColumn)
	return t
}

// Differences are where rows, each written as a line and counted, part from the
// workspace's, at most five.
func (t Table) Differences(name string, truth iter.Seq[sandbox.Row], got map[string]int) []string {
	want, byKey := map[string]int{}, map[string]string{}
	for row := range truth {
		line, key := t.line(row)
		if before, again := byKey[key]; again && t.Keyed && t.Of.RowID() && key != made {
			if got[before] > 0 { // of several with one row id, a table holds one
				continue
			}
			want[before]--
		}
		byKey[key] = line
		want[line]++
	}
	return t.differences(name, want, got)
}

// line is a row of the workspace, and the value of its key column.
func (t Table) line(row sandbox.Row) (line, key string) {
	cells, unfit := map[string]string{}, map[string]string{}
	for _, c := range t.Of.Columns {
		text := value(row, c)
		cell, fits := t.cell(text, c, row.Time)
		switch {
		case !fits:
			unfit[c.Name] = text
		case cell == Null && c.Key && t.Of.RowID():
			cell = made
		case cell == Null && c.Key && c.Kind == csv.String:
			cell = ""
		}
		if cells[c.Name] = cell; c.Key {
			key = cell
		}
	}
	cells[csv.UnparsedColumn] = Null
	if len(unfit) > 0 {
		text, _ := json.Marshal(unfit)
		cells[csv.UnparsedColumn] = string(text)
	}
	return t.Line(func(column string, _ csv.Kind) string { return cells[column] }), key
}

// value is the text of a column's attribute, which a workspace may list under
// another prefix or none. Of two that a bare id may mean, a sandbox takes
// people's before conversation's.
func value(row sandbox.Row, c dataset.Column) string {
	if text, ok := row.Values[c.Attribute.QualifiedID]; ok {
		return text
	}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(row.Values))) {
		if _, bare, _ := strings.Cut(id, "."); id == c.Attribute.ID || bare == c.Attribute.ID {
			return row.Values[id]
		}
	}
	return ""
}

// cell is what a text stands for in a column, if it fits.
func (t Table) cell(text string, c dataset.Column, at time.Time) (cell string, fits bool) {
	if text == "" {
		return Null, true
	}
	switch c.Kind {
	case csv.UTCDatetime:
		told, err := time.ParseInLocation(time.DateTime, text, t.Zone)
		if err != nil {
			return Null, false
		}
		if c.Time { // which of two hours of that name it is, its text does not tell
			other := told.Add(at.Sub(told).Round(30 * time.Minute))
			if other.In(t.Zone).Format(time.DateTime) == told.In(t.Zone).Format(time.DateTime) {
				told = other
			}
		}
		return told.UTC().Format(time.RFC3339Nano), true
	case csv.Double:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return Null, false
		}
		return fmt.Sprint(number), true
	case csv.Long:
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Null, false
		}
		return fmt.Sprint(number), true
	}
	return text, true
}

var madeKey = regexp.MustCompile(`^row-[0-9a-f]{32}$`)

// Line is a row as a line, by the texts of its columns: Null for a null, times by
// RFC 3339 in UTC, numbers as fmt prints them.
func (t Table) Line(text func(column string, kind csv.Kind) string) string {
	var cells []string
	for _, c := range t.Of.Columns {
		cell := text(c.Name, c.Kind)
		if c.Key && t.Of.RowID() && madeKey.MatchString(cell) {
			cell = made
		}
		cells = append(cells, c.Name+"="+cell)
	}
	if t.noUnparsed {
		return strings.Join(cells, " ")
	}
	return strings.Join(append(cells, csv.UnparsedColumn+"="+sorted(text(csv.UnparsedColumn, csv.String))), " ")
}

// sorted is a JSON object with its names in order.
func sorted(object string) string {
	var values map[string]any
	if json.Unmarshal([]byte(object), &values) != nil {
		return object
	}
	text, _ := json.Marshal(values)
	return string(text)
}

func (t Table) differences(name string, want, got map[string]int) []string {
	var found []string
	for _, line := range slices.Sorted(maps.Keys(want)) {
		if want[line] > got[line] {
			found = append(found, fmt.Sprintf("%s lacks a row of the workspace: %.400s", name, line))
		}
	}
	for _, line := range slices.Sorted(maps.Keys(got)) {
		// A row whose id is made of it has another once it has changed.
		changed := t.Keyed && strings.Contains(line, "="+made+" ")
		if got[line] > want[line] && !changed {
			found = append(found, fmt.Sprintf("%s holds a row that the workspace does not: %.400s", name, line))
		}
	}
	return found[:min(len(found), 5)]
}
