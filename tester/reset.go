package tester

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"intercom-connector/tester/warehouse"
)

// Reset removes a warehouse and its state, unless another program has the
// warehouse open. The state goes first: rows without a state are only sent again.
func Reset(warehousePath, statePath string) error {
	if err := warehouse.Free(warehousePath); err != nil {
		return err
	}
	if err := os.Remove(statePath); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return warehouse.Remove(warehousePath)
}

// ResetTables forgets tables of a destination schema. forget turns the state into
// one that no longer speaks of them; the next sync brings their rows again.
func ResetTables(ctx context.Context, warehousePath, statePath, schema string, tables []string, forget func(state string) (string, error)) error {
	state, err := readState(statePath)
	if err != nil {
		return err
	}
	left, err := forget(state)
	if err != nil {
		return err
	}
	w, err := warehouse.Open(ctx, warehousePath, "1GB")
	if err != nil {
		return err
	}
	landed, err := w.CheckState(ctx, schema, state)
	// A table whose rows are gone is one to reset: what else is wrong stays so.
	if errors.Is(err, warehouse.ErrApart) && landed != nil {
		err = nil
	}
	if errors.Is(err, warehouse.ErrApart) {
		err = fmt.Errorf("%w. Nothing was reset: put back the pair %s and %s, or reset everything, without the name of a table", err, statePath, warehousePath)
	}
	if err == nil {
		err = w.ResetTables(ctx, landed, tables, left, func(state string) error { return writeState(statePath, state) })
	}
	return errors.Join(err, w.Close())
}
