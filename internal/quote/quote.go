// Package quote writes names and texts into SQL.
package quote

import "strings"

// Name makes a name an identifier.
func Name(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Text makes a text a literal.
func Text(text string) string { return `'` + strings.ReplaceAll(text, `'`, `''`) + `'` }
