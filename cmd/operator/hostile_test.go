package main

import (
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
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
	box := sandbox.New(sandbox.Options{Token: token, RowsPerDay: 10, Contacts: 20, Companies: 5, AppID: "id" + intercomtest.Controls})
	refuse := intercomtest.Refuse("/segments", 400, `{"type":"error.list","errors":[{"code":"no","message":"`+token+` \u001b[2J\u202e\u009b"}]}`)
	server := httptest.NewServer(intercomtest.Rewrite(box, intercomtest.Spoil))
	defer server.Close()
	refusing := httptest.NewServer(intercomtest.Rewrite(box, refuse))
	defer refusing.Close()
	env := map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": server.URL}
	refused := map[string]string{"INTERCOM_ACCESS_TOKEN": token, "INTERCOM_BASE_URL": refusing.URL}
	lake := lakeIn(t)
	seen := ""
	for _, c := range []struct {
		env  map[string]string
		args []string
	}{
		{env, []string{"snapshot", "--verbose", "--reporting", "conversation", "--since", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)}},
		{refused, []string{"snapshot", "--verbose"}},
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
	for _, must := range []string{"\\u202e", "\\u001b", "[token]", "complete"} {
		if !strings.Contains(seen, must) {
			t.Errorf("nothing says %q:\n%s", must, seen)
		}
	}
}
