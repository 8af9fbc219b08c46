package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"intercom-connector/connector"
	"intercom-connector/connector/configuration"
	"intercom-connector/sandbox"
	"intercom-connector/tester/recipes"
)

// The environment of who runs the tests must not be found.
func TestMain(m *testing.M) {
	for _, key := range configuration.Keys() {
		os.Unsetenv(configuration.Variable(key))
	}
	os.Unsetenv(configuration.PathVariable)
	if path := os.Getenv(hold); path != "" {
		os.Exit(holdOpen(path))
	}
	os.Exit(m.Run())
}

// debug runs the command and returns its exit code and what it wrote.
func debug(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func contains(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("lacks %q:\n%s", p, got)
		}
	}
}

// The command alone: a sandbox, all datasets, the answers, the line to type
// next. The second run goes on from the state.
func TestSandboxSync(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := debug(t, "--directory", dir, "--sandbox-days", "1")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	contains(t, out, "No configuration: this is a sandbox", "[Access token and workspace]: PASSED", "SYNC PROGRESS:", "Sync SUCCEEDED", "tester.tickets",
		"Conversations by channel", "Median time to the first response", "The newest ratings", "go run ./cmd/debug query --directory")
	if strings.Contains(out, sandboxKey) {
		t.Error("the token is shown")
	}
	count := func() string {
		t.Helper()
		code, out, errs := debug(t, "query", "--directory", dir, "--format", "csv", "SELECT count(*), count(DISTINCT conversation_id) FROM conversation")
		if code != 0 {
			t.Fatal(errs)
		}
		return out
	}
	all, err := recipes.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if code, out, errs := debug(t, "recipe", r.Name, "--directory", dir, "--format", "csv"); code != 0 || strings.Count(out, "\n") < 2 {
			t.Errorf("recipe %s: exit %d, %s%s", r.Name, code, out, errs)
		}
	}
	before := count()
	code, out, errs = debug(t, "--directory", dir, "--sandbox-days", "1", "--log-level", "info")
	if code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	contains(t, out, "INFO window dataset=conversation", "the last day again")
	if after := count(); after < before {
		t.Errorf("%s rows became %s", before, after)
	}
	state, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if err != nil || !json.Valid(state) || strings.Contains(string(state), sandboxKey) {
		t.Errorf("state %s, %v", state, err)
	}
}

// ownWorkspace serves a small workspace of its own and writes a configuration for it.
func ownWorkspace(t *testing.T, appID, token string) (path string, rows func() int) {
	t.Helper()
	w := sandbox.New(sandbox.Options{Seed: 7, RowsPerDay: 20, AppID: appID, Token: token})
	address, stop, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	path = filepath.Join(t.TempDir(), "configuration.json")
	file := fmt.Sprintf(`{"access_token": %q, "base_url": %q, "initial_start_time": %q}`, token, address, start().Format(time.RFC3339))
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, func() (n int) {
		for row := range w.Truth("conversation") {
			if !row.Time.Before(start()) {
				n++
			}
		}
		return n
	}
}

// start is a moment after which a workspace's rows are counted: one for all tests,
// also where midnight comes between two of them.
var start = sync.OnceValue(func() time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -3) })

// One directory is for one workspace.
func TestTwoWorkspaces(t *testing.T) {
	one, rows := ownWorkspace(t, "one", "token-one")
	two, _ := ownWorkspace(t, "two", "token-two")
	dir := t.TempDir()
	before := rows()
	code, out, errs := debug(t, "-c", one, "-d", dir, "--destination-schema", "mine")
	if code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	contains(t, out, "Sync SUCCEEDED", `query --directory `+dir+` --destination-schema mine "SELECT * FROM conversation LIMIT 5"`)
	_, counted, _ := debug(t, "query", "-d", dir, "--destination-schema", "mine", "--format", "json", "SELECT count(*)::INT AS n FROM conversation")
	var answer []struct{ N int }
	if err := json.Unmarshal([]byte(counted), &answer); err != nil || answer[0].N < before || answer[0].N > rows() || before == 0 {
		t.Errorf("%s, %v; the workspace has %d to %d rows", counted, err, before, rows())
	}
	code, out, _ = debug(t, "-c", two, "-d", dir, "--destination-schema", "mine")
	if code != 1 {
		t.Errorf("exit %d\n%s", code, out)
	}
	contains(t, out, "Sync FAILED", "workspace", "state")
	code, out, errs = debug(t, "-c", two, "-d", dir, "--reset")
	if code != 0 {
		t.Errorf("exit %d: %s\n%s", code, errs, out)
	}
}

