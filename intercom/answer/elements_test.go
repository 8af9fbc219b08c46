package answer

import (
	"bytes"
	"encoding/json"
	"errors"
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
		got := slices.Collect(elements(b))
		if !slices.EqualFunc(got, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Errorf("%s: got %q, want %q", b, got, want)
		}
	})
}

// decoded counts what is decoded.
type decoded int

var decodings int

func (d *decoded) UnmarshalJSON([]byte) error {
	decodings++
	return nil
}

func TestListsEndAtTheirLimit(t *testing.T) {
	for _, test := range []struct {
		text string
		have int // decoded
		err  string
	}{{`[1,2]`, 2, ""}, {`null`, 0, ""}, {`[]`, 0, ""}, {`[1,2,3,4]`, 2, "more than 2 things"}, {`{"a":[1]}`, 0, "in place of things is no list"}} {
		decodings = 0
		list, err := ListOf[decoded]([]byte(test.text), "things", 2)
		if decodings != test.have || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err || err == nil && len(list) != test.have {
			t.Errorf("%s: %d decoded, %v, %v", test.text, decodings, list, err)
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

func TestUnfit(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":{"b":7731}}`: "its a.b is of another kind: number", `7731`: "it is of another kind: number", `{"a":"Zebra"}`: "its a is of another kind: string",
	} {
		var into struct {
			A struct {
				B []string `json:"b"`
			} `json:"a"`
		}
		if got := Unreadable(json.Unmarshal([]byte(text), &into)); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := Unreadable(errors.New("no list in it")); got != "no list in it" {
		t.Errorf("another error: %s", got)
	}
}
