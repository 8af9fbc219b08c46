package probe

import (
	"bytes"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
)

// prefixes are those of Intercom's own attributes in get_datasets.
func (p *prober) prefixes(t *dataset.Table) {
	counts := map[string]int{}
	none := 0
	for _, c := range t.Columns {
		prefix, _, found := strings.Cut(c.Attribute.QualifiedID, ".")
		switch {
		case c.Attribute.QualifiedID == "":
			none++
		case !c.Own:
			counts["your own"]++
		case !found:
			counts["no prefix"]++
		default:
			counts[prefix]++
		}
	}
	if none > 0 {
		p.found(Fine, "prefixes", "bare ids are asked for; where two attributes have the same, the first is read", "get_datasets tells no qualified ids for %d of %d attributes", none, len(t.Columns))
		return
	}
	var parts []string
	for _, prefix := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", prefix, counts[prefix]))
	}
	p.found(Fine, "prefixes", "", "%s", strings.Join(parts, ", "))
}

// seen is what a CSV's first lines show.
type seen struct {
	times  string // the form of the times by which the export selects; empty where none is seen
	spaces bool   // around names
}

// columns looks at the header: how it names what was asked for, and in which order.
func (p *prober) columns(r result) (c seen) {
	records := recordsOf(r.head)
	if len(records) == 0 {
		p.found(Unknown, "header", "", "the CSV has none")
		return c
	}
	header := make([]string, len(records[0]))
	for i, name := range records[0] {
		header[i] = strings.TrimSpace(name)
		c.spaces = c.spaces || header[i] != name
	}
	form, want := formOf(header, r.table.Columns)
	place := "in the order that was asked for"
	extra := len(header) - len(want)
	asked := slices.DeleteFunc(slices.Clone(header), func(name string) bool { return !slices.Contains(want, name) })
	if !slices.Equal(want, asked) {
		place = "in another order than was asked for"
	}
	if extra > 0 {
		place += fmt.Sprintf(", and %d more", extra)
	}
	var unlike *csv.HeaderError
	if errors.As(r.err, &unlike) {
		p.set(configuration.KeyAttributes, Refused, "header", "columns cannot be told apart: ask for attributes whose names differ", "%s, %s", form, place)
	} else {
		p.found(Fine, "header", "", "%s, %s", form, place)
	}
	if i := slices.IndexFunc(r.table.Columns, func(c dataset.Column) bool { return c.Time }); i >= 0 {
		c.times = formsOf(records, slices.Index(header, want[i]))
	}
	return c
}

// formOf is how a header names columns, and all of them named so.
func formOf(header []string, columns []dataset.Column) (form string, want []string) {
	most := -1
	for _, f := range []struct {
		form string
		name func(dataset.Column) string
	}{
		{"bare ids", func(c dataset.Column) string { return c.Attribute.ID }},
		{"qualified ids", func(c dataset.Column) string { return c.Attribute.QualifiedID }},
		{"display names", func(c dataset.Column) string { return c.Attribute.Name }},
	} {
		var names []string
		met := 0
		for _, c := range columns {
			name := strings.TrimSpace(f.name(c))
			names = append(names, name)
			if slices.Contains(header, name) {
				met++
			}
		}
		if met > most {
			form, want, most = f.form, names, met
		}
	}
	if most < len(columns) {
		form += fmt.Sprintf(" for %d of %d", most, len(columns))
	}
	return form, want
}

// recordsOf are the whole lines that a CSV begins with.
func recordsOf(head []byte) [][]string {
	reader := stdcsv.NewReader(bytes.NewReader(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	reader.FieldsPerRecord, reader.LazyQuotes = -1, true
	records, _ := reader.ReadAll() // up to where the sample is cut
	if len(records) > 1 && len(head) == sampleSize {
		records = records[:len(records)-1]
	}
	return records
}

// formsOf is how the times of a column are written; several forms are told.
func formsOf(records [][]string, column int) string {
	forms := map[string]bool{}
	for _, row := range records {
		if column >= 0 && column < len(row) && row[column] != "" && !slices.Equal(row, records[0]) {
			forms[timeForm(row[column])] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(forms)), " or ")
}

// lines tells how the file is written.
func (p *prober) lines(r result, c seen) {
	var odd []string
	if c.spaces {
		odd = append(odd, "spaces around names")
	}
	if bytes.Contains(r.head, []byte("\r\n")) {
		odd = append(odd, "lines end in CR LF")
	}
	if r.stats.Headers > 0 {
		odd = append(odd, "the header comes again")
	}
	if r.stats.Unterminated {
		odd = append(odd, "no newline at the end")
	}
	if r.stats.Repaired+r.stats.NULs > 0 {
		odd = append(odd, "broken characters")
	}
	if len(odd) == 0 {
		odd = []string{"as expected"}
	}
	p.found(Fine, "lines", "", "%s", strings.Join(odd, ", "))
}

// maxNamed is how many columns are named.
const maxNamed = 5

// values tells whether row ids and types are what they should be.
func (p *prober) values(r result) {
	if broken, ok := errors.AsType[*csv.RowError](r.err); ok {
		p.found(Refused, "rows", "a sync stops there", "row %d cannot be read: %s", broken.Row, broken.Reason)
	}
	switch s := r.stats; {
	case s.Rows == 0:
		return
	case !r.table.RowID():
		p.found(Fine, "row ids", "", "the dataset has none: its key has the time")
	case s.Twice > 0:
		p.set(configuration.KeyPrimaryKeys, Warned, "row ids", "a warehouse keeps one row of each id, a lake all", "%d of %d rows have the id of an earlier one", s.Twice, s.Rows)
	case s.MadeKeys > 0:
		p.found(Warned, "row ids", "such a row has one made of its texts", "%d of %d rows have none", s.MadeKeys, s.Rows)
	default:
		p.found(Fine, "row ids", "", "each is there once")
	}
	var unfit []string
	others := int64(0)
	for i, n := range r.stats.Unparsed {
		switch c := r.table.Columns[i]; {
		case n > 0 && c.Own:
			unfit = append(unfit, fmt.Sprintf("%s (%d)", c.Name, n))
		default:
			others += n
		}
	}
	if others > 0 {
		unfit = append(unfit, fmt.Sprintf("columns of your own (%d)", others))
	}
	if more := len(unfit) - maxNamed; more > 0 {
		unfit = append(unfit[:maxNamed], fmt.Sprintf("and %d other columns", more))
	}
	if len(unfit) == 0 {
		p.found(Fine, "types", "", "all values fit")
		return
	}
	p.found(Warned, "types", "they are null, with their text in "+csv.UnparsedColumn, "values do not fit: %s", strings.Join(unfit, ", "))
}
