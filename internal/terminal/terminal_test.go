package terminal

import (
	"os"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -100: "-100", 1234567: "1,234,567"} {
		if got := Number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if got := Count(1, "row") + Count(12_000, "row"); got != "1 row12,000 rows" {
		t.Error(got)
	}
}

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ text, want, line string }{
		{"plain, ß and 日本", "plain, ß and 日本", "plain, ß and 日本"},
		{"two\nlines\tand", "two\nlines\tand", "two⏎lines and"},
		{"a\r\nb\rc", "a\\x0d\nb\\x0dc", "a⏎b⏎c"},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`, `\x1b[31mred\x1b[0m`},
		{"bell\a back\b del\x7f nul\x00", `bell\x07 back\x08 del\x7f nul\x00`, `bell\x07 back\x08 del\x7f nul\x00`},
		{"c1 \u0085\u009b", `c1 \u0085\u009b`, `c1 \u0085\u009b`},
		{"bidi \u202eabc\u2066", `bidi \u202eabc\u2066`, `bidi \u202eabc\u2066`},
		{"no utf-8 \xff\xc3", `no utf-8 \xff\xc3`, `no utf-8 \xff\xc3`},
		{"replaced \ufffd", `replaced \ufffd`, `replaced \ufffd`},
	} {
		if got := Printable(test.text); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
		if got := Line(test.text); got != test.line {
			t.Errorf("%q: got %q, want %q", test.text, got, test.line)
		}
	}
}

// Whatever comes, nothing that a terminal acts on goes out.
func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"", "a\x1b[2J", "\u202e", "\xff\n", "日本\u009b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Line(s); strings.ContainsFunc(got, hidden) {
			t.Errorf("%q: %q", s, got)
		}
		if got := Printable(s); strings.ContainsFunc(got, func(r rune) bool { return hidden(r) && r != '\n' && r != '\t' }) {
			t.Errorf("%q: %q", s, got)
		}
	})
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		text  string
		cells int
		want  string
	}{{"short", 5, "short"}, {"longer", 5, "long…"}, {"日本語です", 5, "日本…"}, {"日本", 4, "日本"}, {"éclair", 3, "éc…"}, {"ab", 1, "…"}} {
		got := Clip(test.text, test.cells)
		if got != test.want || Cells(got) > test.cells {
			t.Errorf("%s to %d: got %s", test.text, test.cells, got)
		}
	}
}

func TestNoColour(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	if Colours(os.Stdout).on {
		t.Error("NO_COLOR is not respected")
	}
	t.Setenv("NO_COLOR", "")
	if Colours(&strings.Builder{}).on {
		t.Error("a pipe gets colours")
	}
	if got := Coloured().Red("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("%q", got)
	}
}
