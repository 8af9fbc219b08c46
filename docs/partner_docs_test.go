package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The two pages that a partner hands in have the form of Fivetran's templates
// (doc-templates of its partner SDK): front matter, and sections in this order.
func TestPartnerDocsAreInTheirForm(t *testing.T) {
	for page, want := range map[string][]string{
		"overview.md":    {"Features", "Setup guide", "Sync overview", "Schema information"},
		"setup-guide.md": {"Prerequisites", "Setup instructions", "Setup tests", "Related articles"},
	} {
		text := read(t, page)
		if !regexp.MustCompile(`^---\nname: .+\ntitle: .+\ndescription: .+\nhidden: (true|false)\n---\n\n# `).MatchString(text) {
			t.Errorf("%s does not begin with its front matter", page)
		}
		var got []string
		for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(text, -1) {
			if slices.Contains(want, m[1]) {
				got = append(got, m[1])
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the sections %q, want %q", page, got, want)
		}
	}
	features := read(t, "overview.md")
	for _, feature := range []string{
		"Capture deletes", "Custom data", "Data blocking", "Column hashing", "Re-sync", "History mode",
		"API configurable", "Priority-first sync", "Fivetran data models", "Private networking",
	} {
		if !strings.Contains(features, "\n| "+feature+" | ") {
			t.Errorf("the features lack %s", feature)
		}
	}
	if steps := regexp.MustCompile(`(?m)^### Step \d: `).FindAllString(read(t, "setup-guide.md"), -1); len(steps) < 3 || !strings.Contains(read(t, "setup-guide.md"), "Save & Test") {
		t.Errorf("the setup guide has %d steps", len(steps))
	}
}
