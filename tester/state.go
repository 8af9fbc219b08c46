package tester

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"intercom-connector/internal/file"
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

// writeState replaces a state file, whole or not at all.
func writeState(path, state string) error {
	if err := file.Write(path, []byte(state)); err != nil {
		return fmt.Errorf("the state file %s could not be written: %w", path, err)
	}
	return nil
}

func jsonObject(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{' && json.Valid(b)
}
