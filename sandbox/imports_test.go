package sandbox

import (
	"os/exec"
	"strings"
	"testing"
)

// The sandbox must not share a line with the client it is there to test.
func TestStandardLibraryOnly(t *testing.T) {
	text, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, text)
	}
	const home = "intercom-connector/sandbox"
	rooms := 0
	for _, path := range strings.Fields(string(text)) {
		if path != home && !strings.HasPrefix(path, home+"/") {
			t.Errorf("the sandbox imports %s", path)
		}
		rooms++
	}
	if rooms < 2 {
		t.Errorf("go list names %d packages: %s", rooms, text)
	}
}
