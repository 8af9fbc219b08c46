// Package meaning tells in our own words what tables and columns of Intercom's hold
// (meanings.txt). get_datasets of Intercom's API is the authority on which of them a
// workspace has; one that stands there alone has no meaning here.
package meaning

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// text holds a line "name: meaning" each, for a table ("[conversation]"), a column of
// one table ("call.call_id"), or a column wherever it is ("channel"). Blank lines and
// lines that begin with # are for the reader.
//
//go:embed meanings.txt
var text string

var words = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, of, _ := strings.Cut(line, ": ")
		if of == "" || found[name] != "" {
			panic(fmt.Sprintf("meanings.txt: not a new name, a colon and a meaning: %q", line))
		}
		found[name] = of
	}
	return found
})

// Lines are the names of all that is told, sorted.
func Lines() []string { return slices.Sorted(maps.Keys(words())) }

// Table is what a table's rows are, and the line that tells it; both are empty where
// nothing is known.
func Table(name string) (meaning, line string) { return find("[" + name + "]") }

func find(names ...string) (meaning, line string) {
	for _, name := range names {
		if meaning = words()[name]; meaning != "" {
			return meaning, name
		}
	}
	return "", ""
}

// Endings that narrow what a duration counts, the longest first.
var narrowed = []struct{ ending, words string }{
	{"_excluding_bot_inbox_in_office_hours", ", without time in the bot's inbox and in office hours only"},
	{"_excluding_bot_inbox", ", without time in the bot's inbox"},
	{"_in_office_hours", ", in office hours only"},
}

// Column is what a column holds, and the line that tells it: its own, what first
// happened to a message, which no line tells, or that of the duration that it narrows.
// Both are empty where nothing is known.
func Column(table, name string) (meaning, line string) {
	if meaning, line = find(table+"."+name, name); meaning != "" {
		return meaning, line
	}
	if event, first := strings.CutPrefix(name, "first_"); first && strings.HasPrefix(table, "message_") {
		return fmt.Sprintf("When the first %s came, in UTC; null where none has.", strings.ReplaceAll(event, "_", " ")), ""
	}
	for _, n := range narrowed {
		base, found := strings.CutSuffix(name, n.ending)
		if !found {
			continue
		}
		if meaning, line = find(base); meaning != "" {
			return strings.TrimSuffix(meaning, ".") + n.words + ".", line
		}
	}
	return "", ""
}
