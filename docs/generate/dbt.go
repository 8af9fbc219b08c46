package main

import (
	"fmt"
	"strconv"
	"strings"
)

const sourcesHead = `# Written by: go run ./docs/generate. Do not edit.
#
# The tables that the connector lands, as dbt sources. Say where they are with
# the variables intercom_database and intercom_schema. Take away the tables that
# your connection does not have: a source that is tested must exist.

version: 2

sources:
  - name: intercom
    description: Intercom's reporting export, segments and tags, as the connector lands them.
    database: "{{ var('intercom_database', target.database) }}"
    schema: "{{ var('intercom_schema', 'intercom') }}"
    loaded_at_field: _fivetran_synced
    tables:
`

// sources is deploy/dbt/models/sources.yml. A workspace's own attributes are
// left out: no two workspaces have the same.
func sources(tables []table) (string, error) {
	words, err := newMeanings()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(sourcesHead)
	for _, t := range tables {
		about, err := words.table(t)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "      - name: %s\n        description: %s\n", t.name, strconv.Quote(about))
		b.WriteString(t.tests())
		b.WriteString("        columns:\n")
		for _, c := range t.columns {
			if c.custom() {
				continue
			}
			entry, err := c.entry(t, edges(tables, t.dataset), words)
			if err != nil {
				return "", err
			}
			b.WriteString(entry)
		}
	}
	return b.String(), nil
}

// tests of a table: rows whose key has several columns must differ in it.
func (t table) tests() string {
	keys := t.keys()
	if len(keys) < 2 {
		return ""
	}
	return fmt.Sprintf("        data_tests:\n          - intercom_unique_together:\n              arguments:\n                columns: [%s]\n", strings.Join(keys, ", "))
}

// entry is a column with its type, its meaning and its tests.
func (c column) entry(t table, joins []edge, words *meanings) (string, error) {
	meaning, err := words.column(t, c)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "          - name: %s\n            description: %s\n", c.name, strconv.Quote(meaning))
	var tests []string
	// A text in a key of several columns may be empty, never null.
	if c.key {
		tests = append(tests, "              - not_null\n")
		if len(t.keys()) == 1 {
			tests = append(tests, "              - unique\n")
		}
	}
	// Datasets are read by different times, so that a row may come before the
	// conversation it belongs to: joins are tested between segments and tags only.
	if join, ok := joinOf(joins, t, c); ok && !t.dataset {
		tests = append(tests, fmt.Sprintf("              - relationships:\n                  arguments:\n                    to: source('intercom', '%s')\n                    field: %s\n                  config:\n                    severity: warn\n", join.to, join.key))
	}
	if len(tests) > 0 {
		b.WriteString("            data_tests:\n" + strings.Join(tests, ""))
	}
	return b.String(), nil
}
