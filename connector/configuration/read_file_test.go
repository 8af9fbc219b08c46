package configuration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFile(t *testing.T) {
	for _, test := range []struct {
		file string
		want map[string]string
		says string
	}{
		{`{}`, map[string]string{}, ""},
		{"\ufeff" + ` {"a": "1", "b": "ü\n"} `, map[string]string{"a": "1", "b": "ü\n"}, ""},
		{``, nil, "ends too early"},
		{`{"a": "1"`, nil, "ends too early"},
		{`["a"]`, nil, "one JSON object"},
		{`"a"`, nil, "one JSON object"},
		{`{"window_seconds": 3600}`, nil, `window_seconds must be a string: write "3600"`},
		{`{"x": true}`, nil, `x must be a string: write "true"`},
		{`{"x": null}`, nil, `write "", or leave it out`},
		{`{"dataset_id": ["call", "tickets"]}`, nil, `dataset_id must be a string: write "call, tickets"`},
		{`{"x": [1, {"a": "<b>"}]}`, nil, `x must be a string: write "[1,{\"a\":\"<b>\"}]"`},
		{`{"access_token": 123456}`, nil, "access_token must be a string: write it in quotes"},
		{`{"a": "1", "b": "2", "a": "1"}`, nil, "a is there twice"},
		{"{\"a\": \"1\",\n \"b\" \"2\"}", nil, "line 2"},
		{`{"a": "1"} {}`, nil, "something follows"},
		{`{"a": "1",}`, nil, "not valid JSON"},
	} {
		got, err := parseFile([]byte(test.file))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.file, diff)
		}
		if (err == nil) != (test.says == "") || (err != nil && !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: got %v, want %q", test.file, err, test.says)
		}
		if err != nil && strings.Contains(err.Error(), "123456") {
			t.Errorf("%s: the error %q quotes a token", test.file, err)
		}
	}
}

// What is taken is what encoding/json takes as a map of strings.
func FuzzParseFile(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"b"}`, `{"a":1}`, `{"a":"b","a":"c"}`, `[`, "\ufeff{}", `{"a":"\ud800"}`, `{"a":"b"}x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseFile(b)
		if err != nil {
			return
		}
		var want map[string]string
		if err := json.Unmarshal([]byte(strings.TrimPrefix(string(b), "\ufeff")), &want); err != nil {
			t.Fatalf("%q was taken, encoding/json says %v", b, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A file that is too long for a configuration is given up.
func TestReadFileHasABound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 17<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "c.json has more than 16 MB") {
		t.Errorf("got %v", err)
	}
}

func TestReadFileShowsNoToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	for _, other := range []string{`"timezone": ["a-token-of-tests"]`, `"timezone": {"a-token-of-tests": 1}`, `"a-token-of-tests": 1`} {
		if err := os.WriteFile(path, []byte(`{"access_token": "a-token-of-tests", `+other+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "must be a string") || strings.Contains(err.Error(), "a-token-of-tests") {
			t.Errorf("%s: %v", other, err)
		}
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	if err := os.WriteFile(path, []byte(`{"x": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "c.json: x must be") {
		t.Errorf("got %v", err)
	}
	if _, err := ReadFile(path + "x"); err == nil || !strings.Contains(err.Error(), "c.jsonx") {
		t.Errorf("got %v", err)
	}
}
