package answer

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// The elements of a list are what json makes of it.
func FuzzElements(f *testing.F) {
	for _, seed := range []string{`[]`, ` [ ] `, `[1]`, `[1, "a,]\"\\", {"b":[2,{}]} ,null,[[]],"\\"]`, `{"a":1}`, `null`, `[true,-1.5e3]`, `["]"]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := bytes.TrimSpace([]byte(text))
		var want []json.RawMessage
		if len(b) == 0 || b[0] != '[' || json.Unmarshal(b, &want) != nil {
			return
		}
		got := listed(b)
		if !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Errorf("%s: got %q, want %q", b, got, want)
		}
	})
}

func TestEachEndsAtItsLimit(t *testing.T) {
	taken := 0
	take := func([]byte) error { taken++; return nil }
	for _, test := range []struct {
		text  string
		taken int
		err   string
	}{{`[1,2]`, 2, ""}, {`null`, 0, ""}, {`[]`, 0, ""}, {`[1,2,3]`, 2, "more than 2 things"}, {`{"a":[1]}`, 0, "in place of things is no list"}} {
		taken = 0
		err := Each([]byte(test.text), "things", 2, take)
		if taken != test.taken || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: %d taken, %v", test.text, taken, err)
		}
	}
}

func TestEscaped(t *testing.T) {
	const text = `{"a\u0062c": ["plain, and long", "\"q\\", "\u0064ef", {"x":"\n"}, 1, "\\\""]}`
	if got := slices.Collect(Escaped([]byte(text), 0)); !slices.Equal(got, []string{"abc", `"q\`, "def", "\n", `\"`}) {
		t.Errorf("got %q", got)
	}
	if got := slices.Collect(Escaped([]byte(text), 5)); !slices.Equal(got, []string{"abc", `"q\`, "def"}) {
		t.Errorf("of some length: %q", got)
	}
	for _, cut := range []string{`"a\`, `"a\"`, `"\`, `"`} {
		if got := slices.Collect(Escaped([]byte(cut), 0)); len(got) != 0 {
			t.Errorf("%s: %q", cut, got)
		}
	}
}
