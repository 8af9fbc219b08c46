package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"intercom-connector/connector/deflate"
)

func TestParseAfresh(t *testing.T) {
	for _, text := range []string{"", " ", "{}", " {} \n"} {
		if s, err := Parse(text); s != nil || err != nil {
			t.Errorf("%q: got %v, %v", text, s, err)
		}
	}
}

func TestParseRefused(t *testing.T) {
	const afresh = "; to start afresh, re-sync the connection (locally: --reset, or delete state.json)"
	tests := []struct{ text, want string }{
		{"null?", "the state of this connection is not a JSON object" + afresh},
		{"[]", "the state of this connection is not a JSON object" + afresh},
		{`{"cursor":"2026-01-01"}`, "the state of this connection was not written by this connector" + afresh},
		{`{"version":2,"workspace":"w","names":"AAAA"}`, "the state of this connection has names of columns that cannot be read (unexpected EOF)" + afresh},
		{`{"version":3,"workspace":"w"}`, "the state of this connection is of version 3, and this connector reads up to 2: run the newer connector; or to start afresh, re-sync the connection (locally: --reset, or delete state.json)"},
		{`{"version":1}`, "the state of this connection names no workspace" + afresh},
		{`{"version":"1"}`, "the state of this connection cannot be read (json: cannot unmarshal string into Go struct field State.version of type int)" + afresh},
		{`{"version":1,"workspace":"w","datasets":{"call":{"floor":5,"cursor":4}}}`, `the state of this connection holds impossible times for dataset "call"` + afresh},
		{`{"version":1,"workspace":"w","datasets":{"call":null}}`, `the state of this connection holds impossible times for dataset "call"` + afresh},
	}
	for _, test := range tests {
		_, err := Parse(test.text)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.text, err, test.want)
		}
	}
}

// A state that is short and long to unpack costs no more than any workspace's may.
func TestNamesThatNobodyDeflated(t *testing.T) {
	plain := append(bytes.Repeat([]byte(" "), 17<<20), `{"call":{"columns":{"a":"a"}}}`...)
	packed, err := json.Marshal(deflate.Pack(plain))
	if err != nil {
		t.Fatal(err)
	}
	plain = nil
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = Parse(`{"version":2,"workspace":"w","names":` + string(packed) + `}`)
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; err == nil || cost > 100<<20 {
		t.Errorf("%v, %d bytes, of a state of %d", err, cost, len(packed))
	}
}

func TestStateOfAnotherWorkspace(t *testing.T) {
	err := (&State{Workspace: "sandbox"}).CheckWorkspace("acme")
	want := `the state of this connection belongs to workspace "sandbox", and this access token to "acme": use the token of "sandbox"; or, to start afresh, re-sync the connection (locally: --reset, or delete state.json)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// The state that version 1 writes must stay readable for ever.
const stateOfVersion1 = `{"version":1,"workspace":"acme","datasets":{"conversation":{"floor":1767225600,"cursor":1767830400,"asked":1767225600,"width":14400,"lookback":{"last":1767744000,"began":1767830400,"at":1767300000,"to":1767744000},"earlier":{"asked":1764547200,"start":1764547200,"at":1764633600},"key":["conversation_id"],"columns":{"channel":"standard.channel","conversation_id":"standard.conversation_id"}}},"jobs":[{"id":"job1","dataset":"conversation","start":1767830400,"end":1767834000,"attributes":"1a2b","as_of":1767834001}]}`

func TestStateRoundTrip(t *testing.T) {
	s, err := Parse(stateOfVersion1)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Datasets["conversation"].Columns; got["channel"] != "standard.channel" || len(got) != 2 {
		t.Errorf("columns %v", got)
	}
	s.Version = version
	again, err := Parse(s.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again, cmpopts.IgnoreUnexported(State{})); diff != "" {
		t.Error(diff)
	}
}

// Names that a column is given after a checkpoint are in the next one.
func TestNamesOfTheNextCheckpoint(t *testing.T) {
	s, err := Parse(stateOfVersion1)
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"state", "team"} {
		s.Datasets["conversation"].Columns[column] = "standard." + column
		again, err := Parse(s.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Datasets["conversation"].Columns, again.Datasets["conversation"].Columns); diff != "" {
			t.Errorf("after %s: %s", column, diff)
		}
	}
}

// Columns that nobody wants may be nearly all of a workspace's, and travel deflated as the
// others do.
func TestColumnsThatNobodyWants(t *testing.T) {
	s, err := Parse(stateOfVersion1)
	if err != nil {
		t.Fatal(err)
	}
	d := s.Datasets["conversation"]
	for i := range 1000 {
		name := fmt.Sprintf("conversation_attribute_%d", i)
		d.Columns[name] = "conversation." + name
		d.Unselected = append(d.Unselected, name)
	}
	text := s.Encode()
	again, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, again.Datasets["conversation"]); diff != "" || len(text) > 12_000 {
		t.Errorf("a state of %d bytes: %s", len(text), diff)
	}
}

// FuzzParse: nothing makes it panic, and what it takes it gives back.
func FuzzParse(f *testing.F) {
	f.Add(stateOfVersion1)
	f.Add(`{"version":1,"workspace":"w","datasets":{"a":{"floor":1,"cursor":1,"earlier":{}}}}`)
	f.Add(`{"version":1}{"version":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil || s == nil {
			return
		}
		again, err := Parse(s.Encode())
		if err != nil {
			t.Fatalf("%s: what was read cannot be read again: %v", s.Encode(), err)
		}
		if diff := cmp.Diff(s.Encode(), again.Encode()); diff != "" {
			t.Error(diff)
		}
		if !json.Valid([]byte(s.Encode())) || strings.Contains(s.Encode(), "token") && !strings.Contains(text, "token") {
			t.Error("not what was put in")
		}
	})
}