func TestFailures(t *testing.T) {
	good, _ := ownWorkspace(t, "one", "token-one")
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	wrong := file(strings.Replace(string(b), "token-one", "token-wrong-1", 1))
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "state.json"), []byte("oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"wrong token", []string{"-c", wrong}, 1, "Intercom refuses the access token: create a new one"},
		{"unreadable state", []string{"-c", good, "-d", broken}, 1, "state.json is not a JSON object"},
		{"a number in the configuration", []string{"-c", file(`{"x": 1}`)}, 2, `x must be a string: write "1"`},
		{"no configuration there", []string{"-c", "nowhere.json"}, 2, "nowhere.json"},
		{"impossible port", []string{"--port", "70000"}, 2, "a port is 1 to 65535"},
		{"misspelt flag", []string{"--configuratoin", good}, 2, `did you mean "--configuration"?`},
		{"misspelt key", []string{"-c", file(`{"access_token": "token-wrong-1", "dataset_ids": "all"}`)}, 2, `dataset_ids: there is no such key; did you mean "dataset_id"?`},
		{"unknown level", []string{"--log-level", "loud"}, 2, "--log-level must be one of"},
		{"no warehouse", []string{"query", "SELECT 1"}, 1, "run a sync first"},
		{"http to another host", []string{"-c", file(`{"access_token": "token-wrong-1", "base_url": "http://example.com"}`)}, 2, "base_url"},
		{"an unknown region", []string{"-c", file(`{"access_token": "token-wrong-1", "region": "MARS"}`)}, 2, "region: is \"MARS\""},
		{"a start in the future", []string{"-c", file(strings.Replace(string(b), start().Format(time.RFC3339), "2099-01-01", 1))}, 2, "has not come yet"},
		{"a misspelt dataset", []string{"-c", file(strings.Replace(string(b), "{", `{"dataset_id": "convers", `, 1))}, 2, `no dataset "convers"`},
		{"doctor: a start in the future", []string{"doctor", "-c", file(strings.Replace(string(b), start().Format(time.RFC3339), "2099-01-01", 1))}, 2, "Fix this first: initial_start_time: is 2099-01-01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := test.args
			if !strings.Contains(strings.Join(args, " "), "-d ") {
				args = append(args, "-d", t.TempDir())
			}
			code, out, errs := debug(t, args...)
			if code != test.code {
				t.Errorf("exit %d, want %d", code, test.code)
			}
			contains(t, out+errs, test.says)
			if strings.Contains(out+errs, "token-wrong-1") {
				t.Errorf("the token is shown:\n%s%s", out, errs)
			}
		})
	}
}

// A connector that runs already is driven by its port.
func TestPort(t *testing.T) {
	good, _ := ownWorkspace(t, "one", "token-one")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := connector.NewServer(connector.Options{AllowBaseURL: true})
	go server.Serve(listener)
	defer server.Stop()
	port := fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
	code, out, errs := debug(t, "--port", port, "-c", good, "-d", t.TempDir())
	if code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
}

func TestInterruptedBeforeItBegins(t *testing.T) {
	good, _ := ownWorkspace(t, "one", "token-one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if code := run(ctx, []string{"-c", good, "-d", t.TempDir()}, strings.NewReader(""), &out, &out); code != 1 {
		t.Errorf("exit %d", code)
	}
	contains(t, out.String(), "interrupted", "Sync FAILED")
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"query", "--help"}, {"sync", "--help"}} {
		code, out, errs := debug(t, args...)
		if code != 0 || errs != "" {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
		contains(t, out, "Examples", "--directory")
		if lines := strings.Count(out, "\n"); lines > 40 {
			t.Errorf("%q: %d lines do not fit a screen", args, lines)
		}
	}
	_, out, _ := debug(t, "--help")
	contains(t, out, "--configuration", "--reset", "--port")
}
