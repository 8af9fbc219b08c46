package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"intercom-connector/tester"
)

// queryCommand asks the warehouse one question.
type queryCommand struct {
	SQL    string `arg:"" name:"sql" help:"One SQL statement. Tables need no schema's name."`
	Format string `default:"table" enum:"table,csv,json,markdown" placeholder:"FORMAT" help:"table, csv, json or markdown (${default})."`
	Schema string `default:"tester" name:"destination-schema" placeholder:"NAME" help:"Where tables are looked for (${default})."`
}

// Run writes the answer. It is kong's entry.
func (c *queryCommand) Run(ctx context.Context, s streams, all *cli) error {
	db, err := tester.OpenReadOnly(filepath.Join(all.Directory, "warehouse.db"), c.Schema)
	if err != nil {
		return err
	}
	defer db.Close()
	result, err := tester.Query(ctx, db, c.SQL)
	if err != nil {
		return err
	}
	return result.Write(s.out, tester.Format(c.Format))
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
