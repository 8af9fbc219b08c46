package warehouse

import (
	"errors"
	"io/fs"
	"os"
)

// Free is an error when another program has the warehouse open. One that is
// damaged, or not there, is free.
func Free(path string) error {
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	db, err := openDuckDB(path, false)
	if err == nil {
		return db.Close()
	}
	if errors.Is(err, ErrBusy) {
		return err
	}
	return nil
}

// Remove removes a warehouse, with all that DuckDB keeps beside it.
func Remove(path string) error {
	for _, p := range []string{path, path + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.RemoveAll(path + ".tmp")
}
