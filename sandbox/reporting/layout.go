package reporting

import (
	"io"
	"slices"
	"time"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/body"
	"intercom-connector/sandbox/reporting/table"
)

// How often the header comes again where files are joined, and where an export
// ends that is cut.
const (
	joinedRows = 40
	cutRows    = 100_000
)

// writeCSV writes one part of an export: every row in one part, every n-th in
// each of n, with a header of its own.
func (s *API) writeCSV(w io.Writer, j *job, part int) error {
	withheld := s.withhold(j)
	if bare, ok := s.bareEmpty(j, withheld); ok {
		_, err := io.WriteString(w, bare)
		return err
	}
	o := &s.options
	out := s.csvWriter(w)
	columns := s.arrange(j.columns, part)
	out.header(columns, s.title)
	render, n, rows := s.render(), 0, int64(0)
	turns, again, cut := o.Speaks("header-again-reversed"), o.Speaks("header-again"), o.Speaks("rows-cut")
	j.table.Scan(j.selection, func(r *table.Row) bool {
		n++
		if withheld || cut && n > cutRows {
			return false
		}
		if (n-1)%o.Parts != part {
			return true
		}
		if (again || turns) && rows > 0 && rows%joinedRows == 0 {
			if turns {
				columns = reversed(columns)
			}
			out.header(columns, s.title)
		}
		rows++
		r.Render = render
		return out.row(columns, r)
	})
	if o.Speaks("quote-open") {
		out.buf = append(out.buf, `"`...)
	}
	out.end(o.Speaks("no-last-newline"))
	if _, counting := w.(*body.Counter); !counting {
		s.mu.Lock()
		s.rows += rows
		s.mu.Unlock()
	}
	return out.err
}

// csvWriter writes to w as the options and the dialects have it.
func (s *API) csvWriter(w io.Writer) csvWriter {
	o := &s.options
	out := csvWriter{out: w, buf: make([]byte, 0, csvBlock+csvBlock/4), newline: "\n", null: o.NullText, comma: ','}
	switch {
	case o.CRLF:
		out.newline = "\r\n"
	case o.Speaks("lines-cr"):
		out.newline = "\r"
	}
	switch o.Answer("separator") {
	case "separator-semicolon":
		out.comma = ';'
	case "separator-tab":
		out.comma = '\t'
	}
	if o.BOM {
		out.buf = append(out.buf, "\ufeff"...)
	}
	return out
}

// withhold takes note of the first job of each dataset that has rows, and says
// whether a dialect withholds those of this one.
func (s *API) withhold(j *job) (withheld bool) {
	if s.options.Answer("empty-once") == "" || s.count(j) == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.emptied[j.table.ID] == "" {
		s.emptied[j.table.ID] = j.id
	}
	return s.emptied[j.table.ID] == j.id
}

// bareEmpty is what an export without rows is where it has no header.
func (s *API) bareEmpty(j *job, withheld bool) (text string, ok bool) {
	answer := s.options.Answer("empty-once")
	if !withheld {
		answer = s.options.Answer("empty-export")
		if answer == "" || s.count(j) > 0 {
			return "", false
		}
	}
	switch answer {
	case "empty-once-header":
		return "", false
	case "empty-once-newline", "empty-newline":
		return "\n", true
	}
	return "", true
}

// reversed are the columns the other way round.
func reversed(columns []table.Column) []table.Column {
	columns = slices.Clone(columns)
	slices.Reverse(columns)
	return columns
}

// arrange puts the columns that were asked for as a part of the CSV has them.
func (s *API) arrange(columns []table.Column, part int) []table.Column {
	if s.options.Speaks("columns-reversed") || s.options.Speaks("packed-tgz-reversed") && part == 1 {
		columns = reversed(columns)
	}
	if s.options.Speaks("column-extra") {
		extra := table.Named("standard.row_checksum", "Row checksum", func(*table.Row) string { return "0000" })
		columns = slices.Insert(slices.Clone(columns), 1, extra)
	}
	return columns
}

// title is a column's name in the header.
func (s *API) title(c table.Column) string {
	title := c.ID
	switch {
	case s.options.Speaks("header-names") && c.Name != "":
		title = c.Name
	case s.options.HeaderPrefix && c.Listed != "":
		title = c.Listed
	}
	if s.options.Speaks("header-spaces") {
		title = " " + title + " "
	}
	return title
}

// render writes an export's values.
func (s *API) render() *table.Render {
	r := s.trueRender()
	r.True = false
	switch s.options.Answer("zone") {
	case "zone-utc":
		r.Zone = time.UTC
	case "zone-other":
		r.Zone = zoneOf("Asia/Tokyo")
	}
	r.Comma = r.Comma || s.options.Speaks("decimal-comma")
	return r
}

// trueRender writes the truth's values.
func (s *API) trueRender() *table.Render {
	language := conversation.English
	if s.options.Language == "es" {
		language = conversation.Spanish
	}
	return &table.Render{
		Language: language, People: s.people, Zone: s.zone, Form: s.options.Timestamps, Times: s.options.Answer("times"), True: true,
		Comma: s.options.DecimalComma, Decimals: s.options.DecimalPlaces,
	}
}
