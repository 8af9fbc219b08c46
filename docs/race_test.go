package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	starts      = regexp.MustCompile(`(?m)^\s*go [\w.]+.*[({]$|^\s*go .*\)$|/errgroup"|\.Go\(|t\.Parallel\(`)
	runsProgram = regexp.MustCompile(`^(docs|deploy|test/bench|operator/lambda)(/|$)`)
	testNamed   = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// variable is a list of the Makefile, of which the parts stand between bars.
func variable(t *testing.T, name string) (all []string) {
	t.Helper()
	list := regexp.MustCompile(`(?m)^` + name + ` = ((?:.*\\\n)*.*)$`).FindStringSubmatch(read(t, "../Makefile"))
	if list == nil {
		t.Fatalf("the Makefile has no %s", name)
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(list[1], "\\\n", ""), "|") {
		all = append(all, strings.TrimSpace(part))
	}
	return all
}

// TestWhatIsNotRaced: what make race leaves out is there, and a folder of ALONE starts
// no goroutine, in its code or its tests.
func TestWhatIsNotRaced(t *testing.T) {
	for _, folder := range variable(t, "ALONE") {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no Go files, %v", folder, err)
		}
		for _, file := range files {
			if found := starts.FindString(read(t, file)); found != "" && !runsProgram.MatchString(folder) {
				t.Errorf("%s is not raced, and has %q", file, strings.TrimSpace(found))
			}
		}
	}
	tests := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, m := range testNamed.FindAllStringSubmatch(read(t, path), -1) {
				tests[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range variable(t, "UNRACED") {
		if !tests[name] {
			t.Errorf("there is no %s, which make race leaves out", name)
		}
	}
}
