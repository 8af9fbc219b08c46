package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Without a C compiler the program says so, and what to install.
func TestWithoutCompiler(t *testing.T) {
	program := filepath.Join(t.TempDir(), "debug")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "there is no C compiler here") || !strings.Contains(string(out), "apt install gcc") {
		t.Errorf("%v: %s", err, out)
	}
}
