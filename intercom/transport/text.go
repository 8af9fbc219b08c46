package transport

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"intercom-connector/internal/secret"
)

// query finds the query of a URL within a text; a signed download URL keeps
// its secret there.
var query = regexp.MustCompile(`\?[^\s"'<>]*=[^\s"'<>]*`)

// Scrub removes the token, in any form in which a server may send it back, and
// the queries of URLs from a text that people will read. What is too short to be a
// token is left: it is a part of words.
func (t *Trust) Scrub(s string) string {
	if len(t.Token) >= secret.Minimum {
		for _, form := range []string{t.Token, url.QueryEscape(t.Token), url.PathEscape(t.Token)} {
			s = strings.ReplaceAll(s, form, secret.Shown)
		}
	}
	return query.ReplaceAllLiteralString(s, "?[query]")
}

// OneLine turns control characters and line breaks into spaces, so that a text
// from outside cannot forge lines of a log.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
}

// Clip shortens a text to limit bytes, between runes.
func Clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// Mentions reports whether s holds one of the words, in any case.
func Mentions(s string, words ...string) bool {
	s = strings.ToLower(s)
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
