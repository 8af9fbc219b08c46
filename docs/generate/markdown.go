package main

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// introduction is what docs/tables.md begins with.
//
//go:embed tables.head
var introduction string

// markdown is docs/tables.md: diagrams, then a section a table.
func markdown(tables []table, words *meanings) string {
	var b strings.Builder
	b.WriteString(introduction)
	b.WriteString("\n## How the datasets belong together\n\n")
	b.WriteString("Keys, and the columns by which tables are joined.\n\n")
	b.WriteString(diagram(tables, datasets))
	b.WriteString("\n## How segments and tags belong together\n\n")
	b.WriteString("With `memberships` set to `daily`; with `current` and `changed` the join\ntables have `last_seen_date` in the place of `snapshot_date`, outside their key: with\n`changed` it is the day on which the row was last sent.\n\n")
	b.WriteString(diagram(tables, members))
	b.WriteString("\n## How messages belong together\n\n")
	b.WriteString(diagram(tables, messages))
	for _, t := range tables {
		b.WriteString(t.section(words))
	}
	b.WriteString(workspaceSection(tables, words))
	return b.String()
}

// section is a table with all columns but the workspace's own.
func (t table) section(words *meanings) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n%s\n\n%s%s", t.name, words.table(t.name), t.whenDeleted(), columnHeader)
	custom := 0
	for _, c := range t.columns {
		if c.custom() {
			custom++
			continue
		}
		b.WriteString(c.row(t, words))
	}
	if custom > 0 {
		fmt.Fprintf(&b, "\nAnd the workspace's own attributes: [see below](#attributes-of-the-workspace).\n")
	}
	return b.String()
}

// whenDeleted says what comes of a dataset's rows when their conversation is deleted
// in Intercom and its metrics are not retained.
func (t table) whenDeleted() string {
	switch {
	case t.of != datasets:
		return ""
	case !t.ofConversation():
		return "A row does not say of which conversation it is: it stays when that is deleted.\n\n"
	case slices.Equal(t.keys(), []string{"conversation_id"}):
		return "A deleted conversation's row is deleted.\n\n"
	}
	return "A deleted conversation's rows are deleted where an export still shows them; `deleted_conversation` tells whose stay.\n\n"
}

const columnHeader = "| Column | Type | Key | Meaning | Attribute |\n| --- | --- | --- | --- | --- |\n"

func (c column) row(t table, words *meanings) string {
	key, attribute := "", ""
	if c.key {
		key = "yes"
	}
	if c.attribute != "" {
		attribute = "`" + c.attribute + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", c.name, c.kind, key, words.column(t.name, c), attribute)
}

// workspaceSection lists the workspace's own attributes once, as the sandbox
// has them.
func workspaceSection(tables []table, words *meanings) string {
	rows := map[string]string{}
	for _, t := range tables {
		for _, c := range t.columns {
			if c.custom() {
				rows[c.name] = c.row(t, words)
			}
		}
	}
	var b strings.Builder
	b.WriteString("\n## Attributes of the workspace\n\n")
	b.WriteString("Every workspace has its own, and most datasets list them. These are examples from\nthe sandbox, some of which Intercom creates in many workspaces. Their values are\ntext. Ids that would give one name twice are told apart by five letters.\n\n")
	b.WriteString(columnHeader)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		b.WriteString(rows[name])
	}
	return b.String()
}
