package query

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Format is how an answer is written.
type Format string

const (
	Table    Format = "table"    // aligned columns for a person
	CSV      Format = "csv"      // RFC 4180 with a header; null is empty
	JSON     Format = "json"     // an array of objects
	Markdown Format = "markdown" // a table for a document
	Parquet  Format = "parquet"  // a file, for a program
)

// Write asks the statements one by one and writes each answer.
func Write(ctx context.Context, w io.Writer, db *sql.DB, statements []string, options Options) error {
	if options.Format == Parquet && len(statements) != 1 {
		return errors.New("parquet is a file of one answer: ask one statement")
	}
	for i, statement := range statements {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := write(ctx, w, db, statement, options); err != nil {
			if len(statements) > 1 {
				err = fmt.Errorf("statement %d of %d: %w", i+1, len(statements), err)
			}
			return err
		}
	}
	return nil
}

func write(ctx context.Context, w io.Writer, db *sql.DB, statement string, options Options) error {
	if options.Format == Parquet {
		return writeParquet(ctx, w, db, statement, options.Folder)
	}
	answer, err := ask(ctx, db, statement, options.Format == JSON)
	if err != nil {
		return err
	}
	defer answer.Close()
	switch options.Format {
	case CSV:
		return answer.writeCSV(w, options.Raw)
	case JSON:
		return answer.writeJSON(w)
	}
	return answer.writeTable(w, options)
}

// writeJSON keeps the columns' order, as a map would not.
func (a *Answer) writeJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	names := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		names[i] = text(c.Name)
	}
	out.WriteString("[")
	for n := 0; ; n++ {
		row, err := a.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if n > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n  {")
		for i, v := range row {
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(names[i] + ": " + jsonValue(a.Columns[i], v))
		}
		out.WriteString("}")
	}
	out.WriteString("\n]\n")
	return out.Flush()
}

// jsonValue leaves numbers, truth values and JSON what they are, where JSON can say
// them (it has no NaN), and makes text of the rest.
func jsonValue(c Column, v sql.NullString) string {
	switch {
	case !v.Valid:
		return "null"
	case (c.numeric() || c.Type == "BOOLEAN" || c.nested()) && json.Valid([]byte(v.String)):
		return v.String
	}
	return text(v.String)
}

func text(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text has a form
	return strings.TrimSuffix(b.String(), "\n")
}

// writeParquet has DuckDB write a file, which then goes to w.
func writeParquet(ctx context.Context, w io.Writer, db *sql.DB, statement, folder string) error {
	path := filepath.Join(folder, "answer.parquet")
	if _, err := db.ExecContext(ctx, "COPY (\n"+statement+"\n) TO "+within(path, "'")+" (FORMAT parquet)"); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
