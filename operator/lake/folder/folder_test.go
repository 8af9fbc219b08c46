package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"intercom-connector/operator/lake"
)

func testFolder(t *testing.T) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "deep", "lake"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func get(t *testing.T, f *Folder, key string) string {
	t.Helper()
	r, err := f.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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

func TestFolderPutsWholeOrNotAtAll(t *testing.T) {
	f := testFolder(t)
	if err := f.Put(t.Context(), "a/dt=1/x", strings.NewReader("old")); err != nil {
		t.Fatal(err)
	}
	broken := io.MultiReader(strings.NewReader("half of the new"), iotest.ErrReader(errors.New("cut off")))
	if err := f.Put(t.Context(), "a/dt=1/x", broken); err == nil || !strings.Contains(err.Error(), "a/dt=1/x: cut off") {
		t.Errorf("got %v", err)
	}
	if got := get(t, f, "a/dt=1/x"); got != "old" {
		t.Errorf("it holds %q", got)
	}
	if err := f.Put(t.Context(), "a/dt=1/x", strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	if got := get(t, f, "a/dt=1/x"); got != "new" {
		t.Errorf("it holds %q", got)
	}
	if _, err := f.Open(t.Context(), "a/dt=1/y"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(f.String(), tempFolder)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFolderLists(t *testing.T) {
	f := testFolder(t)
	for _, key := range []string{"b/dt=2/1", "b/dt=2/0", "b/dt=1/0", "bb/dt=1/0", "_published/b/dt=1.json", "_runs/r.json"} {
		if err := f.Put(t.Context(), key, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := f.Lock(t.Context(), "me")
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string][]string{
		"b/dt=":       {"b/dt=1/0", "b/dt=2/0", "b/dt=2/1"},
		"b/dt=2/":     {"b/dt=2/0", "b/dt=2/1"},
		"_published/": {"_published/b/dt=1.json"},
		"nothing/":    nil,
		"":            {"_published/b/dt=1.json", "_runs/r.json", "b/dt=1/0", "b/dt=2/0", "b/dt=2/1", "bb/dt=1/0"},
	} {
		if got := listed(t, f, prefix); !slices.Equal(got, want) {
			t.Errorf("%q lists %v, want %v", prefix, got, want)
		}
	}
	for range 2 { // the second time it is gone already
		if err := f.Remove(t.Context(), "b/dt=1/0"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(f.String(), "b", "dt=1")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder stays: %v", err)
	}
	if got := listed(t, f, "b/"); len(got) != 2 {
		t.Errorf("%v", got)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
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
}

func TestFolderLock(t *testing.T) {
	f := testFolder(t)
	unlock, err := f.Lock(t.Context(), "the first")
	if err != nil {
		t.Fatal(err)
	}
	var locked *lake.LockedError
	if _, err := f.Lock(t.Context(), "the second"); !errors.As(err, &locked) || locked.Holder != "the first" {
		t.Errorf("got %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = f.Lock(t.Context(), "the third")
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
