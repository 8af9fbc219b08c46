package main

import (
	"fmt"
	"slices"
	"strings"

	"intercom-connector/tester/meaning"
)

// meanings notes which lines of meanings.txt were used, and which are missing.
type meanings struct {
	used    map[string]bool
	missing []error
}

func newMeanings() *meanings { return &meanings{used: map[string]bool{}} }

// table is what a table's rows are.
func (m *meanings) table(name string) string {
	words, line := meaning.Table(name)
	if words == "" {
		m.missing = append(m.missing, fmt.Errorf("meanings.txt has no line for table [%s]", name))
	}
	m.used[line] = true
	return words
}

// column is what a column holds, or what a workspace's own attribute is called.
func (m *meanings) column(table string, c column) string {
	words, line := meaning.Column(table, c.name)
	switch {
	case words != "":
		m.used[line] = true
	case c.custom():
		namespace, name, _ := strings.Cut(c.attribute, ".")
		words = fmt.Sprintf("The workspace's attribute %q of namespace %s.", name, namespace)
	default:
		m.missing = append(m.missing, fmt.Errorf("meanings.txt has no line for column %s of table %s", c.name, table))
	}
	return words
}

// unused are lines that no table or column needs.
func (m *meanings) unused() []string {
	return slices.DeleteFunc(meaning.Lines(), func(line string) bool { return m.used[line] })
}
