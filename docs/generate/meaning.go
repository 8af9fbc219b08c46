package main

import (
	_ "embed"
	"fmt"
	"strings"
)

// meaningsText holds our own words: a line "name: meaning" each, for a table
// ("[conversation]"), a column of one table ("call.call_id"), or a column
// wherever it is ("channel"). Blank lines and lines that begin with # are for
// the reader.
//
//go:embed meanings.txt
var meaningsText string

// meanings are the words by name, and which of them were used.
type meanings struct {
	words map[string]string
	used  map[string]bool
}

func newMeanings() (*meanings, error) {
	m := &meanings{words: map[string]string{}, used: map[string]bool{}}
	number := 0
	for line := range strings.Lines(meaningsText) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, words, found := strings.Cut(line, ": ")
		if !found || m.words[name] != "" {
			return nil, fmt.Errorf("meanings.txt:%d: not a new name, a colon and a meaning: %q", number, line)
		}
		m.words[name] = words
	}
	return m, nil
}

func (m *meanings) find(name string) (string, bool) {
	words, ok := m.words[name]
	if ok {
		m.used[name] = true
	}
	return words, ok
}

// table is what a table's rows are.
func (m *meanings) table(t table) (string, error) {
	if words, ok := m.find("[" + t.name + "]"); ok {
		return words, nil
	}
	return "", fmt.Errorf("meanings.txt has no line for table [%s]", t.name)
}

// Endings that narrow what a duration counts, the longest first.
var narrowed = []struct{ ending, words string }{
	{"_excluding_bot_inbox_in_office_hours", ", without time in the bot's inbox and in office hours only"},
	{"_excluding_bot_inbox", ", without time in the bot's inbox"},
	{"_in_office_hours", ", in office hours only"},
}

// column is what a column holds: its own line, what first happened to a message, the
// line of the duration that it narrows, or what a workspace's own attribute is
// called.
func (m *meanings) column(t table, c column) (string, error) {
	for _, name := range []string{t.name + "." + c.name, c.name} {
		if words, ok := m.find(name); ok {
			return words, nil
		}
	}
	if event, first := strings.CutPrefix(c.name, "first_"); first && t.of == messages {
		return fmt.Sprintf("When the first %s came, in UTC; null where none has.", strings.ReplaceAll(event, "_", " ")), nil
	}
	if c.custom() {
		namespace, name, _ := strings.Cut(c.attribute, ".")
		return fmt.Sprintf("The workspace's attribute %q of namespace %s.", name, namespace), nil
	}
	for _, n := range narrowed {
		base, found := strings.CutSuffix(c.name, n.ending)
		if !found {
			continue
		}
		if words, ok := m.find(base); ok {
			return strings.TrimSuffix(words, ".") + n.words + ".", nil
		}
	}
	return "", fmt.Errorf("meanings.txt has no line for column %s of table %s", c.name, t.name)
}

// unused are lines that no table or column needs.
func (m *meanings) unused() []string {
	var names []string
	for name := range m.words {
		if !m.used[name] {
			names = append(names, name)
		}
	}
	return names
}
