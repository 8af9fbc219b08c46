package tester

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
)

func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if got, err := readState(path); got != "{}" || err != nil {
		t.Errorf("absent: %q, %v", got, err)
	}
	for _, test := range []struct{ file, want, says string }{
		{"", "{}", ""},
		{" \n", "{}", ""},
		{"{}", "{}", ""},
		{`{"a": 1}`, `{"a": 1}`, ""},
		{`{"a": 1`, "", "state.json is not a JSON object"},
		{`[]`, "", "state.json is not a JSON object"},
		{"\x00\x01", "", "--reset"},
	} {
		if err := os.WriteFile(path, []byte(test.file), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readState(path)
		if got != test.want || (err == nil) != (test.says == "") || (err != nil && !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%q: %q, %v", test.file, got, err)
		}
	}
	if err := writeState(path, `{"b":2}`); err != nil {
		t.Fatal(err)
	}
	if got, err := readState(path); got != `{"b":2}` || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%v lie in the folder, %v", left, err)
	}
}

// The state goes to the connector as it came, and an unreadable one stops the
// sync before anything is asked.
func TestStateReachesTheConnector(t *testing.T) {
	var got []string
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key"))}
	s.Send = func(r *sdk.UpdateRequest, send func(*sdk.UpdateResponse) error) error {
		got = append(got, r.GetStateJson())
		return send(script.Checkpoint(`{"cursor": "ü"}`))
	}
	config := serve(t, s)
	for range 2 {
		if _, err := Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	config.Reset = true
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, " ") != `{} {"cursor": "ü"} {}` {
		t.Errorf("states %q", got)
	}
	config.Reset = false
	if err := os.WriteFile(filepath.Join(filepath.Dir(config.WarehousePath), "state.json"), []byte("oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), config); err == nil || len(got) != 3 {
		t.Errorf("%v, asked %d times", err, len(got))
	}
}
