package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNotice(t *testing.T) {
	folder := t.TempDir()
	var out bytes.Buffer
	if err := notice(&out, "example.org/a@v1", folder); err == nil || err.Error() != "example.org/a@v1 has no license" {
		t.Errorf("without a license: %v", err)
	}
	for _, name := range []string{"LICENSE.txt", "NOTICE", "licenses.go", "README"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("text of "+name+"\r\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := notice(&out, "example.org/a@v1", folder); err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("=", 80)
	want := line + "\nexample.org/a@v1/LICENSE.txt\n\ntext of LICENSE.txt\n\n" + line + "\nexample.org/a@v1/NOTICE\n\ntext of NOTICE\n\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// This test's own program names the modules that it holds.
func TestHeld(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, toolchain, err := held([]string{program}); err != nil || !strings.HasPrefix(toolchain, "Go go1.") {
		t.Errorf("%q, %v", toolchain, err)
	}
	if _, _, err := held(nil); err == nil {
		t.Error("no programs are no error")
	}
}
