package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"intercom-connector/deploy/recipes"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/tester"
)

// queryCommand asks the warehouse, or a lake of snapshots, one question.
type queryCommand struct {
	SQL    string `arg:"" optional:"" name:"sql" help:"One SQL statement. Tables need no schema's name."`
	Lake   string `placeholder:"FOLDER" help:"Ask the lake of operator snapshot in this folder; dt is each row's day."`
	Recipe string `placeholder:"NAME" help:"Ask the lake one of the questions of deploy/recipes."`
	Format string `default:"table" enum:"table,csv,json,markdown" placeholder:"FORMAT" help:"table, csv, json or markdown (${default})."`
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"Where tables are looked for (${default})."`
}

// Run writes the answer. It is kong's entry.
func (c *queryCommand) Run(ctx context.Context, s streams, all *cli) error {
	question, err := c.question()
	if err != nil {
		return usageError{err}
	}
	db, err := c.open(ctx, all.Directory)
	if err != nil {
		return err
	}
	defer db.Close()
	result, err := tester.Query(ctx, db, question)
	if err != nil {
		return err
	}
	return result.Write(s.out, tester.Format(c.Format))
}

// question is the statement: the one typed, or a recipe's.
func (c *queryCommand) question() (string, error) {
	switch {
	case c.Recipe == "" && c.SQL == "":
		return "", errors.New("ask something: query \"SELECT ...\", or query --lake lake --recipe NAME")
	case c.Recipe == "":
		return c.SQL, nil
	case c.SQL != "":
		return "", errors.New("ask a statement or a recipe, not both")
	case c.Lake == "":
		return "", errors.New("recipes ask a lake: name its folder with --lake")
	}
	recipe, err := recipes.Get(c.Recipe)
	return recipe.SQL, err
}

// open is the warehouse, or a database in memory whose tables are views of the
// lake's published files.
func (c *queryCommand) open(ctx context.Context, directory string) (*sql.DB, error) {
	if c.Lake == "" {
		return tester.OpenReadOnly(filepath.Join(directory, "warehouse.db"), c.Schema)
	}
	if _, err := os.Stat(c.Lake); err != nil {
		return nil, fmt.Errorf("there is no lake: %w; make one with go run ./cmd/operator snapshot --output %s", err, c.Lake)
	}
	store, err := folder.Open(c.Lake)
	if err != nil {
		return nil, err
	}
	views, err := lake.New(store, lake.Options{}).Views(ctx, store.Path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, views); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the lake %s: %w", c.Lake, err), db.Close())
	}
	return db, nil
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
	return fmt.Sprintf(`go run ./cmd/debug query%s "SELECT * FROM %s LIMIT 5"`, queryFlags(directory, schema), table)
}

// queryFlags are the flags that a query needs where the sync had them.
func queryFlags(directory, schema string) string {
	var b strings.Builder
	if directory != "files" {
		fmt.Fprintf(&b, " --directory %q", directory)
	}
	if schema != "tester" {
		fmt.Fprintf(&b, " --destination-schema %q", schema)
	}
	return b.String()
}
