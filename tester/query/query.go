// Package query asks DuckDB and writes the answer for a person or a program.
//
// DuckDB itself turns every value into text, so that lists, structs, intervals and
// times read as they do in DuckDB. An answer goes to its writer row by row; only a
// table for a person (table.go), whose columns are as wide as what they hold, is
// read first, and has a limit of rows.
package query

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Options say how answers are written.
type Options struct {
	Format   Format
	Width    int    // of a terminal: a table is fitted to it; 0 fits nothing
	Limit    int    // rows of a table; 0 is all
	Expanded bool   // a table has one line a column
	Raw      bool   // CSV has texts as they are, also those that a spreadsheet takes for formulas
	Folder   string // where a file of Parquet may be written on its way
}

// Answer is what a statement gives, row by row.
type Answer struct {
	Columns []Column
	rows    *sql.Rows
	row     []sql.NullString
}

// Column is a column of an answer.
type Column struct {
	Name string
	Type string // DuckDB's
}

// Ask runs one statement. Close the answer.
func Ask(ctx context.Context, db *sql.DB, statement string) (*Answer, error) {
	return ask(ctx, db, statement, false)
}

// ask has lists, structs and maps written as JSON, or as DuckDB shows them.
func ask(ctx context.Context, db *sql.DB, statement string, asJSON bool) (*Answer, error) {
	columns, described := describe(ctx, db, statement)
	query := statement
	if described {
		query = asText(statement, columns, asJSON)
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if !described { // EXPLAIN, SET and the like
		types, err := rows.ColumnTypes()
		if err != nil {
			rows.Close()
			return nil, err
		}
		for _, t := range types {
			columns = append(columns, Column{t.Name(), t.DatabaseTypeName()})
		}
	}
	return &Answer{Columns: columns, rows: rows, row: make([]sql.NullString, len(columns))}, nil
}

// describe tells an answer's columns; ok is false for a statement that cannot stand
// in parentheses.
func describe(ctx context.Context, db *sql.DB, statement string) (columns []Column, ok bool) {
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE FROM (\n"+statement+"\n))")
	if err != nil {
		return nil, false // its own error says why, if it is wrong
	}
	defer rows.Close()
	for rows.Next() {
		var c Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, false
		}
		columns = append(columns, c)
	}
	return columns, rows.Err() == nil && len(columns) > 0
}

// asText makes DuckDB write each value, by position since names may repeat.
func asText(statement string, columns []Column, asJSON bool) string {
	names, texts := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = fmt.Sprintf("c%d", i)
		texts[i] = names[i] + "::VARCHAR"
		if asJSON && c.nested() {
			texts[i] = "to_json(" + names[i] + ")::VARCHAR"
		}
	}
	return "SELECT " + strings.Join(texts, ", ") + " FROM (\n" + statement + "\n) AS answer(" + strings.Join(names, ", ") + ")"
}

// Next reads a row; the next call overwrites it. It is nil after the last.
func (a *Answer) Next() ([]sql.NullString, error) {
	if !a.rows.Next() {
		return nil, a.rows.Err()
	}
	into := make([]any, len(a.row))
	for i := range a.row {
		into[i] = &a.row[i]
	}
	return a.row, a.rows.Scan(into...)
}

// Close ends it early, or frees what it holds.
func (a *Answer) Close() error { return a.rows.Close() }

// numeric is shown to the right.
func (c Column) numeric() bool {
	switch name, _, _ := strings.Cut(c.Type, "("); name {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL":
		return !strings.HasSuffix(c.Type, "[]")
	}
	return false
}

// nested is a value of several, which JSON has as such.
func (c Column) nested() bool {
	return strings.HasSuffix(c.Type, "]") || strings.HasPrefix(c.Type, "STRUCT") || strings.HasPrefix(c.Type, "MAP") || c.Type == "JSON"
}
