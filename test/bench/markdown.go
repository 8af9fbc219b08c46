package main

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"intercom-connector/test/bench/export"
)

// writeMarkdown writes the figures as a document, and the chart beside it.
func (r *report) writeMarkdown(path string) error {
	if err := r.writeChart(path); err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Performance\n\nMeasured by `%s`, in %.0f minutes; each table says when. With `--only` and\na table's title, that table alone is measured anew.\n\n", r.Command, r.Minutes)
	out.WriteString(`A process serves the same CSV, gzipped, as Intercom would; each contestant is a server process of its own
that reads it; a client process of one thread drains the server's stream: it walks over HTTP/2 frames and
messages, and counts records without decoding them. One line has a heavier client, of grpc-go, which makes
each record a value of the generated types: what it takes is taken from the server. All share the machine's cores.
The contestants take turns, round by round, since a machine's speed moves from minute to minute: compare
within a table only. Ratios are medians of the rounds' own ratios. Time runs from the request for the file to
the end of the stream; CPU seconds, allocations and peak memory are the server process's.

`)
	fmt.Fprintf(&out, "![rows per second of each contestant](%s)\n", filepath.Base(chartOf(path)))
	for _, s := range r.sections() {
		out.WriteString(s.text)
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// renewMarkdown writes the tables that were measured in the place of those that a
// document has, and leaves the others as they are.
func (r *report) renewMarkdown(path string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, s := range r.sections() {
		before, old, found := bytes.Cut(document, []byte(s.heading()))
		if !found {
			return fmt.Errorf("%s has no table %q", path, s.title)
		}
		_, after, more := bytes.Cut(old, []byte(nextHeading))
		if document = append(bytes.Clone(before), s.text...); more {
			document = append(append(document, nextHeading...), after...)
		}
	}
	if len(r.Contests) > 0 && r.Contests[0].Shape == export.Shapes[0].Name {
		if err := r.writeChart(path); err != nil {
			return err
		}
	}
	return os.WriteFile(path, document, 0o644)
}

// section is a table with its title, as it is in the document.
type section struct{ title, text string }

const nextHeading = "\n## "

func (s section) heading() string { return nextHeading + s.title + "\n" }

func (r *report) sections() (all []section) {
	add := func(title, what string, tables ...[][]string) {
		s := section{title: title}
		var out bytes.Buffer
		fmt.Fprintf(&out, "%s\nMeasured on %s, on %s. %s\n", s.heading(), r.Date, r.Machine, what)
		for _, rows := range tables {
			if rows != nil {
				out.WriteString("\n")
				writeTable(&out, rows)
			}
		}
		s.text = out.String()
		all = append(all, s)
	}
	for _, c := range r.Contests {
		add(c.Shape, strings.TrimPrefix(c.title(), c.Shape+": ")+".", c.table(), c.goals())
	}
	if len(r.Messages) > 0 {
		add(messageEngagement, "Receipts, most of whose columns are empty, and what happened to them, from one server in one process: what is read for the connector and for a lake, beside unpacking alone.", r.messagesTable())
	}
	if len(r.Scaling) > 0 {
		add(anyLength, "The connector alone, 20 columns: neither the time of a row nor memory grows with the export.", r.scalingTable())
	}
	return all
}

func chartOf(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".svg" }

func (r *report) writeChart(path string) error { return os.WriteFile(chartOf(path), r.chart(), 0o644) }

// writeTable writes rows, the first of which are titles.
func writeTable(out *bytes.Buffer, rows [][]string) {
	for i, row := range rows {
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			out.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
}

// Sizes of the chart, in pixels.
const (
	chartWidth = 860
	nameWidth  = 390
	barHeight  = 26
	barRoom    = 350
)

// chart draws the first contest: a bar for each median, and a line from the
// lowest to the highest.
func (r *report) chart() []byte {
	contest := r.Contests[0]
	var most float64
	for _, runs := range contest.Runs {
		most = max(most, each(runs, result.rate).high)
	}
	var bars bytes.Buffer
	y := 44
	for _, c := range contestants {
		runs := contest.Runs[c.role]
		if len(runs) == 0 {
			continue
		}
		rate := each(runs, result.rate)
		x := func(v float64) float64 { return nameWidth + barRoom*v/most }
		color := "#9aa7b5"
		if c.role == oursRole {
			color = "#1f6feb"
		}
		fmt.Fprintf(&bars, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", nameWidth-8, y+15, html.EscapeString(shortName(c)))
		fmt.Fprintf(&bars, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", nameWidth, y+2, x(rate.median)-nameWidth, barHeight-8, color)
		fmt.Fprintf(&bars, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#24292f"/>`+"\n", x(rate.low), x(rate.high), y+11, y+11)
		fmt.Fprintf(&bars, `<text x="%.1f" y="%d">%.0f</text>`+"\n", x(rate.high)+6, y+15, rate.median/1e3)
		y += barHeight
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">
<rect width="100%%" height="100%%" fill="#ffffff"/>
<text x="12" y="26" font-size="15" font-weight="bold">Thousand rows a second, %s</text>
%s</svg>
`, chartWidth, y+14, html.EscapeString(contest.Shape), bars.Bytes())
}

// shortName is a contestant's name without what it is made of.
func shortName(c contestant) string {
	name, _, _ := strings.Cut(c.Name, ":")
	return name
}
