package sandbox

import (
	"os/exec"
	"strings"
	"testing"
)

// The sandbox must not share a line with the client it is there to test.
func TestStandardLibraryOnly(t *testing.T) {
	text, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, text)
	}
	if got := strings.Fields(string(text)); len(got) != 1 || got[0] != "intercom-connector/sandbox" {
		t.Errorf("packages from outside the standard library: %v", got)
	}
}
