package main

import (
	"fmt"
	"slices"
	"strings"

	"intercom-connector/tester/meaning"
)

// meanings notes which lines of meanings.txt were used.
type meanings map[string]bool

// table is what a table's rows are.
func (m meanings) table(t table) (string, error) {
	words, line := meaning.Table(t.name)
	if words == "" {
		return "", fmt.Errorf("meanings.txt has no line for table [%s]", t.name)
	}
	m[line] = true
	return words, nil
}

// column is what a column holds, or what a workspace's own attribute is called.
func (m meanings) column(t table, c column) (string, error) {
	words, line := meaning.Column(t.name, c.name)
	switch {
	case words != "":
		m[line] = true
		return words, nil
	case c.custom():
		namespace, name, _ := strings.Cut(c.attribute, ".")
		return fmt.Sprintf("The workspace's attribute %q of namespace %s.", name, namespace), nil
	}
	return "", fmt.Errorf("meanings.txt has no line for column %s of table %s", c.name, t.name)
}

// unused are lines that no table or column needs.
func (m meanings) unused() []string {
	return slices.DeleteFunc(meaning.Lines(), func(line string) bool { return m[line] })
}
