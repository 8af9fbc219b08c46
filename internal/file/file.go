// Package file writes files whole or not at all, readable by their owner only.
package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

// Write replaces a file in one step that a crash or a power cut cannot split, and
// returns when it is on the disk. Nobody but the owner may read it. A symbolic link is
// replaced, not followed.
func Write(path string, content []byte) error {
	return Replace(path, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// Replace is Write of what a function puts into the new file, while the one that is
// there stays as it is. What is no file, such as a device, is left alone.
func Replace(path string, write func(f *os.File) error) error {
	return put(path, write, os.Rename)
}

// WriteNew is Write of a file that is not there yet; one that is there stays, and the
// error is fs.ErrExist.
func WriteNew(path string, content []byte) error {
	return put(path, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	}, os.Link)
}

// put gives a file its name once it is on the disk.
func put(path string, write func(f *os.File) error, name func(old, new string) error) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink {
		return &fs.PathError{Op: "replace", Path: path, Err: errors.New("it is no file")}
	}
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is there no more where it was renamed
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := name(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// NoLink refuses a path that is a symbolic link, for files that others write in place:
// a link would have them write what it points to.
func NoLink(path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSymlink {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("it is a symbolic link, which nothing is written through")}
	}
	return nil
}

var windows = regexp.MustCompile(`^([A-Za-z]:|\.{0,2})\\`)

// NotWindows refuses a path of Windows on another system, which would take it for the
// name of one file in the folder that one is in.
func NotWindows(path string) error {
	if runtime.GOOS != "windows" && windows.MatchString(path) {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("it is a path of Windows, and this is another system: write it with slashes, as here, such as /mnt/c/data")}
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
