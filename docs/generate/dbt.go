package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// sourcesHead is what sources.yml begins with.
//
//go:embed sources.head
var sourcesHead string

// What a connection has, as dbt asks its variables. A segment table's key holds
// the day in a daily history only.
const (
	hasDataset     = `var('intercom_datasets', 'all') == 'all' or '%s' in var('intercom_datasets', 'all').replace(' ', '').split(',')`
	hasMemberships = `var('intercom_memberships', 'none') != 'none'`
	hasEngagement  = `var('intercom_engagement', 'none') != 'none'`
	hasDeletions   = `var('intercom_deletions', 'on') != 'none'`
	hasLookups     = `var('intercom_lookups', 'on') != 'none'`
	hasHistory     = `var('intercom_memberships', 'none') == 'daily'`
	hasNoHistory   = `var('intercom_memberships', 'none') in ['current', 'changed']`
)

const (
	dayOfHistory = "snapshot_date"
	dayLastSeen  = "last_seen_date"
)

// enabled says when something is there.
func enabled(indent, condition string) string {
	return fmt.Sprintf("%sconfig:\n%s  enabled: \"{{ %s }}\"\n", indent, indent, condition)
}

// has is the condition under which a connection has the table.
func (t table) has() string {
	switch t.of {
	case datasets:
		return fmt.Sprintf(hasDataset, t.name)
	case messages:
		return hasEngagement
	}
	if slices.ContainsFunc(tables.All(), func(m tables.Table) bool { return m.Name == t.name }) {
		return hasMemberships
	}
	if slices.ContainsFunc(tables.Lookups(), func(m tables.Table) bool { return m.Name == t.name }) {
		return hasLookups
	}
	return hasDeletions
}

// joins says that the table is a membership: its key has the day in a daily
// history, and lacks it otherwise.
func (t table) joins() bool {
	keys := t.keys()
	return t.of == members && len(keys) > 1 && slices.Contains(keys, dayOfHistory)
}

// sources is deploy/dbt/models/sources.yml. A workspace's own attributes are
// left out: no two workspaces have the same.
func sources(all []table, words *meanings) string {
	var b strings.Builder
	b.WriteString(sourcesHead)
	for _, t := range all {
		fmt.Fprintf(&b, "      - name: %s\n        description: %s\n", t.name, strconv.Quote(words.table(t.name)))
		b.WriteString(enabled("        ", t.has()))
		b.WriteString(t.tests())
		b.WriteString("        columns:\n")
		if t.joins() {
			b.WriteString(lastSeen(t, words))
		}
		for _, c := range t.columns {
			if !c.custom() {
				b.WriteString(c.entry(t, edges(all, t.of), words))
			}
		}
	}
	return b.String()
}

// tests of a table: rows whose key has several columns must differ in it.
func (t table) tests() string {
	keys := t.keys()
	if len(keys) < 2 {
		return ""
	}
	if !t.joins() {
		return "        data_tests:\n" + together(keys, t.has())
	}
	undated := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == dayOfHistory })
	return "        data_tests:\n" + together(keys, hasHistory) + together(undated, hasNoHistory)
}

func together(keys []string, condition string) string {
	return fmt.Sprintf("          - intercom_unique_together:\n              arguments:\n                columns: [%s]\n", strings.Join(keys, ", ")) +
		enabled("              ", condition)
}

// test is a test of a column without arguments. Like every test it is enabled
// where its table is: dbt warns of a test whose source is not.
func test(name, condition string) string {
	return "              - " + name + ":\n" + enabled("                  ", condition)
}

// lastSeen is the column that a membership has in the place of the day, where
// there is no history.
func lastSeen(t table, words *meanings) string {
	return fmt.Sprintf("          - name: %s\n            description: %s\n            data_tests:\n%s",
		dayLastSeen, strconv.Quote(words.column(t.name, column{name: dayLastSeen})), test("not_null", hasNoHistory))
}

// dataType is the type of a column in the words by which the macros know it: a model
// needs it for a column that a warehouse lacks.
func (c column) dataType() string {
	switch c.kind {
	case sdk.DataType_UTC_DATETIME:
		return "timestamp"
	case sdk.DataType_NAIVE_DATE:
		return "date"
	case sdk.DataType_LONG, sdk.DataType_INT, sdk.DataType_SHORT:
		return "bigint"
	case sdk.DataType_DOUBLE:
		return "double"
	case sdk.DataType_BOOLEAN:
		return "boolean"
	}
	return "string"
}

// entry is a column with its type, its meaning and its tests.
func (c column) entry(t table, joins []edge, words *meanings) string {
	var b strings.Builder
	fmt.Fprintf(&b, "          - name: %s\n            description: %s\n            data_type: %s\n", c.name, strconv.Quote(words.column(t.name, c)), c.dataType())
	var tests []string
	condition := t.has()
	if t.joins() && c.name == dayOfHistory {
		condition = hasHistory
	}
	// A text in a key of several columns may be empty, never null.
	if c.key {
		tests = append(tests, test("not_null", condition))
		if len(t.keys()) == 1 {
			tests = append(tests, test("unique", condition))
		}
	}
	// Datasets are read by different times, so that a row may come before the
	// conversation it belongs to: joins are tested between the others only.
	if join, ok := joinOf(joins, t, c); ok && t.of != datasets {
		tests = append(tests, fmt.Sprintf("              - relationships:\n                  arguments:\n                    to: source('intercom', '%s')\n                    field: %s\n%s                    severity: warn\n",
			join.to, join.key, enabled("                  ", condition)))
	}
	if len(tests) > 0 {
		b.WriteString("            data_tests:\n" + strings.Join(tests, ""))
	}
	return b.String()
}
