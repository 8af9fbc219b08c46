//go:build unix

package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhoReadsALake is its owner, unless it is shared. Git leaves it out.
func TestWhoReadsALake(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	for name, test := range map[string]struct {
		open         func(string) (*Folder, error)
		folder, file fs.FileMode
	}{
		"its owner's": {Open, 0o700, 0o600},
		"shared":      {OpenShared, 0o755, 0o644},
	} {
		root := filepath.Join(t.TempDir(), "lake")
		f, err := test.open(root)
		if err == nil {
			err = f.Put(t.Context(), "contact/dt=1/x", strings.NewReader("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
		unlock, err := f.Lock(t.Context(), "me")
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		for _, at := range []string{".", "contact", "contact/dt=1", "contact/dt=1/x", "_lock", ".gitignore"} {
			info, err := os.Stat(filepath.Join(root, at))
			if err != nil {
				t.Fatal(err)
			}
			want := test.file
			if info.IsDir() {
				want = test.folder
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s: %s is %o, not %o", name, at, got, want)
			}
		}
	}
}
