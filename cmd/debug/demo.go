package main

import (
	"context"
	"fmt"
	"io"

	"intercom-connector/tester"
)

// questions are what the sandbox's rows are asked at the end of a sync.
var questions = []struct{ title, sql string }{
	{"Conversations by channel", `SELECT channel, count(*) AS conversations FROM conversation GROUP BY channel ORDER BY conversations DESC`},
}

// demonstrate shows what landed: a few answers and the line to type next.
func demonstrate(ctx context.Context, w io.Writer, warehouse, schema, directory string) error {
	db, err := tester.OpenReadOnly(warehouse, schema)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, q := range questions {
		answer, err := tester.Query(ctx, db, q.sql)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s\n\n", q.title)
		if err := answer.Write(w, tester.Table); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nThese rows are made up. Ask your own question:\n  go run ./cmd/debug query%s %q\n", queryFlags(directory, schema), "SELECT * FROM conversation LIMIT 5")
	fmt.Fprintf(w, "Your own workspace (configuration.example.json says how):\n  go run ./cmd/debug --configuration configuration.json --directory my-files\n")
	return nil
}
