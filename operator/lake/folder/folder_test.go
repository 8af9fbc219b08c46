package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/storetest"
)

func testFolder(t *testing.T) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "deep", "lake"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() lake.Store {
		root := t.TempDir()
		return func() lake.Store {
			f, err := Open(root)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	})
}

func listed(t *testing.T, f *Folder, prefix string) []string {
	t.Helper()
	var keys []string
	for key, err := range f.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// TestNothingIsLeftBehind of files and folders that are there no more.
func TestNothingIsLeftBehind(t *testing.T) {
	f := testFolder(t)
	if err := f.Put(t.Context(), "b/dt=1/0", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("cut off")))); err == nil {
		t.Error("no error")
	}
	if left, _ := os.ReadDir(filepath.Join(f.String(), tempFolder)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	// Of a process that died in the middle of a put, the next run clears what grew.
	if err := os.MkdirAll(f.Path(tempFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path(tempFolder+"/x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := f.Lock(t.Context(), "the next")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := os.Stat(f.Path(tempFolder + "/x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a dead process has left: %v", err)
	}
	for _, key := range []string{"b/dt=1/0", "b/dt=2/0"} {
		if err := f.Put(t.Context(), key, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Remove(t.Context(), "b/dt=1/0"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(f.String(), "b", "dt=1")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder stays: %v", err)
	}
}

// TestNothingOutsideTheFolder is read, written or removed, whatever a key says
// and wherever a link leads.
func TestNothingOutsideTheFolder(t *testing.T) {
	f := testFolder(t)
	outside := filepath.Join(filepath.Dir(f.String()), "secret")
	if err := os.WriteFile(outside, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]string{"link": outside, "way": filepath.Dir(outside)} {
		if err := os.Symlink(link, filepath.Join(f.String(), name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"../secret", "a/../../secret", outside, "link", "way/secret"} {
		if file, err := f.Open(t.Context(), key); err == nil {
			file.Close()
			t.Errorf("%s was read", key)
		}
		if key != "link" { // which a new file of that name replaces
			if err := f.Put(t.Context(), key, strings.NewReader("yours")); err == nil {
				t.Errorf("%s was written", key)
			}
			f.Remove(t.Context(), key) // of what is not there it says nothing
		}
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "mine" {
		t.Errorf("it holds %q, %v", text, err)
	}
	if keys := listed(t, f, ""); len(keys) != 0 {
		t.Errorf("listed are %v", keys)
	}
	// The lock's file is written in place.
	if err := os.WriteFile(f.Path("a"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", f.Path("_lock")); err != nil {
		t.Fatal(err)
	}
	if unlock, err := f.Lock(t.Context(), "a run"); err == nil {
		t.Error("a link is locked", unlock())
	}
	if text, err := os.ReadFile(f.Path("a")); err != nil || string(text) != "mine" {
		t.Errorf("through the lock it holds %q, %v", text, err)
	}
}
