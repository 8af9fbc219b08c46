package tester

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"intercom-connector/internal/file"
)

// makeFolder makes the folder of a warehouse, if it is not there, for its owner
// only; it holds customers' rows, so it asks Git to leave it out.
func makeFolder(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // what is wrong with it, opening says
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("the warehouse's folder: %w", err)
	}
	if err := file.Write(filepath.Join(path, ".gitignore"), []byte("*\n")); err != nil {
		return fmt.Errorf("the warehouse's folder: %w", err)
	}
	return nil
}
