package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"intercom-connector/tester"
	html "intercom-connector/tester/report"
)

// syncFile, in the directory, says what the newest sync did, for the report.
const syncFile = "sync.json"

// writeSync keeps what a sync did. The summary's texts are free of secrets.
func writeSync(directory string, summary tester.Summary, failed error) error {
	kept := html.Sync{
		EndedAt: time.Now().UTC().Truncate(time.Second), Duration: summary.Duration,
		Received: summary.Counts.Records(), Dropped: summary.Dropped,
		Warnings: summary.WarningTexts,
	}
	if failed != nil {
		kept.Failed = failed.Error()
	}
	for _, w := range summary.Widenings {
		kept.Widened = append(kept.Widened, html.Widened(w))
	}
	b, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(directory, syncFile), append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("what the sync did cannot be kept: %w", err)
	}
	return nil
}

// readSync is nil when no sync has left anything.
func readSync(directory string) (*html.Sync, error) {
	b, err := os.ReadFile(filepath.Join(directory, syncFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var kept html.Sync
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", syncFile, err)
	}
	return &kept, nil
}
