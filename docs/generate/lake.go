package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/membership/tables"
)

// lakeHead is what lake.yml begins with.
//
//go:embed lake.head
var lakeHead string

// What a lake has, as dbt asks its variables.
const (
	hasLake         = `var('intercom_lake', 'none') != 'none'`
	hasLakeExports  = `var('intercom_lake_reporting', 'none') != 'none'`
	hasLakeDataset  = `var('intercom_lake_reporting', 'none') == 'all' or '%s' in var('intercom_lake_reporting', 'none').replace(' ', '').split(',')`
	hasLakeMessages = `var('intercom_lake_engagement', 'none') != 'none'`
	dayOfLake       = "dt"
	meaningOfTheDay = "The day that the rows are of."
)

// lakeSources is deploy/dbt/models/lake.yml.
func lakeSources(all []table, words *meanings) string {
	var b strings.Builder
	b.WriteString(lakeHead)
	add := func(name, condition string, keys []string) {
		fmt.Fprintf(&b, "      - name: %s\n        description: %s\n%s", name, strconv.Quote(words.table(name)), enabled("        ", condition))
		b.WriteString("        data_tests:\n" + together(append(slices.Clone(keys), dayOfLake), condition) + "        columns:\n")
		for _, key := range append(slices.Clone(keys), dayOfLake) {
			meaning := meaningOfTheDay
			if key != dayOfLake {
				meaning = words.column(name, column{name: key})
			}
			fmt.Fprintf(&b, "          - name: %s\n            description: %s\n            data_tests:\n%s", key, strconv.Quote(meaning), test("not_null", condition))
		}
	}
	for _, t := range tables.All() {
		add(t.Name, hasLake, keysOf(t))
	}
	for _, t := range all {
		condition := fmt.Sprintf(hasLakeDataset, t.name)
		switch t.of {
		case members:
			continue
		case messages:
			condition = hasLakeMessages
		}
		add(t.name, condition, t.keys())
	}
	for _, t := range append(tables.Lookups(), tables.Deletions()) {
		add(t.Name, hasLakeExports, keysOf(t))
	}
	return b.String()
}

func keysOf(t tables.Table) (keys []string) {
	for _, c := range t.Columns {
		if c.Key {
			keys = append(keys, c.Name)
		}
	}
	return keys
}
