package warehouse

import (
	"regexp"
	"slices"
	"strings"

	"intercom-connector/internal/quote"
)

// QuoteWhereNeeded is [quote.Name] for a statement that a person reads: a plain name stays
// as it is.
func QuoteWhereNeeded(name string) string {
	if plain.MatchString(name) && !slices.Contains(words, name) {
		return name
	}
	return quote.Name(name)
}

// words are names that SQL has taken.
var (
	plain = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	words = []string{"all", "case", "desc", "end", "from", "group", "limit", "order", "select", "table", "then", "union", "user", "using", "when", "where", "with"}
)

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote.Name(n)
	}
	return strings.Join(quoted, ", ")
}
