package tester

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"intercom-connector/tester/warehouse"
)

// readState reads a state file. A missing or empty one, and {}, mean a first
// sync: the answer is "{}".
func readState(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "{}", nil
	}
	if err != nil {
		return "", fmt.Errorf("the state file cannot be read: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return "{}", nil
	}
	if !jsonObject(b) {
		return "", fmt.Errorf("the state file %s is not a JSON object: correct it, or start afresh with --reset", path)
	}
	return string(b), nil
}

// writeState replaces a state file in one step that a crash or a power cut
// cannot split, and returns when it is on the disk.
func writeState(path, state string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".state-*.json")
	if err != nil {
		return fmt.Errorf("the state file: %w", err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	_, err = f.WriteString(state)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("the state file %s could not be written: %w", path, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func jsonObject(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{' && json.Valid(b)
}

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
