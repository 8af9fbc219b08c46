package dialect

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The package comment lists every dialect with its sentence.
func TestPackageComment(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, d := range All() {
		fmt.Fprintf(&want, "//   - %s: %s\n", d.Name, d.Sentence)
	}
	if !strings.Contains(string(text), "//\n"+want.String()+"package dialect\n") {
		t.Errorf("the package comment does not end with this list:\n%s", want.String())
	}
}
