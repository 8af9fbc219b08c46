package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"intercom-connector/operator/lake/folder"
)

func ask(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"query"}, args...), strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// An empty lake has its tables, without rows, so that every question can be
// asked from the first day on.
func TestQueryLake(t *testing.T) {
	lake := filepath.Join(t.TempDir(), "lake")
	if _, err := folder.Open(lake); err != nil {
		t.Fatal(err)
	}
	code, out, errs := ask(t, "--lake", lake, "--format", "csv", "SELECT count(*) AS members FROM contact_segment WHERE dt > '2026-01-01'")
	if code != 0 || out != "members\n0\n" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if code, _, errs := ask(t, "--lake", lake, "--recipe", "tag-growth"); code != 0 {
		t.Errorf("a recipe: exit %d, %q", code, errs)
	}
}

func TestQueryLakeUsage(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "nowhere")
	tests := []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, `ask something: query "SELECT ..."`},
		{[]string{"--recipe", "tag-growth"}, 2, "recipes ask a lake: name its folder with --lake"},
		{[]string{"--lake", missing, "--recipe", "tag-grow"}, 2, `there is no recipe "tag-grow"; there are `},
		{[]string{"--lake", missing, "--recipe", "tag-growth", "SELECT 1"}, 2, "ask a statement, a file or a recipe, not several of them"},
		{[]string{"--lake", missing, "SELECT 1"}, 1, "there is no lake"},
	}
	for _, test := range tests {
		code, _, errs := ask(t, test.args...)
		if code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%v: exit %d, %q", test.args, code, errs)
		}
	}
}
