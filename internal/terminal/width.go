package terminal

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Cells is how many columns of a terminal a text takes.
func Cells(s string) int { return uniseg.StringWidth(s) }

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
