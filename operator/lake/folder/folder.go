// Package folder keeps a lake in a folder of the local file system.
//
// What is written grows beside the others and gets its name once it is on the
// disk, so that a file is whole or not there. The lock is the system's, on a
// file: it ends with the process whatever ends it. Nothing outside the folder is
// read or written, whatever a key or a symbolic link says, and nobody but its
// owner reads what is in it, unless it is to be shared.
package folder

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"intercom-connector/operator/lake"
)

// Folder is a lake.Store on a local file system.
type Folder struct {
	root   *os.Root
	shared bool
}

// Within a folder: where files grow before they have their name, the file that the
// system's lock is on, and the one that asks Git to leave it all out.
const (
	tempFolder = "_tmp"
	lockFile   = "_lock"
	gitIgnore  = ".gitignore"
)

// Open makes a folder a store, creating it where it does not exist.
func Open(root string) (*Folder, error) { return open(root, false) }

// OpenShared is Open of a folder that others may read.
func OpenShared(root string) (*Folder, error) { return open(root, true) }

func open(name string, shared bool) (*Folder, error) {
	f := &Folder{shared: shared}
	name, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	_, missing := os.Stat(name)
	if err := os.MkdirAll(name, f.mode(0o700)); err != nil {
		return nil, err
	}
	if f.root, err = os.OpenRoot(name); err != nil {
		return nil, err
	}
	if errors.Is(missing, fs.ErrNotExist) { // it will hold customers' data
		err = f.root.WriteFile(gitIgnore, []byte("*\n"), f.mode(0o600))
	}
	return f, err
}

// mode is that of a file or folder which is for its owner, or for all to read.
func (f *Folder) mode(owners fs.FileMode) fs.FileMode {
	if f.shared {
		return owners | owners>>3&0o055 | owners>>6&0o005
	}
	return owners
}

func (f *Folder) String() string { return f.root.Name() }

// Path is where a key is.
func (f *Folder) Path(key string) string {
	return filepath.Join(f.root.Name(), filepath.FromSlash(key))
}

// Put writes beside the others, forces the file to the disk and then names it.
func (f *Folder) Put(_ context.Context, key string, r io.Reader) error {
	if err := f.put(key, r); err != nil {
		return fmt.Errorf("writing %s: %w", key, err)
	}
	return nil
}

func (f *Folder) put(key string, r io.Reader) error {
	known, err := f.existing(path.Dir(key))
	if err != nil {
		return err
	}
	if err := f.root.MkdirAll(tempFolder, f.mode(0o700)); err != nil {
		return err
	}
	if known != path.Dir(key) {
		if err := f.root.MkdirAll(path.Dir(key), f.mode(0o700)); err != nil {
			return err
		}
	}
	temp := tempFolder + "/" + rand.Text()
	file, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode(0o600))
	if err != nil {
		return err
	}
	defer f.root.Remove(temp) // which is there no more where all went well
	_, err = io.Copy(file, r)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = f.root.Rename(temp, key)
	}
	if err != nil {
		return err
	}
	return f.syncFolders(path.Dir(key), known)
}

// existing is the deepest folder on the way from the root that is there already.
func (f *Folder) existing(folder string) (string, error) {
	for {
		_, err := f.root.Stat(folder)
		if !errors.Is(err, fs.ErrNotExist) || folder == "." {
			return folder, err
		}
		folder = path.Dir(folder)
	}
}

// syncFolders forces names to the disk, from a folder up to one whose own name
// is there already: a file whose name is lost is lost.
func (f *Folder) syncFolders(folder, known string) error {
	for {
		d, err := f.root.Open(folder)
		if err != nil {
			return err
		}
		err = d.Sync()
		d.Close()
		if err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("syncing %s: %w", folder, err)
		}
		if folder == known {
			return nil
		}
		folder = path.Dir(folder)
	}
}

func (f *Folder) Open(_ context.Context, key string) (io.ReadCloser, error) {
	file, err := f.root.Open(key)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", key, err)
	}
	return file, nil
}

// List walks the folders that the prefix allows.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		keys, err := f.keys(ctx, prefix)
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
		if err != nil {
			yield("", err)
		}
	}
}

func (f *Folder) keys(ctx context.Context, prefix string) ([]string, error) {
	var keys []string
	start := path.Clean(prefix[:strings.LastIndexByte(prefix, '/')+1])
	err := fs.WalkDir(f.root.FS(), start, func(key string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		switch {
		case d.IsDir() && key == tempFolder:
			return fs.SkipDir
		case d.IsDir() && key != start && !strings.HasPrefix(key, prefix) && !strings.HasPrefix(prefix, key+"/"):
			return fs.SkipDir
		case d.Type().IsRegular() && strings.HasPrefix(key, prefix) && key != lockFile && key != gitIgnore:
			keys = append(keys, key)
		}
		return nil
	})
	slices.Sort(keys)
	return keys, err
}

// Remove deletes a file, and its folder when that was the last one in it.
func (f *Folder) Remove(_ context.Context, key string) error {
	if err := f.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if folder := path.Dir(key); folder != "." {
		f.root.Remove(folder) // fails where files are left, as it should
	}
	return nil
}

// Lock takes the system's lock on a file, which ends with the process whatever
// ends it. It also clears what interrupted Puts have left.
func (f *Folder) Lock(_ context.Context, holder string) (unlock func() error, err error) {
	if info, err := f.root.Lstat(lockFile); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file of a lake's: remove it", f.Path(lockFile))
	}
	file, err := f.root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, f.mode(0o600))
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		other, _ := io.ReadAll(io.LimitReader(file, 200))
		file.Close()
		if errors.Is(err, errLocked) {
			run := strings.TrimSpace(string(other))
			return nil, &lake.LockedError{Lake: f.String(), Run: run, Holder: run}
		}
		return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
	}
	if err = file.Truncate(0); err == nil {
		_, err = file.WriteAt([]byte(holder+"\n"), 0)
	}
	if err == nil {
		err = f.root.RemoveAll(tempFolder)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return func() error {
		return errors.Join(file.Truncate(0), file.Close())
	}, nil
}
