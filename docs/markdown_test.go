package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are all Markdown files that people are led to, relative to this folder.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../*.md", "*.md", "../deploy/*.md", "../deploy/*/*.md", "../deploy/*/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 5 {
		t.Fatalf("only %q", all)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fence is a block of code; it may stand in a list.
var fence = regexp.MustCompile("(?ms)^[ \\t]*(?:\\d+\\. +)?```(\\w*)\n(.*?)^[ \\t]*```$")

// blocks are the blocks of code in a language.
func blocks(text, language string) []string {
	var found []string
	for _, match := range fence.FindAllStringSubmatch(text, -1) {
		if match[1] == language {
			found = append(found, match[2])
		}
	}
	return found
}

// row is a row of a table: all cells, and the one of the column that was asked for.
type row struct {
	cells []string
	cell  string
}

// rows are those of all tables that have a column of that name.
func rows(text, column string) []row {
	var found []row
	at, inside := -1, false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !inside: // a table's heading
			inside = true
			at = slices.IndexFunc(cells, func(cell string) bool { return strings.EqualFold(cell, column) })
		case at >= 0 && strings.Trim(line, "|-: ") != "":
			found = append(found, row{cells, cells[at]})
		}
	}
	return found
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	symbols = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// anchors are the places of a page that links can name, as GitHub names them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := symbols.ReplaceAllString(strings.ToLower(match[1]), "")
		found[strings.ReplaceAll(name, " ", "-")] = true
	}
	return found
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		text := fence.ReplaceAllString(read(t, page), "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := page
			if target != "" {
				path = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %s is not there", page, match[1])
				continue
			}
			if anchor != "" && !anchors(read(t, path))[anchor] {
				t.Errorf("%s: %s has no heading #%s", page, path, anchor)
			}
		}
	}
}

// A file that the page for contributors names is there.
func TestContributorsFindTheFiles(t *testing.T) {
	page := fence.ReplaceAllString(read(t, "../CONTRIBUTING.md"), "")
	found := 0
	for _, match := range regexp.MustCompile("`([a-z.][a-z_.-]*(/[a-z_.-]+)+)`").FindAllStringSubmatch(page, -1) {
		found++
		if _, err := os.Stat(filepath.Join("..", match[1])); err != nil {
			t.Error(err)
		}
	}
	if found < 10 {
		t.Errorf("%d files are named", found)
	}
}

// A test that a page names is one that there is.
func TestNamedTestsAreThere(t *testing.T) {
	known := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, match := range testFunction.FindAllStringSubmatch(read(t, path), -1) {
				known[match[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test[A-Z]\\w+)`")
	found := 0
	for _, page := range pages(t) {
		for _, match := range named.FindAllStringSubmatch(read(t, page), -1) {
			found++
			if !known[match[1]] {
				t.Errorf("%s: there is no test %s", page, match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no page names a test")
	}
}

var testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
