package tester

import (
	"errors"
	"io/fs"
	"os"
)

// reset removes a warehouse and its state, unless another program has the
// warehouse open. The state goes first: rows without a state are only sent again.
func reset(warehouse, state string) error {
	if _, err := os.Stat(warehouse); err == nil {
		db, err := openDuckDB(warehouse, false)
		switch {
		case err == nil:
			db.Close()
		case errors.Is(err, errLocked):
			return err // any other error: the file is broken, which is why it must go
		}
	}
	for _, path := range []string{state, warehouse, warehouse + ".wal"} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.RemoveAll(warehouse + ".tmp")
}
