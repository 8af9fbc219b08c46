package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Printable makes a text harmless for a terminal and shows what was there:
// control characters (C0, DEL, C1, so every escape sequence), the signs that turn
// the direction of writing, and bytes that are no UTF-8 become visible. Line breaks
// and tabs stay.
func Printable(s string) string {
	return visible(s, func(r rune) bool { return r == '\n' || r == '\t' })
}

// Line is Printable on one line: a line break is ⏎, a tab a space.
func Line(s string) string {
	s = strings.NewReplacer("\r\n", "⏎", "\n", "⏎", "\r", "⏎", "\t", " ").Replace(s)
	return visible(s, func(rune) bool { return false })
}

func visible(s string, kept func(rune) bool) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return hidden(r) && !kept(r) }) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !hidden(r) || kept(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// hidden is a sign that a terminal acts on, or that turns the direction of
// writing. RuneError stands for what is no UTF-8.
func hidden(r rune) bool {
	switch {
	case unicode.IsControl(r), r == utf8.RuneError, r == '\u2028', r == '\u2029':
		return true
	case r == '\u061c', r == '\u200e', r == '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

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
