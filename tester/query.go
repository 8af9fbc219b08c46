package tester

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Result is a query's answer, all of it in memory.
type Result struct {
	Columns []string
	Rows    [][]any // nil is null; DATE, TIME and TIMESTAMP values are text
	numeric []bool  // by column: shown to the right
}

// Query runs one statement on a warehouse.
func Query(ctx context.Context, db *sql.DB, statement string) (*Result, error) {
	rows, err := db.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for _, t := range types {
		r.Columns = append(r.Columns, t.Name())
		parsed, known := parseSQLType(t.DatabaseTypeName())
		r.numeric = append(r.numeric, (known && parsed.numeric()) || strings.HasPrefix(t.DatabaseTypeName(), "DECIMAL") || t.DatabaseTypeName() == "HUGEINT")
	}
	for rows.Next() {
		row := make([]any, len(types))
		into := make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range row {
			if at, ok := v.(time.Time); ok {
				row[i] = at.UTC().Format(timeLayout(types[i].DatabaseTypeName()))
			}
		}
		r.Rows = append(r.Rows, row)
	}
	return r, rows.Err()
}

// timeLayout is how DuckDB itself writes a time of the type; with a zone, in UTC.
func timeLayout(typ string) string {
	switch typ {
	case "DATE":
		return "2006-01-02"
	case "TIME":
		return "15:04:05.999999"
	case "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE":
		return "2006-01-02 15:04:05.999999+00"
	}
	return "2006-01-02 15:04:05.999999"
}

// Format is how a Result is written.
type Format string

// The formats of Result.Write.
const (
	Table    Format = "table"    // aligned columns for a person
	CSV      Format = "csv"      // RFC 4180 with a header; null is empty
	JSON     Format = "json"     // an array of objects
	Markdown Format = "markdown" // a table for a document
)

// Write writes the result.
func (r *Result) Write(w io.Writer, f Format) error {
	switch f {
	case CSV:
		return r.writeCSV(w)
	case JSON:
		return r.writeJSON(w)
	case Markdown:
		return r.writeAligned(w, "| ", " | ", " |", func(s string) string { return strings.ReplaceAll(oneLine(s), "|", `\|`) })
	}
	return r.writeAligned(w, "", " | ", "", oneLine)
}

func (r *Result) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(r.Columns); err != nil {
		return err
	}
	for _, row := range r.Rows {
		record := make([]string, len(row))
		for i, v := range row {
			record[i] = cell(v)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeJSON keeps the columns' order, as a map would not.
func (r *Result) writeJSON(w io.Writer) error {
	var b strings.Builder
	b.WriteString("[")
	for n, row := range r.Rows {
		if n > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n  {")
		for i, v := range row {
			if i > 0 {
				b.WriteString(", ")
			}
			name, err := json.Marshal(r.Columns[i])
			if err != nil {
				return err
			}
			value, err := json.Marshal(jsonValue(v))
			if err != nil {
				return fmt.Errorf("column %s: %w", r.Columns[i], err)
			}
			fmt.Fprintf(&b, "%s: %s", name, value)
		}
		b.WriteString("}")
	}
	b.WriteString("\n]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// jsonValue leaves what JSON can say to it, and makes text of the rest.
func jsonValue(v any) any {
	switch v.(type) {
	case nil, bool, string, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64:
		return v
	}
	return cell(v)
}

func (r *Result) writeAligned(w io.Writer, left, between, right string, clean func(string) string) error {
	lines := [][]string{r.Columns}
	for _, row := range r.Rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = clean(cell(v))
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(r.Columns))
	for _, line := range lines {
		for i, s := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(s), 3)
		}
	}
	var b strings.Builder
	for n, line := range lines {
		texts := make([]string, len(line))
		for i, s := range line {
			texts[i] = pad(s, widths[i], r.numeric[i] && n > 0)
		}
		b.WriteString(strings.TrimRight(left+strings.Join(texts, between)+right, " ") + "\n")
		if n == 0 {
			for i := range texts {
				texts[i] = strings.Repeat("-", widths[i])
			}
			b.WriteString(left + strings.Join(texts, between) + right + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func pad(s string, width int, right bool) string {
	space := strings.Repeat(" ", width-utf8.RuneCountInString(s))
	if right {
		return space + s
	}
	return s + space
}

// oneLine keeps a text with line breaks from breaking a table.
func oneLine(s string) string {
	return strings.NewReplacer("\r\n", "⏎", "\n", "⏎", "\r", "⏎", "\t", " ").Replace(s)
}

// cell is a value as text; null is nothing.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(appendBlob(nil, v))
	}
	return fmt.Sprint(v)
}
