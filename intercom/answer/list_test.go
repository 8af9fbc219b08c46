package answer

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// listed is a list's element whose key is its id.
type listed struct{ id string }

func (l *listed) UnmarshalJSON(b []byte) error {
	if string(b) == "13" {
		return errors.New("it is unfit")
	}
	l.id = IDOf(b)
	return nil
}

func (l *listed) Key() string { return l.id }

func TestStream(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:         "",
		` [1, "2"] `: "1 2",
		`{"type":"list","data":[{"id":1},{"id":"b"}],"total_count":2}`: "1 b",
		`{"data":null}`:                   "",
		`{"tags":[1],"data":[2]}`:         "2", // the first of the known names, wherever it stands
		`{"data":[2],"tags":[1]}`:         "2",
		`{"tags":[13],"data":[2]}`:        "2",
		`{"data":[1],"data":[2]}`:         "2", // as json has it
		`{"data":{"a":[1]},"tags":[1]}`:   "no list in it",
		`{"data":7}`:                      "no list in it",
		`{}`:                              "no list in it",
		`null`:                            "no list in it",
		`"text"`:                          "no list in it",
		`[1,{}]`:                          "element 2 has no id",
		`[1,13,2]`:                        "element 2 cannot be read: it is unfit",
		`[1,2,3]`:                         "1 2 3",
		`[1,2,3,4]`:                       "more than 3 elements",
		``:                                "EOF",
		`  `:                              "EOF",
		`[`:                               "unexpected EOF",
		`[1,`:                             "unexpected EOF",
		`[13,{"a":`:                       "unexpected EOF", // cut off comes before unfit
		`{"data":[13],"pages"`:            "unexpected EOF",
		`{"data":[1,2],`:                  "unexpected EOF",
		`{"data":`:                        "unexpected EOF",
		`{"data":{"a":1`:                  "unexpected EOF",
		`[1 2]`:                           "expected comma after array element",
		`{"data":[1,]}`:                   "invalid character ']' looking for beginning of value",
		`{"data":[13],"a":nil}`:           "invalid character 'i' in literal null (expecting 'u')",
		`<html>`:                          "invalid character '<' looking for beginning of value",
		`{"data":{"a":1,"b":[2]},"x":[1}`: "invalid character '}' after array element",
	} {
		for name, in := range map[string]io.Reader{"at once": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text))} {
			var list List[listed, *listed]
			err := list.Stream(json.NewDecoder(in), 3)
			var ids []string
			for _, one := range list.Elements {
				ids = append(ids, one.id)
			}
			got := strings.Join(ids, " ")
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s, %s: %s, not %s", text, name, got, want)
			}
		}
	}
	var list List[listed, *listed]
	if err := list.Stream(json.NewDecoder(strings.NewReader(`{"a":1,"data":[1],"pages":{"next":"x"}}`)), 3); err != nil || string(list.Fields["a"]) != "1" || string(list.Next()) != `"x"` {
		t.Errorf("its other members: %s, %v", list.Fields, err)
	}
}
