package build

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// One toolchain builds everything: go.mod's is the tools' and the image's.
func TestOneToolchain(t *testing.T) {
	want := match(t, "../../go.mod", `(?m)^toolchain go(\S+)$`)
	if got := match(t, "../../tools/go.mod", `(?m)^toolchain go(\S+)$`); got != want {
		t.Errorf("tools/go.mod has the toolchain %s, go.mod %s", got, want)
	}
	if got := match(t, "../../deploy/Dockerfile", `(?m)^ARG GO_IMAGE=golang:(\S+)$`); got != want {
		t.Errorf("deploy/Dockerfile builds with Go %s, go.mod with %s", got, want)
	}
}

func match(t *testing.T, path, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no %s", path, pattern)
	}
	return string(found[1])
}

// Every package of Python's that CI installs has its version and a checksum, and
// the proprietary one is not among them.
func TestPythonIsPinned(t *testing.T) {
	lists, err := filepath.Glob("../../test/genuine/requirements/*.txt")
	if err != nil || len(lists) == 0 {
		t.Fatal(lists, err)
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		entries := strings.ReplaceAll(string(text), "\\\n", " ")
		for entry := range strings.Lines(entries) {
			if entry = strings.TrimSpace(entry); entry == "" || strings.HasPrefix(entry, "#") {
				continue
			}
			if !strings.Contains(entry, "==") || !strings.Contains(entry, "--hash=sha256:") || strings.HasPrefix(entry, "fivetran-connector-sdk-core") {
				t.Errorf("%s: %.60s", filepath.Base(list), entry)
			}
		}
	}
}
