// Command generate writes what the documentation says of the tables, so that it
// cannot drift from the code: docs/tables.md (a diagram and a reference) and
// deploy/dbt/models/sources.yml.
//
// It asks the connector itself, over gRPC, with a sandbox as Intercom: the
// Schema call names the tables, columns, types and keys, and the state of a
// first sync says which of Intercom's attributes each column holds
// (schema.go). What a column means is told by meanings.txt, and by rules for
// families of names (meaning.go).
//
// Run it from the repository: go run ./docs/generate. A test runs it too, and
// compares.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// outputs are the files that are written, relative to the repository, and how.
var outputs = map[string]func([]table) (string, error){
	"docs/tables.md":                markdown,
	"deploy/dbt/models/sources.yml": sources,
}

func main() {
	if err := run(context.Background(), "."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes every output below the repository's root.
func run(ctx context.Context, root string) error {
	tables, err := schema(ctx)
	if err != nil {
		return err
	}
	for path, render := range outputs {
		text, err := render(tables)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
