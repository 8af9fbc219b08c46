package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPackIsReproducible(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	want := bytes.Repeat([]byte("a program"), 1000)
	if err := os.WriteFile(program, want, 0o600); err != nil {
		t.Fatal(err)
	}
	var zips [2][]byte
	for i := range zips {
		out := filepath.Join(folder, "out.zip")
		if err := pack(program, out); err != nil {
			t.Fatal(err)
		}
		zips[i], _ = os.ReadFile(out)
		if err := os.Chtimes(program, time.Unix(0, 0), time.Unix(int64(i)*1e6, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if len(zips[0]) == 0 || !bytes.Equal(zips[0], zips[1]) {
		t.Error("the same program gave other bytes")
	}
	archive, err := zip.NewReader(bytes.NewReader(zips[0]), int64(len(zips[0])))
	if err != nil {
		t.Fatal(err)
	}
	entry := archive.File[0]
	if len(archive.File) != 1 || entry.Name != "bootstrap" || entry.Mode() != 0o755 {
		t.Errorf("the zip holds %d files, first %s %v", len(archive.File), entry.Name, entry.Mode())
	}
	r, err := entry.Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the program came back as %d bytes, %v", len(got), err)
	}
	if err := pack(filepath.Join(folder, "none"), filepath.Join(folder, "out.zip")); err == nil {
		t.Error("a program that is not there was packed")
	}
}
