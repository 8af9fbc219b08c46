package warehouse

import (
	"regexp"
	"slices"
	"strings"
)

// QuoteWhereNeeded is Quote for a statement that a person reads: a plain name stays
// as it is.
func QuoteWhereNeeded(name string) string {
	if plain.MatchString(name) && !slices.Contains(words, name) {
		return name
	}
	return Quote(name)
}

// words are names that SQL has taken.
var (
	plain = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	words = []string{"all", "case", "desc", "end", "from", "group", "limit", "order", "select", "table", "then", "union", "user", "using", "when", "where", "with"}
)

// Quote makes a name an SQL identifier.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func QuoteText(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Quote(n)
	}
	return strings.Join(quoted, ", ")
}
