package file

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "state.json")
	for _, content := range []string{"one", "two, which is longer", ""} {
		if err := Write(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != content || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	// A link is replaced, what it points to is left alone; a socket is no file.
	link := filepath.Join(folder, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := NoLink(link); err == nil {
		t.Error("a link is taken for a file")
	}
	if err := Write(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got, err := os.ReadFile(path); len(got) != 0 || NoLink(path) != nil || NoLink(link) != nil {
		t.Errorf("through the link: %q, %v", got, err)
	}
	socket, err := net.Listen("unix", filepath.Join(folder, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := Write(filepath.Join(folder, "socket"), nil); err == nil {
		t.Error("replaced a socket")
	}
	// What cannot be written leaves what was there, and nothing beside it.
	if err := Write(filepath.Join(folder, "none", "x"), nil); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	if err := os.Mkdir(filepath.Join(folder, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(folder, "taken"), []byte("x")); err == nil {
		t.Error("replaced a folder")
	}
	if err := WriteNew(path, []byte("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("wrote what is there as new: %v", err)
	}
	if got, err := os.ReadFile(path); len(got) != 0 || err != nil {
		t.Errorf("what was there: %q, %v", got, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 4 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestNotWindows(t *testing.T) {
	if runtime.GOOS == "windows" {
		return
	}
	for path, right := range map[string]bool{
		`C:\data\my-files`: false, `.\ok.json`: false, `..\ok.json`: false, `\\server\share`: false,
		"files": true, "/mnt/c/data": true, "s3://bucket/c": true, `odd\name`: true, "": true, "2026-01-01T00:00:00Z": true,
	} {
		if got := NotWindows(path) == nil; got != right {
			t.Errorf("%s: %v", path, got)
		}
	}
}
