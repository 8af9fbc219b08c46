package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/intercom/intercomtest"
	"intercom-connector/internal/printable"
	"intercom-connector/sandbox"
)

// Nothing that a terminal acts on comes out of any command, whatever the names of a
// workspace and what lies in a lake hold; nor does the token, which the server echoes.
func TestHostileNames(t *testing.T) {
	const token = "dG9rOmI3YjQ5secret"
	box := sandbox.New(sandbox.Options{Token: token, RowsPerDay: 10, Contacts: 20, Companies: 5})
	refuse := intercomtest.Refuse("/segments", 400, `{"type":"error.list","errors":[{"code":"no","message":"`+token+` \u001b[2J\u202e\u009b"}]}`)
	server := httptest.NewServer(intercomtest.Rewrite(box, intercomtest.Spoil))
	defer server.Close()
	refusing := httptest.NewServer(intercomtest.Rewrite(box, refuse))
	defer refusing.Close()
	strange := httptest.NewServer(sandbox.New(sandbox.Options{Token: token, AppID: "id" + intercomtest.Controls}))
	defer strange.Close()
	env := map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": server.URL}
	refused := map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": refusing.URL}
	ofNone := map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": strange.URL}
	misplaced := filepath.Join(t.TempDir(), "c.json") // the token is the name of a key, too
	if err := os.WriteFile(misplaced, []byte(`{"access_token": "`+token+`", "`+token+`": "1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	lake := lakeIn(t)
	seen := ""
	for _, c := range []struct {
		env  map[string]string
		args []string
	}{
		{env, []string{"snapshot", "--verbose", "--reporting", "conversation", "--since", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)}},
		{refused, []string{"snapshot", "--verbose"}},
		{ofNone, []string{"snapshot"}},
		{nil, []string{"snapshot", "--configuration", misplaced}},
		{env, []string{"snapshot", "--tables", "x\x1b[2J"}},
		{env, []string{"snapshot", "--reporting", "x\x1b[2J\u202e"}},
		{nil, []string{"status"}},
		{nil, []string{"status", "--json"}},
		{nil, []string{"verify"}},
		{nil, []string{"verify", "--repair"}},
		{nil, []string{"compact", "--keep", "0"}},
		{nil, []string{"forget", "x\x1b[2J\u009b"}},
		{nil, []string{"adopt", "--workspace", "x\x1b[2J\u202e"}},
		{nil, []string{"no\x1b[2Jcommand"}},
		{nil, []string{"snapshot", "--no\x1b[2Jflag"}},
	} {
		if c.args[0] == "verify" { // and whoever may write into the lake
			spoilt := filepath.Join(lake, "_published", "tag\x1b[2J", "dt=2026-05-04\u202e.json")
			if err := os.MkdirAll(filepath.Dir(spoilt), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(spoilt, []byte("\x1b[2J"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out, problems strings.Builder
		shown := newConsole(&out, &problems, func(name string) string { return c.env[name] }, time.Now)
		if err := run(t.Context(), append(c.args, "--output", lake), shown); err != nil {
			shown.fail(err)
		}
		seen += out.String() + problems.String()
		for _, text := range []string{out.String(), problems.String()} {
			if clean := printable.Text(text); clean != text || strings.Contains(text, token) {
				t.Errorf("%q writes what it should not:\n%q", c.args, text)
			}
		}
	}
	err := filepath.WalkDir(lake, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || runtime.GOOS == "windows" {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = fs.ModeDir | 0o700
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != want {
			t.Errorf("%q: %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, must := range []string{"\\u202e", "\\u001b", "[token]", "complete", "a lake can be of one with letters"} {
		if !strings.Contains(seen, must) {
			t.Errorf("nothing says %q:\n%s", must, seen)
		}
	}
}

// onlyDataset is a workspace whose one dataset has a strange id.
func onlyDataset(workspace http.Handler, id string) http.Handler {
	asText, _ := json.Marshal(id) // a text is always JSON
	answers := intercomtest.Rewrite(workspace, func(at string, _ http.Header, _ *int, body []byte) []byte {
		var list struct {
			Data []map[string]any `json:"data"`
		}
		if !strings.Contains(at, "/get_datasets") || json.Unmarshal(body, &list) != nil {
			return body
		}
		list.Data = slices.DeleteFunc(list.Data, func(d map[string]any) bool { return d["id"] != "call" })
		list.Data[0]["id"] = id
		body, _ = json.Marshal(list) // which was JSON
		return body
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/enqueue") {
			body, _ := io.ReadAll(r.Body)
			body = bytes.Replace(body, asText, []byte(`"call"`), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		answers.ServeHTTP(w, r)
	})
}

// Whatever a dataset is called, its rows land in a table of the lake that everyone can
// read, or it is refused by name.
func TestHostileDatasets(t *testing.T) {
	const token = "dG9rOmI3YjQ5secret"
	box := sandbox.New(sandbox.Options{Token: token, RowsPerDay: 20, Contacts: 2, Companies: 1})
	for id, want := range map[string]string{
		"../x": "x", "_published": "published", "a/../../b": "a_b", "dt=2026": "dt_2026", "'; drop table x": "drop_table_x", "segment": "segment_sizop",
		"CON": "con", "..": "rufeq", "123": "", strings.Repeat("a", 300): "",
	} {
		server := httptest.NewServer(onlyDataset(box, id))
		folder := t.TempDir()
		lake := filepath.Join(folder, "lake")
		env := map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": server.URL}
		do := func(args ...string) (string, error) {
			var out, problems strings.Builder
			err := run(t.Context(), append(args, "--output", lake), newConsole(&out, &problems, func(name string) string { return env[name] }, time.Now))
			return out.String() + problems.String(), err
		}
		_, err := do("snapshot", "--tables", "tag", "--reporting", "all", "--since", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
		if (err == nil) != (want != "") || err != nil && !strings.Contains(err.Error(), "a lake can have no table") {
			t.Errorf("%.20q: %v", id, err)
		}
		said, err := do("verify")
		if err != nil || strings.Contains(said, "not the lake's") {
			t.Errorf("%.20q: %v, %s", id, err, said)
		}
		if said, err = do("status"); err != nil || !strings.Contains(said, want) {
			t.Errorf("%.20q: %v, %s", id, err, said)
		}
		if beside, err := os.ReadDir(folder); len(beside) != 1 || err != nil {
			t.Errorf("%.20q: beside the lake: %v, %v", id, beside, err)
		}
		server.Close()
	}
}
