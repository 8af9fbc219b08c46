// Package printable makes texts of others harmless for whatever shows them: a
// terminal acts on control characters, and signs that turn the direction of writing
// make a text look like another. All of them become visible instead, written as JSON
// writes them, so that JSON which passes through says the same as before.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a text without what a terminal acts on: control characters (C0, DEL, C1,
// so every escape sequence), line separators, the signs that turn the direction of
// writing, and bytes that are no UTF-8 become visible. Line breaks and tabs stay.
func Text(s string) string {
	return visible(s, func(r rune) bool { return r == '\n' || r == '\t' })
}

// Line is Text on one line: a line break is ⏎, a tab a space.
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
