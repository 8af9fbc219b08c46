package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// paths are the files that a section of CONTRIBUTING.md names.
func pathsOf(t *testing.T, section string) (all []string) {
	t.Helper()
	_, text, found := strings.Cut(read(t, "../CONTRIBUTING.md"), "\n## "+section+"\n")
	if !found {
		t.Fatalf("CONTRIBUTING.md has no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	for _, m := range regexp.MustCompile("`([a-z.]+(/[a-zA-Z_.-]+)+)`").FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// holding are the files of the repository that hold a text, without tests and
// without what .gitignore names: programs that were built, rows that were landed.
func holding(t *testing.T, text string) (all []string) {
	t.Helper()
	grep := exec.CommandContext(t.Context(), "grep", "-rlE", "--exclude-dir=.git", "--exclude=*_test.go", "-I", "--exclude-dir=bin", "--exclude-dir=dist", "--exclude-dir=files", "--exclude-dir=lake", text, ".")
	grep.Dir = ".."
	out, err := grep.Output()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for line := range strings.Lines(string(out)) {
		all = append(all, filepath.ToSlash(strings.TrimPrefix(strings.TrimSpace(line), "./")))
	}
	slices.Sort(all)
	return all
}

// TestContributing: what must be written to add a thing are the files that hold such a
// thing today: a dataset, a key, a recipe of a lake, a dialect.
func TestContributing(t *testing.T) {
	for _, test := range []struct {
		section, holds string
		// others hold it too, for another reason.
		others string
	}{
		{"Add a dataset, or an attribute", "call_teammate_stats", `^docs/(walkthrough|privacy)\.md$|^deploy/dbt/models/staging/generated/`},
		{"Add a key of the configuration", "KeyLookback|lookback_days", `^(README|CHANGELOG|docs/(how-it-works|operator|overview|reliability|troubleshooting|intercom))\.md$|\.example\.json$|^cmd/debug/init\.go$|^connector/(probe|export|workspace|deletion)|^docs/generate/schema\.go$|^operator/lambda|^test/`},
		{"Add a dialect to the sandbox", "scroll-open-bare", `^sandbox/people/`},
	} {
		listed := pathsOf(t, test.section)
		for _, path := range listed {
			if _, err := os.Stat(filepath.Join("..", path)); err != nil {
				t.Errorf("%s: %v", test.section, err)
			}
		}
		others := regexp.MustCompile(test.others)
		for _, path := range holding(t, test.holds) {
			if !slices.Contains(listed, path) && !others.MatchString(path) {
				t.Errorf("%s: %s holds %q and is not in the list", test.section, path, test.holds)
			}
		}
	}
	for _, section := range []string{"Add a recipe", "Say something to a person"} {
		for _, path := range pathsOf(t, section) {
			if _, err := os.Stat(filepath.Join("..", path)); err != nil {
				t.Errorf("%s: %v", section, err)
			}
		}
	}
}
