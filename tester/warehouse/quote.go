package warehouse

import "strings"

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
