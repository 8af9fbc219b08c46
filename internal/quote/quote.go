// Package quote writes names and texts into SQL.
package quote

import (
	"regexp"
	"slices"
	"strings"
)

// Name makes a name an identifier.
func Name(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Names makes names a list of identifiers.
func Names(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Name(n)
	}
	return strings.Join(quoted, ", ")
}

// NameWhereNeeded is [Name] for a statement that a person reads: a plain name stays
// as it is.
func NameWhereNeeded(name string) string {
	if plain.MatchString(name) && !slices.Contains(words, name) {
		return name
	}
	return Name(name)
}

// words are names that SQL has taken.
var (
	plain = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	words = []string{"all", "case", "desc", "end", "from", "group", "limit", "order", "select", "table", "then", "union", "user", "using", "when", "where", "with"}
)

// Text makes a text a literal.
func Text(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
