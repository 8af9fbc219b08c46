package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"intercom-connector/internal/file"
)

// Sync is what the newest sync did, as sync.json keeps it.
type Sync struct {
	Succeeded bool      `json:"succeeded"`
	Failed    string    `json:"failed,omitempty"` // why; "" when it succeeded
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Seconds   float64   `json:"seconds"` // from the first call of Update to the last landing

	Schema    string `json:"schema"`
	Workspace string `json:"workspace,omitempty"` // its id
	Sandbox   bool   `json:"sandbox"`             // the rows are made up
	// WorkspaceName and Timezone, such as "Europe/Dublin", are as Intercom tells them;
	// "" where it was not asked.
	WorkspaceName string `json:"workspace_name,omitempty"`
	Timezone      string `json:"timezone,omitempty"`

	Received       int64 `json:"received"` // records
	RowsPerSecond  int64 `json:"rows_per_second"`
	Checkpoints    int64 `json:"checkpoints"`
	Jobs           int64 `json:"jobs,omitempty"` // export jobs that delivered; 0 where the connector does not tell
	Dropped        int64 `json:"dropped"`        // records after the last checkpoint
	WarehouseBytes int64 `json:"warehouse_bytes"`

	Tables   []SyncedTable `json:"tables,omitempty"`
	Warnings []string      `json:"warnings,omitempty"`
	Widened  []Widened     `json:"widened,omitempty"`

	Earlier []Run `json:"earlier,omitempty"` // the syncs before it, the newest first
}

// Run is what is remembered of an earlier sync.
type Run struct {
	EndedAt   time.Time `json:"ended_at"`
	Succeeded bool      `json:"succeeded"`
	Seconds   float64   `json:"seconds"`
	Received  int64     `json:"received"`
}

// Zone is the workspace's, in which a report tells days and times; UTC when it is not
// known.
func (s *Sync) Zone() *time.Location {
	if s == nil {
		return time.UTC
	}
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// SyncedTable is a table after the sync.
type SyncedTable struct {
	Schema   string `json:"schema"`
	Name     string `json:"name"`
	Received int64  `json:"received"`
	Rows     int64  `json:"rows"`
	Deleted  int64  `json:"deleted"`
}

// Widened is a column that got a wider type.
type Widened struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// maxEarlier bounds how many earlier syncs are remembered.
const maxEarlier = 30

// Runs are this sync and the ones before it.
func (s Sync) Runs() []Run {
	return append([]Run{{EndedAt: s.EndedAt, Succeeded: s.Failed == "", Seconds: s.Seconds, Received: s.Received}}, s.Earlier...)
}

// WriteSync keeps what a sync did in a file, and what the file says of the syncs
// before it. What cannot be read of those is lost: the newest counts.
func WriteSync(path string, s Sync) (Sync, error) {
	if before, err := ReadSync(path); err == nil && before != nil {
		s.Earlier = before.Runs()
		s.Earlier = s.Earlier[:min(len(s.Earlier), maxEarlier)]
		if s.WorkspaceName == "" && s.Workspace == before.Workspace {
			s.WorkspaceName, s.Timezone = before.WorkspaceName, before.Timezone
		}
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = file.Write(path, append(b, '\n'))
	}
	if err != nil {
		return s, fmt.Errorf("what the sync did cannot be kept: %w", err)
	}
	return s, nil
}

// ReadSync is nil when no sync has left the file.
func ReadSync(path string) (*Sync, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var s Sync
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w; the next sync writes it anew, or remove it", path, err)
	}
	return &s, nil
}
