package part

import (
	"bytes"
	"strings"
	"testing"
)

// TestScanHoldsAPartAgainstWhatWasPublished of it.
func TestScanHoldsAPartAgainstWhatWasPublished(t *testing.T) {
	file := packed(t, "a\nb\n", "c\n")
	is, err := Measure(bytes.NewReader(file), "contact/x")
	if err != nil || is.Rows != 3 || is.Size != int64(len(file)) {
		t.Fatal(is, err)
	}
	if err := Check(bytes.NewReader(file), is); err != nil {
		t.Error(err)
	}
	for want, lie := range map[string]func(*File){
		"contact/x: it has 3 rows, published were 4": func(f *File) { f.Rows = 4 },
		"contact/x: it has 3 rows, published were 2": func(f *File) { f.Rows = 2 },
		"bytes, published were 1":                    func(f *File) { f.Size = 1 },
		"contact/x: its sha256 is " + is.SHA256[:10]: func(f *File) { f.SHA256 = strings.Repeat("0", 64) },
	} {
		said := is
		lie(&said)
		if err := Check(bytes.NewReader(file), said); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}
