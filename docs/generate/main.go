// Command generate writes what the documentation says of the tables, so that it
// cannot drift from the code: docs/tables.md (a diagram and a reference),
// deploy/dbt/models/sources.yml and lake.yml, and the staging models that are not written by
// hand.
//
// It asks the connector itself, over gRPC, with a sandbox as Intercom: the
// Schema call names the tables, columns, types and keys, and the workspace which
// of Intercom's attributes each column holds (schema.go). What a column means is told by tester/meaning.
//
// Run it from the repository: go run ./docs/generate. A test runs it too, and
// compares.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// outputs are the files that are written, by their paths in the repository.
func outputs(all []table) (map[string]string, error) {
	reference, words := newMeanings(), newMeanings()
	files := map[string]string{
		"docs/tables.md":                markdown(all, reference),
		"deploy/dbt/models/sources.yml": sources(all, words),
		"deploy/dbt/models/lake.yml":    lakeSources(all, words),
	}
	maps.Copy(files, staging(all, words))
	if unused := reference.unused(); len(unused) > 0 {
		return nil, fmt.Errorf("meanings.txt has lines for what is not there: %s", strings.Join(unused, ", "))
	}
	return files, errors.Join(append(reference.missing, words.missing...)...)
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
	files, err := outputs(tables)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(root, stagingFolder)); err != nil {
		return err
	}
	for path, text := range files {
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
