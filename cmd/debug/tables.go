//go:build cgo

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"intercom-connector/connector/configuration"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/quote"
	"intercom-connector/internal/terminal"
	"intercom-connector/tester/meaning"
	"intercom-connector/tester/query"
	html "intercom-connector/tester/report"
	"intercom-connector/tester/warehouse"
)

// tablesCommand lists what there is.
type tablesCommand struct {
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"The warehouse's schema (${default})."`
}

func (c *tablesCommand) Run(ctx context.Context, s streams, all *cli) error {
	db, err := all.open(ctx, s, c.Schema)
	if err != nil {
		return err
	}
	defer db.Close()
	tables, err := html.Tables(ctx, db, c.Schema)
	if err != nil {
		return err
	}
	lines := query.Lines{Columns: []string{"table", "rows", "deleted", "columns", "from", "to"}, Right: []bool{false, true, true, true, false, false}}
	for _, t := range tables {
		lines.Rows = append(lines.Rows, []string{
			t.Name, terminal.Number(t.Rows), terminal.Number(t.Deleted), terminal.Number(int64(len(t.Columns))), t.First, t.Last,
		})
	}
	if err := lines.Write(s.out, terminal.Width(s.out)); err != nil {
		return err
	}
	if len(tables) > 0 {
		fmt.Fprintf(s.out, "\nA table's columns: %s describe%s %s\n", build.Command("debug"), queryFlags(all.Directory, c.Schema), printable.Argument(tables[0].Name))
	}
	return nil
}

// describeCommand tells of one table.
type describeCommand struct {
	Table  string `arg:"" help:"The table's name."`
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"The warehouse's schema (${default})."`
}

func (c *describeCommand) Run(ctx context.Context, s streams, all *cli) error {
	db, err := all.open(ctx, s, c.Schema)
	if err != nil {
		return err
	}
	defer db.Close()
	table, err := c.table(ctx, db)
	if err != nil {
		return err
	}
	if width := terminal.Width(s.out); width > 0 {
		err = describeInLines(s.out, table, width)
	} else {
		err = describeInTable(s.out, table)
	}
	if err != nil {
		return err
	}
	if words, _ := meaning.Table(table.Name); words != "" {
		fmt.Fprintf(s.out, "\n%s", words)
	}
	_, err = fmt.Fprintf(s.out, "\n%s; null is their share without a value.\n", terminal.Count(table.Rows, "row"))
	return err
}

func describeInTable(w io.Writer, table html.Table) error {
	lines := query.Lines{Columns: []string{"column", "type", "key", "null", "meaning"}, Right: []bool{false, false, false, true, false}}
	for _, column := range table.Columns {
		key := ""
		if column.Key {
			key = "key"
		}
		words, _ := meaning.Column(table.Name, column.Name)
		lines.Rows = append(lines.Rows, []string{column.Name, column.Type, key, column.Share, words})
	}
	return lines.Write(w, 0)
}

// describeInLines fits a terminal, where names, types and meanings have no place beside
// each other.
func describeInLines(w io.Writer, table html.Table, width int) error {
	for _, column := range table.Columns {
		line := fmt.Sprintf("%s  %s, %s null", printable.Line(column.Name), column.Type, column.Share)
		if column.Key {
			line += ", key"
		}
		if words, _ := meaning.Column(table.Name, column.Name); words != "" {
			line += "\n    " + terminal.Wrap(words, 4, width)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func (c *describeCommand) table(ctx context.Context, db *sql.DB) (html.Table, error) {
	tables, err := html.Tables(ctx, db, c.Schema)
	if err != nil {
		return html.Table{}, err
	}
	var names []string
	for _, t := range tables {
		if t.Name == c.Table {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return html.Table{}, exit.Wrong(fmt.Errorf("the schema %q has no table %q%s", c.Schema, c.Table, configuration.Suggest(c.Table, names)))
}

// exportCommand writes the tables into files.
type exportCommand struct {
	Output string `required:"" short:"o" placeholder:"DIR" help:"The folder for the files; it is created."`
	Format string `default:"parquet" enum:"parquet,csv" placeholder:"FORMAT" help:"parquet or csv (${default})."`
	Raw    bool   `help:"In CSV, leave formulas of spreadsheets as they are."`
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"The warehouse's schema (${default})."`
}

// Run writes a file for each table, with its rows that are not deleted. It is
// kong's entry.
func (c *exportCommand) Run(ctx context.Context, s streams, all *cli) error {
	if c.Raw && c.Format != string(query.CSV) {
		return exit.Wrong(errors.New("--raw is for --format csv"))
	}
	db, err := all.open(ctx, s, c.Schema, c.Output)
	if err != nil {
		return err
	}
	defer db.Close()
	tables, err := html.Tables(ctx, db, c.Schema)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Output, 0o700); err != nil {
		return exit.Wrong(err)
	}
	for _, t := range tables {
		path := filepath.Join(c.Output, query.FileName(t.Name, query.Format(c.Format)))
		rows := "SELECT * EXCLUDE (" + warehouse.DeletedColumn + ") FROM " + quote.Name(c.Schema) + "." + quote.Name(t.Name) +
			" WHERE " + warehouse.DeletedColumn + " IS NOT TRUE"
		if err := query.Export(ctx, db, rows, path, query.Format(c.Format), c.Raw); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		fmt.Fprintf(s.out, "%s  %s\n", path, terminal.Count(t.Rows, "row"))
	}
	return nil
}
