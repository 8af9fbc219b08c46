package query

import (
	"fmt"
	"io"
	"strings"

	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
)

// Lines are a table for a person: texts, the ones of some columns to the right.
type Lines struct {
	Columns []string
	Right   []bool
	Rows    [][]string
}

// widest is how many cells a column may take beside others on a terminal.
const widest = 40

// writeTable reads the answer up to its limit.
func (a *Answer) writeTable(w io.Writer, options Options) error {
	var lines Lines
	for _, c := range a.Columns {
		lines.Columns, lines.Right = append(lines.Columns, c.Name), append(lines.Right, c.numeric())
	}
	more := false
	for {
		row, err := a.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if more = options.Limit > 0 && len(lines.Rows) == options.Limit; more {
			break
		}
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = v.String
		}
		lines.Rows = append(lines.Rows, line)
	}
	var b strings.Builder
	hidden := 0
	switch {
	case len(a.Columns) == 2 && a.Columns[0].Name == "explain_key": // a drawing of many lines
		for _, row := range lines.Rows {
			b.WriteString(printable.Text(row[1]) + "\n")
		}
	case options.Format == Markdown:
		lines.markdown(&b)
	case options.Expanded:
		lines.expanded(&b, options.Width)
	default:
		hidden = lines.aligned(&b, options.Width)
	}
	if hidden > 0 {
		fmt.Fprintf(&b, "%d of %d columns fit: name some, or see them all with --expanded\n", len(a.Columns)-hidden, len(a.Columns))
	}
	if more {
		fmt.Fprintf(&b, "The first %s: --limit 0 shows all, --format csv too\n", terminal.Count(int64(options.Limit), "row"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Write writes the table, fitted to the width of a terminal unless that is 0.
func (l Lines) Write(w io.Writer, width int) error {
	var b strings.Builder
	l.aligned(&b, width)
	_, err := io.WriteString(w, b.String())
	return err
}

// aligned leaves out the last columns if they do not fit, and says how many.
func (l Lines) aligned(b *strings.Builder, width int) (hidden int) {
	rows := l.shown(printable.Line)
	widths := l.widths(rows)
	if width > 0 {
		shown, taken := 0, -3
		for _, n := range widths {
			if len(widths) > 1 {
				n = min(n, widest)
			}
			if taken += 3 + n; taken > width && shown > 0 {
				break
			}
			widths[shown] = min(n, width)
			shown++
		}
		hidden, widths = len(widths)-shown, widths[:shown]
	}
	for n, row := range rows {
		l.line(b, row, widths, n > 0, "", "")
		if n == 0 {
			l.rule(b, widths, "", "")
		}
	}
	return hidden
}

func (l Lines) markdown(b *strings.Builder) {
	rows := l.shown(func(s string) string { return strings.ReplaceAll(printable.Line(s), "|", `\|`) })
	widths := l.widths(rows)
	for n, row := range rows {
		l.line(b, row, widths, n > 0, "| ", " |")
		if n == 0 {
			l.rule(b, widths, "| ", " |")
		}
	}
}

// shown are the names and the rows, made harmless.
func (l Lines) shown(clean func(string) string) [][]string {
	rows := make([][]string, 0, 1+len(l.Rows))
	for _, row := range append([][]string{l.Columns}, l.Rows...) {
		line := make([]string, len(row))
		for i, s := range row {
			line[i] = clean(s)
		}
		rows = append(rows, line)
	}
	return rows
}

func (l Lines) widths(rows [][]string) []int {
	widths := make([]int, len(l.Columns))
	for _, row := range rows {
		for i, s := range row {
			widths[i] = max(widths[i], terminal.Cells(s), 3)
		}
	}
	return widths
}

func (l Lines) line(b *strings.Builder, row []string, widths []int, values bool, left, right string) {
	texts := make([]string, len(widths))
	for i, width := range widths {
		texts[i] = terminal.Pad(terminal.Clip(row[i], width), width, l.Right[i] && values)
	}
	b.WriteString(strings.TrimRight(left+strings.Join(texts, " | ")+right, " ") + "\n")
}

func (l Lines) rule(b *strings.Builder, widths []int, left, right string) {
	texts := make([]string, len(widths))
	for i, width := range widths {
		texts[i] = strings.Repeat("-", width)
	}
	b.WriteString(left + strings.Join(texts, " | ") + right + "\n")
}

// expanded is one line a column.
func (l Lines) expanded(b *strings.Builder, width int) {
	rows := l.shown(printable.Line)
	name := 3
	for _, c := range rows[0] {
		name = max(name, terminal.Cells(c))
	}
	for n, row := range rows[1:] {
		fmt.Fprintf(b, "-- row %d %s\n", n+1, strings.Repeat("-", name))
		for i, s := range row {
			line := terminal.Pad(rows[0][i], name, false) + " | " + s
			if width > 0 {
				line = terminal.Clip(line, width)
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
}
