//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// modes wants everything in a folder, and the folder, to be its owner's alone.
func modes(t *testing.T, folder string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		seen++
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = fs.ModeDir | 0o700
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files in %s, %v", seen, folder, err)
	}
}

// What a sync, a report, an export and an answer write is their owner's alone, whatever
// the umask says; where a link lies in its place, the link goes and what it points to
// stays as it was. The warehouse, which DuckDB writes, is not written through a link.
func TestFilesAreTheirOwners(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	configuration, _ := ownWorkspace(t, "", "sandbox-token")
	dir, elsewhere := filepath.Join(t.TempDir(), "new", "files"), t.TempDir()
	writeAll := func() {
		t.Helper()
		for _, args := range [][]string{
			{"sync", "--configuration", configuration},
			{"report"},
			{"export", "--format", "csv", "--output", filepath.Join(dir, "out")},
			{"query", "--format", "csv", "--output", filepath.Join(dir, "answer.csv"), "SELECT count(*) FROM conversation"},
		} {
			if code, out, errs := debug(t, append(args, "--directory", dir)...); code != 0 {
				t.Fatalf("%q: exit %d, %s%s", args, code, out, errs)
			}
		}
	}
	writeAll()
	modes(t, dir)
	linked := []string{"state.json", "sync.json", "report.html", "answer.csv", filepath.Join("out", "conversation.csv")}
	for i, name := range linked {
		there := filepath.Join(elsewhere, string(rune('a'+i)))
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(there, text, 0o640)
		}
		if err == nil {
			err = os.Remove(filepath.Join(dir, name))
		}
		if err == nil {
			err = os.Symlink(there, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, elsewhere)
	writeAll()
	modes(t, dir)
	if after := contents(t, elsewhere); after != before {
		t.Error("something was written through a link")
	}
	for _, name := range []string{"warehouse.db", "warehouse.db.wal", "warehouse.db.tmp"} {
		there := filepath.Join(elsewhere, name)
		err := os.Rename(filepath.Join(dir, name), there)
		if errors.Is(err, fs.ErrNotExist) { // what DuckDB has beside the warehouse at times
			err = os.WriteFile(there, nil, 0o600)
		}
		if err == nil {
			err = os.Symlink(there, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
		before = contents(t, elsewhere)
		if code, out, errs := debug(t, "--configuration", configuration, "--directory", dir); code != 1 || !strings.Contains(out+errs, "it is a symbolic link") {
			t.Errorf("%s: exit %d, %s%s", name, code, out, errs)
		}
		if after := contents(t, elsewhere); after != before {
			t.Errorf("%s was written through a link", name)
		}
		if err := errors.Join(os.Remove(filepath.Join(dir, name)), os.Rename(there, filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
		if name != "warehouse.db" {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// contents are those of all files in a folder, with their modes.
func contents(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(entry.Name() + info.Mode().String())
		all.Write(text)
	}
	return all.String()
}
