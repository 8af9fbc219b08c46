// Package recipes holds the questions that people ask of a warehouse, each as a file
// of SQL that runs unchanged in DuckDB. A first comment is the question in one
// sentence; the others are its parameters, variables of DuckDB's that may be set:
// each with its default in parentheses.
package recipes

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"intercom-connector/internal/quote"
)

//go:embed *.sql
var files embed.FS

// Recipe is one question.
type Recipe struct {
	Name       string // as in sla-by-week
	Title      string // the question in one sentence
	SQL        string // one statement, without a semicolon
	Parameters []Parameter
}

// Parameter is what may be set.
type Parameter struct{ Name, Meaning string }

// All lists the recipes by name.
func All() ([]Recipe, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []Recipe
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			return nil, err
		}
		r := Recipe{Name: strings.TrimSuffix(entry.Name(), ".sql"), SQL: string(text)}
		for line := range strings.Lines(r.SQL) {
			comment, is := strings.CutPrefix(strings.TrimSpace(line), "-- ")
			name, meaning, parameter := strings.Cut(comment, ": ")
			switch {
			case !is:
			case r.Title == "":
				r.Title = comment
			case parameter:
				r.Parameters = append(r.Parameters, Parameter{name, meaning})
			}
		}
		all = append(all, r)
	}
	return all, nil
}

// Get is the recipe of a name.
func Get(name string) (Recipe, error) {
	all, err := All()
	if err != nil {
		return Recipe{}, err
	}
	nearest, least := "", 4
	for _, r := range all {
		if r.Name == name {
			return r, nil
		}
		if d := levenshtein.Distance(r.Name, name, nil); d < least {
			nearest, least = r.Name, d
		}
	}
	meant := ""
	if nearest != "" {
		meant = fmt.Sprintf("; did you mean %q?", nearest)
	}
	return Recipe{}, fmt.Errorf("there is no recipe %q%s", name, meant)
}

// Set is the statements that set parameters, given as name=value.
func (r Recipe) Set(given []string) (statements []string, err error) {
	for _, one := range given {
		name, value, ok := strings.Cut(one, "=")
		if !ok || !slices.ContainsFunc(r.Parameters, func(p Parameter) bool { return p.Name == name }) {
			return nil, fmt.Errorf("the recipe %s has no parameter for %q: write %s", r.Name, one, r.settable())
		}
		statements = append(statements, "SET VARIABLE "+name+" = "+quote.Text(value))
	}
	return statements, nil
}

func (r Recipe) settable() string {
	if len(r.Parameters) == 0 {
		return "none, it has no parameters"
	}
	var names []string
	for _, p := range r.Parameters {
		names = append(names, p.Name+"=...")
	}
	return strings.Join(names, " or ")
}
