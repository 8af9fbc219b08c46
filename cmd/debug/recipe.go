//go:build cgo

package main

import (
	"context"
	"fmt"
	"io"

	lakerecipes "intercom-connector/deploy/recipes"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/terminal"
	"intercom-connector/tester/query"
	"intercom-connector/tester/recipes"
)

// recipeCommand asks one of the questions, or lists them.
type recipeCommand struct {
	Name   string   `arg:"" optional:"" help:"The recipe's name; without one, all are listed, those of a lake too."`
	Set    []string `placeholder:"NAME=VALUE" help:"Set a parameter."`
	SQL    bool     `name:"sql" help:"Show the statement instead of asking it."`
	Format string   `default:"table" enum:"table,csv,json,markdown" placeholder:"FORMAT" help:"table, csv, json or markdown (${default})."`
	Raw    bool     `help:"In CSV, leave formulas of spreadsheets as they are."`
	Schema string   `default:"tester" name:"destination-schema" placeholder:"NAME" help:"Where tables are looked for (${default})."`
}

func (c *recipeCommand) Run(ctx context.Context, s streams, all *cli) error {
	if c.Name == "" {
		return listRecipes(s.out)
	}
	r, err := recipes.Get(c.Name)
	if err != nil {
		if _, none := lakerecipes.Get(c.Name); none == nil {
			return exit.Wrong(fmt.Errorf("the recipe %s asks a lake: query --lake lake --recipe %s", c.Name, c.Name))
		}
		return exit.Wrong(fmt.Errorf("%w; debug recipes lists them", err))
	}
	if c.SQL {
		_, err := fmt.Fprint(s.out, r.SQL)
		return err
	}
	set, err := r.Set(c.Set)
	if err != nil {
		return exit.Wrong(err)
	}
	db, err := all.open(ctx, s, c.Schema)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range set {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return query.Write(ctx, s.data(), db, []string{r.SQL}, query.Options{Format: query.Format(c.Format), Width: terminal.Width(s.out), Raw: c.Raw})
}

// listRecipes writes the questions to a warehouse, with their parameters, and those
// to a lake.
func listRecipes(w io.Writer) error {
	all, err := recipes.All()
	if err != nil {
		return err
	}
	for _, r := range all {
		fmt.Fprintf(w, "%s\n    %s\n", r.Name, r.Title)
		for _, p := range r.Parameters {
			fmt.Fprintf(w, "    --set %s=...  %s\n", p.Name, p.Meaning)
		}
	}
	fmt.Fprintf(w, "\nAsk one: %s recipe %s\n\nOf a lake, which operator snapshot writes:\n\n", build.Command("debug"), all[0].Name)
	ofLakes, err := lakerecipes.All()
	if err != nil {
		return err
	}
	for _, r := range ofLakes {
		fmt.Fprintf(w, "%s\n    %s\n", r.Name, r.Title)
		for _, p := range r.Parameters() {
			fmt.Fprintf(w, "    --set %s=...  (%s)\n", p.Name, p.Value)
		}
	}
	_, err = fmt.Fprintf(w, "\nAsk one: %s query --lake lake --recipe %s\n", build.Command("debug"), ofLakes[0].Name)
	return err
}
