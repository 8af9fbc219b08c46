package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/configuration"
	"intercom-connector/internal/secret"
	"intercom-connector/internal/terminal"
	"intercom-connector/sandbox"
)

// baseURL serves a workspace.
func baseURL(t *testing.T, options sandbox.Options) string {
	t.Helper()
	address, stop, err := sandbox.New(options).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return address
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestInitByFlags(t *testing.T) {
	address := baseURL(t, sandbox.Options{})
	path := filepath.Join(t.TempDir(), "configuration.json")
	t.Setenv(tokenVariable, sandboxKey)
	args := []string{"init", "--base-url", address, "--configuration", path, "--dataset", "call, tickets", "--start", "2026-01-01", "--memberships", "current"}
	code, out, errs := debug(t, args...)
	if code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	contains(t, out, "✓ call ", "✓ tickets ", "Next: go run ./cmd/debug --configuration")
	if strings.Contains(out+errs, sandboxKey) {
		t.Error("the token is shown")
	}
	got, err := configuration.ReadFile(path)
	want := map[string]string{
		"access_token": sandboxKey, "base_url": address, "dataset_id": "call, tickets",
		"initial_start_time": "2026-01-01", "memberships": "current", "lookback_days": "30",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if m := mode(t, path); m != 0o600 {
		t.Errorf("mode %v", m)
	}
	code, _, errs = debug(t, args...)
	if code != 2 {
		t.Errorf("exit %d", code)
	}
	contains(t, errs, "there already", "--force")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = debug(t, append(args, "--force")...); code != 0 || mode(t, path) != 0o600 {
		t.Errorf("exit %d, mode %v: %s", code, mode(t, path), errs)
	}
}

// What does not work is not written.
func TestInitRefuses(t *testing.T) {
	address := baseURL(t, sandbox.Options{Scopes: []string{sandbox.ScopeReporting}})
	for _, test := range []struct {
		name, token string
		args        []string
		code        int
		says        string
	}{
		{"no token", "", nil, 2, tokenVariable},
		{"wrong token", "token-wrong-1", nil, 1, "create a new one"},
		{"misspelt dataset", sandboxKey, []string{"--dataset", "tickts"}, 2, `did you mean "tickets"?`},
		{"no date", sandboxKey, []string{"--start", "soon"}, 2, "initial_start_time"},
		{"missing permission", sandboxKey, []string{"--memberships", "daily"}, 1, "Read tags is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(tokenVariable, test.token)
			folder := t.TempDir()
			code, out, errs := debug(t, append([]string{"init", "--base-url", address, "-c", filepath.Join(folder, "c.json")}, test.args...)...)
			if code != test.code {
				t.Errorf("exit %d, want %d", code, test.code)
			}
			contains(t, errs, test.says)
			if strings.Contains(out+errs, "token-wrong-1") {
				t.Error("the token is shown")
			}
			if left, _ := os.ReadDir(folder); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// A person who errs is asked again.
func TestInitAsks(t *testing.T) {
	address := baseURL(t, sandbox.Options{})
	c := &initCommand{BaseURL: address, Output: filepath.Join(t.TempDir(), "c.json")}
	var out, errs strings.Builder
	ask := terminal.PromptFrom(strings.NewReader("tickts\n10, tickets\nsoon\n2026-01-01\n\ndaily\nyes"), &out,
		func(context.Context) ([]byte, error) { return []byte(sandboxKey + "\n"), nil })
	if err := c.do(t.Context(), streams{out: &out, err: &errs, secrets: &secret.Set{}}, "", ask); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
	}
	contains(t, out.String(), "Access token (not shown): ", "Workspace Sandbox (sandbox)", "  10  call  ",
		`did you mean "tickets"?`, "write epoch seconds", "Wrote ", "Looking closer: ")
	if strings.Contains(out.String()+errs.String(), sandboxKey) {
		t.Error("the token is shown")
	}
	got, err := configuration.ReadFile(c.Output)
	want := map[string]string{
		"access_token": sandboxKey, "base_url": address, "dataset_id": "call, tickets",
		"initial_start_time": "2026-01-01", "memberships": "daily", "lookback_days": "30",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
