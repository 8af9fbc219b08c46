package query

import "strings"

// Split takes a text apart into its statements, at the semicolons that stand in
// no text, name or comment. Empty ones are left out.
func Split(text string) []string {
	var statements []string
	start := 0
	add := func(end int) {
		if s := strings.TrimSpace(text[start:end]); !blank(s) {
			statements = append(statements, s)
		}
	}
	for i := 0; i < len(text); {
		if text[i] == ';' {
			add(i)
			i++
			start = i
			continue
		}
		i += token(text[i:])
	}
	add(len(text))
	return statements
}

// blank is a statement of comments only.
func blank(s string) bool {
	for s != "" {
		if !strings.HasPrefix(s, "--") && !strings.HasPrefix(s, "/*") {
			return false
		}
		s = strings.TrimSpace(s[token(s):])
	}
	return true
}

// token is how long the text, name or comment is with which s begins; of anything
// else, one byte.
func token(s string) int {
	switch {
	case s[0] == '\'' || s[0] == '"':
		return quoted(s, s[0], false)
	case (s[0] == 'e' || s[0] == 'E') && len(s) > 1 && s[1] == '\'':
		return 1 + quoted(s[1:], '\'', true)
	case strings.HasPrefix(s, "--"):
		return until(s, "\n", 2)
	case strings.HasPrefix(s, "/*"):
		return until(s, "*/", 2)
	case s[0] == '$':
		if end := strings.IndexByte(s[1:], '$'); end >= 0 && !strings.ContainsAny(s[1:1+end], " \n;'\"") {
			tag := s[:end+2]
			return until(s, tag, len(tag))
		}
	case letter(s[0]): // so that an e at a word's end begins no text
		n := 1
		for n < len(s) && letter(s[n]) {
			n++
		}
		return n
	}
	return 1
}

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func until(s, end string, from int) int {
	if at := strings.Index(s[from:], end); at >= 0 {
		return from + at + len(end)
	}
	return len(s)
}

// quoted ends at a quote that is neither doubled nor, in E'...', escaped.
func quoted(s string, quote byte, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}
