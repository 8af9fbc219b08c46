package download

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"testing"
)

// The bodies that a download may have, made by the standard library.

type file struct{ name, content string }

// linked as a file's content makes it a symbolic link.
const linked = "\x00link"

func gz(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(content))
	w.Close()
	return b.String()
}

func tarOf(t testing.TB, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.content)), Typeflag: tar.TypeReg}
		switch {
		case f.content == "" && f.name[len(f.name)-1] == '/':
			h.Typeflag = tar.TypeDir
		case f.content == linked:
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			w.Write([]byte(f.content))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zipOf makes an archive with the sizes after each file, as archive/zip does.
func zipOf(t testing.TB, files ...file) string {
	t.Helper()
	return zipBy(t, func(w *zip.Writer) {
		for _, f := range files {
			e, err := w.Create(f.name)
			if err != nil {
				t.Fatal(err)
			}
			e.Write([]byte(f.content))
		}
	})
}

func zipBy(t testing.TB, write func(*zip.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	write(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
