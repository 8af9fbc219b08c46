// Command generate writes what operator.yaml says about the lake: a Glue table
// for each relation's parts, a view over its published ones, and each recipe as
// a named query of Athena. It rewrites what stands between two marks; the rest
// of the template is written by hand.
//
//	go run ./deploy/generate
//
// Tables come from membership/tables and recipes from deploy/recipes, so that
// the template cannot say anything else; a test compares.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"intercom-connector/deploy/recipes"
)

const (
	beginMark = "  # From here to the end mark: written by go run ./deploy/generate.\n"
	endMark   = "  # End mark.\n"
)

func main() {
	file := flag.String("template", "deploy/operator.yaml", "the template to rewrite")
	flag.Parse()
	if err := rewrite(context.Background(), *file); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func rewrite(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	renewed, err := renew(ctx, string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(renewed), 0o644)
}

// renew replaces what stands between the marks.
func renew(ctx context.Context, template string) (string, error) {
	before, rest, begins := strings.Cut(template, beginMark)
	_, after, ends := strings.Cut(rest, endMark)
	if !begins || !ends {
		return "", errors.New("the marks are missing: " + strings.TrimSpace(beginMark) + " and " + strings.TrimSpace(endMark))
	}
	all, err := recipes.All()
	if err != nil {
		return "", err
	}
	landed, err := relations(ctx)
	if err != nil {
		return "", err
	}
	var names []string
	var b strings.Builder
	for _, r := range landed {
		names = append(names, r.name)
		b.WriteString(r.tableResource(r.parts()))
		b.WriteString(r.viewResource())
	}
	b.WriteString(publications.tableResource(publicationsOf(names)))
	b.WriteString(publications.viewResource())
	for _, r := range changes() {
		b.WriteString(r.viewResource())
	}
	b.WriteString(lines.tableResource(anyParts))
	b.WriteString(linesPublished.tableResource(anyPublications))
	b.WriteString(lines.viewResource())
	for _, r := range all {
		b.WriteString(recipeResource(r))
	}
	return before + beginMark + b.String() + endMark + after, nil
}
