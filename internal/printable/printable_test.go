package printable

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ text, want, line string }{
		{"plain, ß and 日本", "plain, ß and 日本", "plain, ß and 日本"},
		{"two\nlines\tand", "two\nlines\tand", "two⏎lines and"},
		{"a\r\nb\rc", "a\\u000d\nb\\u000dc", "a⏎b⏎c"},
		{"\x1b[31mred\x1b[0m", `\u001b[31mred\u001b[0m`, `\u001b[31mred\u001b[0m`},
		{"bell\a back\b del\x7f nul\x00", `bell\u0007 back\u0008 del\u007f nul\u0000`, `bell\u0007 back\u0008 del\u007f nul\u0000`},
		{"c1 \u0085\u009b", `c1 \u0085\u009b`, `c1 \u0085\u009b`},
		{"bidi \u202eabc\u2066", `bidi \u202eabc\u2066`, `bidi \u202eabc\u2066`},
		{"more \u2028\u2029\u200e\u200f\u061c\u202a\u2069", `more \u2028\u2029\u200e\u200f\u061c\u202a\u2069`, `more \u2028\u2029\u200e\u200f\u061c\u202a\u2069`},
		{"no utf-8 \xff\xc3", `no utf-8 \xff\xc3`, `no utf-8 \xff\xc3`},
		{"replaced \ufffd", `replaced \ufffd`, `replaced \ufffd`},
	} {
		if got := Text(test.text); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
		if got := Line(test.text); got != test.line {
			t.Errorf("%q: got %q, want %q", test.text, got, test.line)
		}
	}
}

// Whatever comes, nothing that a terminal acts on goes out.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a\x1b[2J", "\u202e", "\xff\n", "日本\u009b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Line(s); strings.ContainsFunc(got, hidden) {
			t.Errorf("%q: %q", s, got)
		}
		if got := Text(s); strings.ContainsFunc(got, func(r rune) bool { return hidden(r) && r != '\n' && r != '\t' }) {
			t.Errorf("%q: %q", s, got)
		}
	})
}
