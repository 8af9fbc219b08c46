package main

import (
	"fmt"
	"slices"
	"strings"
)

// edge says that a column of a table names a row of another by its key.
type edge struct{ from, column, to, key string }

// edges finds the joins by name: the key of a table of one id, under its own
// name or, where the key is called id, under the table's name and "_id". The
// reporting export does not say whose id company_id and user_id are, so its
// tables are joined with each other only.
func edges(tables []table, of group) []edge {
	var found []edge
	for _, to := range tables {
		name := to.referredBy()
		if name == "" || to.of != of {
			continue
		}
		for _, from := range tables {
			if from.of != of || from.name == to.name {
				continue
			}
			if slices.ContainsFunc(from.columns, func(c column) bool { return c.name == name && (of == datasets || c.key) }) {
				found = append(found, edge{from.name, name, to.name, to.keys()[0]})
			}
		}
	}
	return found
}

// referredBy is the name under which other tables hold the table's key; ""
// when its key is of several columns.
func (t table) referredBy() string {
	keys := t.keys()
	switch {
	case len(keys) != 1:
		return ""
	case keys[0] == "id":
		return t.name + "_id"
	default:
		return keys[0]
	}
}

// diagram is an entity relationship diagram in Mermaid's language: every table
// with its key and the columns that join it.
func diagram(tables []table, of group) string {
	joins := edges(tables, of)
	var b strings.Builder
	b.WriteString("```mermaid\nerDiagram\n")
	for _, e := range joins {
		fmt.Fprintf(&b, "    %s ||--o{ %s : %s\n", e.to, e.from, e.column)
	}
	for _, t := range tables {
		if t.of != of {
			continue
		}
		fmt.Fprintf(&b, "    %s {\n", t.name)
		for _, c := range t.columns {
			_, joined := joinOf(joins, t, c)
			switch {
			case c.key && joined:
				fmt.Fprintf(&b, "        %s %s PK, FK\n", c.kind, c.name)
			case c.key:
				fmt.Fprintf(&b, "        %s %s PK\n", c.kind, c.name)
			case joined:
				fmt.Fprintf(&b, "        %s %s FK\n", c.kind, c.name)
			}
		}
		b.WriteString("    }\n")
	}
	b.WriteString("```\n")
	return b.String()
}

// joinOf is the join that a column makes.
func joinOf(joins []edge, t table, c column) (edge, bool) {
	for _, e := range joins {
		if e.from == t.name && e.column == c.name {
			return e, true
		}
	}
	return edge{}, false
}
