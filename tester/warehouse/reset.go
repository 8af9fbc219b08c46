package warehouse

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"intercom-connector/internal/quote"
)

// ResetTables drops tables of the landed state's schema, after a state has been kept that no
// longer speaks of their rows. A kill in between leaves a pair that goes on: first
// with the old state and all rows, then with the new one and rows to replace.
func (w *Warehouse) ResetTables(ctx context.Context, m *LandedState, tables []string, state string, keep func(state string) error) error {
	if err := w.write(ctx, m, fingerprint(state)); err != nil {
		return err
	}
	if err := keep(state); err != nil {
		return err
	}
	return w.transaction(ctx, func() error {
		for _, name := range tables {
			table := quote.Name(m.schema) + "." + quote.Name(name)
			delete(m.tables, strings.ToLower(table))
			if err := w.exec(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
				return err
			}
		}
		return w.write(ctx, m, m.state)
	})
}

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
