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

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		words           string
		indent, columns int
		want            string
	}{
		{"one  two three", 4, 0, "one  two three"},
		{"one two three", 4, 11, "one two\n    three"},
		{"one two three", 4, 10, "one\n    two\n    three"},
		{"immeasurable is whole", 2, 5, "immeasurable\n  is\n  whole"},
		{"日本 語", 0, 6, "日本\n語"},
		{"", 2, 5, ""},
	} {
		if got := Wrap(test.words, test.indent, test.columns); got != test.want {
			t.Errorf("%q: got %q", test.words, got)
		}
	}
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
