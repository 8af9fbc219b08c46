package terminal

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Cells is how many columns of a terminal a text takes.
func Cells(s string) int { return uniseg.StringWidth(s) }

// Wrap writes words in lines of so many columns, of which the first has begun after an
// indent and the others get it. 0 columns are without bound; a longer word stays whole.
func Wrap(words string, indent, columns int) string {
	if columns == 0 {
		return words
	}
	var b strings.Builder
	at := indent
	for i, word := range strings.Fields(words) {
		cells := Cells(word)
		switch {
		case i == 0:
		case at+1+cells > columns:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += cells
	}
	return b.String()
}

// Clip shortens a text to so many columns; an ellipsis says that it did.
func Clip(s string, cells int) string {
	if len(s) <= cells || Cells(s) <= cells {
		return s
	}
	var b strings.Builder
	left, rest, state := cells-1, s, -1
	for rest != "" {
		var cluster string
		var width int
		cluster, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if left -= width; left < 0 {
			break
		}
		b.WriteString(cluster)
	}
	return b.String() + "…"
}
