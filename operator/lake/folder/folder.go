// Package folder keeps a lake in a folder of the local file system.
//
// What is written grows beside the others and gets its name once it is on the
// disk, so that a file is whole or not there. The lock is the system's, on a
// file: it ends with the process whatever ends it.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intercom-connector/operator/lake"
)

// Folder is a lake.Store on a local file system.
type Folder struct{ root string }

// Within a folder: where files grow before they have their name, and the file
// that the system's lock is on.
const (
	tempFolder = "_tmp"
	lockFile   = "_lock"
)

// Open makes a folder a store, creating it where it does not exist.
func Open(root string) (*Folder, error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	root, err := filepath.Abs(root)
	return &Folder{root}, err
}

// String is the folder's path.
func (f *Folder) String() string { return f.root }

// Path is where a key is.
func (f *Folder) Path(key string) string { return filepath.Join(f.root, filepath.FromSlash(key)) }

// Put writes beside the others, forces the file to the disk and then names it.
func (f *Folder) Put(_ context.Context, key string, r io.Reader) error {
	temp, path := filepath.Join(f.root, tempFolder), f.Path(key)
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return err
	}
	known, err := existing(f.root, filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(temp, "*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = io.Copy(file, r)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", key, err)
	}
	return syncFolders(filepath.Dir(path), known)
}

// existing is the deepest folder on the way from the root that is there already.
func existing(root, folder string) (string, error) {
	for {
		_, err := os.Stat(folder)
		if !errors.Is(err, fs.ErrNotExist) || folder == root {
			return folder, err
		}
		folder = filepath.Dir(folder)
	}
}

// syncFolders forces names to the disk, from a folder up to one whose own name
// is there already: a file whose name is lost is lost.
func syncFolders(folder, known string) error {
	for {
		d, err := os.Open(folder)
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
		folder = filepath.Dir(folder)
	}
}

// Open reads a file.
func (f *Folder) Open(_ context.Context, key string) (io.ReadCloser, error) {
	return os.Open(f.Path(key))
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
	start := f.Path(prefix[:strings.LastIndexByte(prefix, '/')+1])
	err := filepath.WalkDir(start, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		key, err := filepath.Rel(f.root, path)
		key = filepath.ToSlash(key)
		switch {
		case err != nil:
			return err
		case d.IsDir() && key == tempFolder:
			return fs.SkipDir
		case d.IsDir() && path != start && !strings.HasPrefix(key, prefix) && !strings.HasPrefix(prefix, key+"/"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasPrefix(key, prefix) && key != lockFile:
			keys = append(keys, key)
		}
		return nil
	})
	slices.Sort(keys)
	return keys, err
}

// Remove deletes a file, and its folder when that was the last one in it.
func (f *Folder) Remove(_ context.Context, key string) error {
	path := f.Path(key)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	os.Remove(filepath.Dir(path)) // fails where files are left, as it should
	return nil
}

// Lock takes the system's lock on a file, which ends with the process whatever
// ends it. It also clears what interrupted Puts have left.
func (f *Folder) Lock(_ context.Context, holder string) (unlock func() error, err error) {
	file, err := os.OpenFile(filepath.Join(f.root, lockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		other, _ := io.ReadAll(io.LimitReader(file, 200))
		file.Close()
		if errors.Is(err, errLocked) {
			run := strings.TrimSpace(string(other))
			return nil, &lake.LockedError{Lake: f.root, Run: run, Holder: run}
		}
		return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
	}
	if err = file.Truncate(0); err == nil {
		_, err = file.WriteAt([]byte(holder+"\n"), 0)
	}
	if err == nil {
		err = os.RemoveAll(filepath.Join(f.root, tempFolder))
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return func() error {
		return errors.Join(file.Truncate(0), file.Close())
	}, nil
}
