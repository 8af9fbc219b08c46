package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"intercom-connector/internal/file"
	"intercom-connector/tester"
	html "intercom-connector/tester/report"
)

// syncFile, in the directory, says what the newest sync did: for the report, and
// for programs.
const syncFile = "sync.json"

// lastSync is what a sync did. The summary's texts are free of secrets.
func lastSync(summary tester.Summary, failed error, began time.Time, c configured, directory, schema string) html.Sync {
	kept := html.Sync{
		Succeeded: failed == nil,
		StartedAt: began.UTC().Truncate(time.Second), EndedAt: time.Now().UTC().Truncate(time.Second),
		Seconds: summary.Duration.Round(time.Millisecond).Seconds(), Schema: schema, Sandbox: c.sandbox, Workspace: workspaceOf(directory),
		Received: summary.Counts.Records(), Dropped: summary.Dropped, Checkpoints: summary.Counts.Checkpoints,
		Warnings: summary.WarningTexts,
	}
	if seconds := summary.Duration.Seconds(); seconds > 0 {
		kept.RowsPerSecond = int64(float64(kept.Received) / seconds)
	}
	if info, err := os.Stat(filepath.Join(directory, "warehouse.db")); err == nil {
		kept.WarehouseBytes = info.Size()
	}
	if failed != nil {
		kept.Failed = failed.Error()
	}
	for _, t := range summary.Tables {
		kept.Tables = append(kept.Tables, html.SyncedTable(t))
	}
	for _, w := range summary.Widenings {
		kept.Widened = append(kept.Widened, html.Widened(w))
	}
	return kept
}

// writeSync keeps it.
func writeSync(directory string, kept html.Sync) error {
	b, err := json.MarshalIndent(kept, "", "  ")
	if err == nil {
		err = file.Write(filepath.Join(directory, syncFile), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("what the sync did cannot be kept: %w", err)
	}
	return nil
}

// readSync is nil when no sync has left anything.
func readSync(directory string) (*html.Sync, error) {
	path := filepath.Join(directory, syncFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var kept html.Sync
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w; the next sync writes it anew, or remove it", path, err)
	}
	return &kept, nil
}
