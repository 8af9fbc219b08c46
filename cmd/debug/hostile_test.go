package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/intercom/intercomtest"
	"intercom-connector/internal/printable"
	"intercom-connector/sandbox"
)

// hostileWorkspace is one whose names and texts are written to do something to the
// terminal of who reads them: the ids of datasets too, if told. It returns a
// configuration for it.
func hostileWorkspace(t *testing.T) (path string, idsToo *atomic.Bool) {
	t.Helper()
	idsToo = &atomic.Bool{}
	box := sandbox.New(sandbox.Options{
		RowsPerDay: 20, Contacts: 20, Companies: 5, AppID: "id" + intercomtest.Controls, Body: sandbox.Plain,
	})
	server := httptest.NewServer(intercomtest.Rewrite(box, func(at string, header http.Header, status *int, body []byte) []byte {
		if strings.Contains(at, "/download/") {
			return bytes.ReplaceAll(body, []byte("Chat"), []byte(intercomtest.Controls))
		}
		if idsToo.Load() && strings.Contains(at, "/get_datasets") {
			body = bytes.ReplaceAll(body, []byte(`"id":"call"`), []byte(`"id":"call\u001b[2J"`))
		}
		return intercomtest.Spoil(at, header, status, body)
	}))
	t.Cleanup(server.Close)
	path = filepath.Join(t.TempDir(), "configuration.json")
	content := `{"access_token": "sandbox-token", "base_url": "` + server.URL + `", "dataset_id": "conversation, call", "memberships": "current", "initial_start_time": "` +
		time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly) + `"}`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, idsToo
}

// Nothing that a terminal acts on comes out of any command, whatever the names of a
// workspace hold.
func TestHostileNames(t *testing.T) {
	configuration, idsToo := hostileWorkspace(t)
	dir := t.TempDir()
	strange := filepath.Join(filepath.Dir(configuration), "all.json") // of datasets with strange ids
	content, err := os.ReadFile(configuration)
	if err == nil {
		err = os.WriteFile(strange, bytes.Replace(content, []byte("conversation, call"), []byte("all"), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	commands := [][]string{
		{"sync", "--configuration", configuration, "--log-level", "debug"},
		{"sync", "--configuration", configuration, "--json"},
		{"doctor", "--configuration", configuration},
		{"doctor", "--configuration", configuration, "--json"},
		{"doctor", "--configuration", configuration, "--probe"},
		{"tables"},
		{"describe", "conversation"},
		{"describe", "x\x1b[2J"},
		{"state"},
		{"recipe"},
		{"report"},
		{"query", "SELECT channel, count(*) FROM conversation GROUP BY 1"},
		{"query", "--expanded", "SELECT * FROM segment"},
		{"query", "--format", "markdown", "SELECT * FROM contact"},
		{"query", "SELECT '\x1b' || \u202e"},
		{"query", "SELECT error('\x1b[2J\u009b')"},
		{"export", "--output", filepath.Join(dir, "out")},
		{"reset", "x\x1b[2J"},
		{"reset", "--yes", "x\x1b[2J"},
		{"recipe", "handling-time-by-teammate"},
		{"no\x1b[2Jcommand"},
		{"--no\x1b[2Jflag"},
		{"sync", "--configuration", strange, "--quiet"},
		{"doctor", "--configuration", strange},
	}
	seen := ""
	for _, args := range commands {
		idsToo.Store(slices.Contains(args, strange))
		code, out, errs := debug(t, append(args, "--directory", dir)...)
		seen += out + errs
		if args[0] == "doctor" {
			t.Log(code, out, errs)
		}
		for _, text := range []string{out, errs} {
			if clean := printable.Text(text); clean != text {
				t.Errorf("%q (exit %d) writes what a terminal acts on:\n%q", args, code, text)
			}
		}
	}
	for _, must := range []string{`\u202e`, `\u009b`, `\u001b`, "Sync SUCCEEDED", `"rows"`} {
		if !strings.Contains(seen, must) {
			t.Errorf("nothing says %q:\n%s", must, seen[max(0, len(seen)-3000):])
		}
	}
}
