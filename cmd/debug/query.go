//go:build cgo

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"intercom-connector/deploy/recipes"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/file"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/quote"
	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/views"
	"intercom-connector/tester"
	"intercom-connector/tester/query"
	"intercom-connector/tester/warehouse"
)

// queryCommand asks the warehouse, or a lake of snapshots.
type queryCommand struct {
	SQL      string   `arg:"" optional:"" name:"sql" help:"SQL statements; - reads them from standard input. Tables need no schema's name."`
	File     string   `short:"f" placeholder:"FILE" help:"Read the statements from this file."`
	Lake     string   `placeholder:"PLACE" help:"Ask the lake of operator snapshot: a folder, or s3://bucket/prefix; dt is each row's day."`
	Recipe   string   `placeholder:"NAME" help:"Ask the lake a recipe (debug recipe lists)."`
	Set      []string `placeholder:"NAME=VALUE" sep:"none" help:"Set what it asks for, as in segment=Trial."`
	Format   string   `default:"table" enum:"table,csv,json,markdown,parquet" placeholder:"FORMAT" help:"table, csv, json, markdown or parquet (${default})."`
	JSON     bool     `name:"json" help:"The same as --format json."`
	Expanded bool     `short:"x" help:"A line for each column, for rows that are too wide."`
	Limit    int      `default:"200" placeholder:"ROWS" help:"Rows of a table (${default}); 0 is all. The other formats have no limit."`
	Raw      bool     `help:"In CSV, leave formulas of spreadsheets as they are."`
	Unsafe   bool     `help:"Statements may reach other files."`
	Output   string   `short:"o" placeholder:"FILE" help:"Write to this file."`
	Schema   string   `default:"tester" name:"destination-schema" placeholder:"NAME" help:"Where tables are looked for (${default})."`
}

func (c *queryCommand) Run(ctx context.Context, s streams, all *cli) error {
	if c.JSON {
		c.Format = string(query.JSON)
	}
	text, err := c.question(s.in)
	if err != nil {
		return exit.Wrong(err)
	}
	statements := query.Split(text)
	if len(statements) == 0 {
		return exit.Wrong(errors.New("there is no statement"))
	}
	if c.Format == string(query.Parquet) && c.Output == "" && terminal.Is(s.out) {
		return exit.Wrong(errors.New("parquet is for programs: name a file with --output"))
	}
	export := ""
	if c.Format == string(query.Parquet) {
		if export, err = os.MkdirTemp("", "query-"); err != nil {
			return err
		}
		defer os.RemoveAll(export)
	}
	db, done, err := c.open(ctx, s, all, export)
	if err != nil {
		return err
	}
	defer done()
	if c.Lake != "" {
		for i := range statements {
			if statements[i], err = views.Prune(ctx, db, statements[i]); err != nil {
				return err
			}
		}
	}
	options := query.Options{Format: query.Format(c.Format), Width: terminal.Width(s.out), Limit: c.Limit, Expanded: c.Expanded, Raw: c.Raw, Folder: export}
	if c.Output == "" {
		return query.Write(ctx, s.data(), db, statements, options)
	}
	options.Width = 0
	return file.Replace(c.Output, func(f *os.File) error { return query.Write(ctx, f, db, statements, options) })
}

// question is what was typed, piped or kept in a file, or a recipe.
func (c *queryCommand) question(in io.Reader) (string, error) {
	given := 0
	for _, way := range []string{c.SQL, c.File, c.Recipe} {
		if way != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return "", errors.New("ask something: query \"SELECT ...\", query -f FILE, query - to read it from standard input, or query --lake lake --recipe NAME; recipe lists them")
	case given > 1:
		return "", errors.New("ask a statement, a file or a recipe, not several of them")
	case len(c.Set) > 0 && c.Recipe == "":
		return "", errors.New("--set is for --recipe")
	case c.Recipe != "" && c.Lake == "":
		return "", errors.New("recipes ask a lake: name its folder with --lake")
	case c.Recipe != "":
		recipe, err := recipes.Get(c.Recipe)
		if err != nil {
			return "", err
		}
		return recipe.Set(c.Set)
	case c.SQL == "-", c.File == "-":
		b, err := io.ReadAll(in)
		return string(b), err
	case c.File != "":
		b, err := os.ReadFile(c.File)
		return string(b), err
	}
	return c.SQL, nil
}

