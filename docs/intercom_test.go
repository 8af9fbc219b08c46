package docs

import (
	"strings"
	"testing"

	"intercom-connector/sandbox"
)

// intercom.md tells of each dialect that the sandbox plays, in the sandbox's own
// words, once. What it promises the connector's and the lake's tests hold.
func TestEveryDialectIsTold(t *testing.T) {
	page := read(t, "intercom.md")
	for _, d := range sandbox.Dialects() {
		if n := strings.Count(page, "\n| `"+d.Name+"` | "+d.Sentence+" | "); n != 1 {
			t.Errorf("intercom.md has %d rows of %s: %s", n, d.Name, d.Sentence)
		}
	}
	if n := strings.Count(page, "\n| `"); n != len(sandbox.Dialects()) {
		t.Errorf("intercom.md has %d rows of dialects, the sandbox plays %d", n, len(sandbox.Dialects()))
	}
}
