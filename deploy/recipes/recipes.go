// Package recipes holds the questions that people ask of a lake of daily
// snapshots, each as a file of SQL that runs unchanged in DuckDB and in Athena.
// The README beside them explains each and shows its result on the sandbox.
package recipes

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed *.sql
var files embed.FS

// Recipe is one question.
type Recipe struct {
	Name  string // as in segment-size-by-day
	Title string // the question in one sentence
	SQL   string // one statement, without a semicolon
}

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
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "-- "), "\n")
		all = append(all, Recipe{Name: strings.TrimSuffix(entry.Name(), path.Ext(entry.Name())), Title: title, SQL: string(text)})
	}
	return all, nil
}

// Get returns a recipe by its name; the error lists those there are.
func Get(name string) (Recipe, error) {
	all, err := All()
	if err != nil {
		return Recipe{}, err
	}
	var names []string
	for _, r := range all {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Recipe{}, fmt.Errorf("there is no recipe %q; there are %s", name, strings.Join(names, ", "))
}