// open is the warehouse, or a database in memory whose tables are views of the
// lake's published files. Statements reach nothing else but the folder of an export,
// unless they may. done ends it.
func (c *queryCommand) open(ctx context.Context, s streams, all *cli, export string) (db *sql.DB, done func(), err error) {
	var folders []string
	if export != "" {
		folders = append(folders, export)
	}
	switch {
	case c.Lake == "" && c.Unsafe:
		db, err = all.openBy(ctx, s, func() (*sql.DB, error) { return warehouse.OpenUnconfined(all.warehouse(), c.Schema) })
		return db, func() { db.Close() }, err
	case c.Lake == "":
		db, err = all.open(ctx, s, c.Schema, folders...)
		return db, func() { db.Close() }, err
	}
	remove, lies := func() {}, c.Lake
	if strings.HasPrefix(c.Lake, "s3://") {
		here, err := os.MkdirTemp("", "lake-")
		if err != nil {
			return nil, nil, err
		}
		remove, lies = func() { os.RemoveAll(here) }, filepath.Join(here, "lake")
		if err := bring(ctx, s, c.Lake, lies); err != nil {
			remove()
			return nil, nil, err
		}
	}
	if db, err = c.openLake(ctx, lies, folders...); err != nil {
		remove()
		return nil, nil, err
	}
	return db, func() {
		db.Close()
		remove()
	}, nil
}

// openLake is a database whose tables are views of the files of the lake in a folder. A
// day that is damaged is an error: a question must not be answered without it.
func (c *queryCommand) openLake(ctx context.Context, lies string, folders ...string) (*sql.DB, error) {
	if _, err := os.Stat(lies); err != nil {
		return nil, fmt.Errorf("there is no lake: %w; make one with %s snapshot --output %s", err, build.Command("operator"), printable.Argument(lies))
	}
	local, err := folder.Open(lies)
	if err != nil {
		return nil, err
	}
	found, err := lake.New(local, lake.Options{}).Survey(ctx)
	if err == nil && len(found.Damaged) > 0 {
		err = fmt.Errorf("%w\n%s verify --repair --output %s puts right what can be", errors.Join(found.Damaged...), build.Command("operator"), printable.Argument(lies))
	}
	if folders = append(folders, lies); c.Unsafe {
		folders = nil
	}
	var db *sql.DB
	if err == nil {
		db, err = views.Open(ctx, found.Published, local.Path, folders...)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the lake %s: %w", c.Lake, err)
	}
	return db, nil
}

// bring has operator copy a lake in S3 into a folder. That program reaches S3; this one,
// which everybody compiles before the first sync, then need not. It lies beside this one,
// or in the checkout that this one is run from.
func bring(ctx context.Context, s streams, place, to string) error {
	operator := []string{"go", "run", "intercom-connector/cmd/operator"}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), strings.Replace(filepath.Base(self), "debug", "operator", 1))
		if _, err := os.Stat(beside); err == nil && beside != self {
			operator = []string{beside}
		}
	}
	fmt.Fprintf(s.err, "Bringing the lake %s here.\n", place)
	command := exec.CommandContext(ctx, operator[0], append(operator[1:], "copy", "--output", place, to)...)
	command.Stderr = s.err
	if err := command.Run(); err != nil {
		return fmt.Errorf("the program operator, which reaches S3, did not bring the lake %s here (%s: %w)", place, operator[0], err)
	}
	return nil
}

// queryHint is a line to type next.
func queryHint(directory, schema string, summary tester.Summary) string {
	table := "..."
	for _, t := range summary.Tables {
		if table == "..." || t.Rows > 0 {
			table = t.Name
		}
		if t.Rows > 0 {
			break
		}
	}
	if table != "..." {
		table = quote.NameWhereNeeded(table)
	}
	return build.Command("debug") + " query" + queryFlags(directory, schema) + " " + printable.Argument("SELECT * FROM "+table+" LIMIT 5")
}

// queryFlags are the flags that a query needs where the sync had them.
func queryFlags(directory, schema string) string {
	var b strings.Builder
	if directory != "files" {
		b.WriteString(" --directory " + printable.Argument(directory))
	}
	if schema != "tester" {
		b.WriteString(" --destination-schema " + printable.Argument(schema))
	}
	return b.String()
}
