package reporting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"intercom-connector/connector/export"
)

// progressKey is where a lake keeps how far its exports are read.
const progressKey = "_reporting.json"

// progressVersion is that of the file's form.
const progressVersion = 1

// progress is all of the exports of a lake that lasts from one run to the next. It
// holds no row.
type progress struct {
	Version   int                         `json:"version"`
	Workspace string                      `json:"workspace_id"`
	State     export.State                `json:"state"`
	Calendars map[string][]era            `json:"calendars,omitempty"` // by table
	Doubts    map[string]map[string]doubt `json:"doubts,omitempty"`    // by table and day
	Deletions *deletionsProgress          `json:"deletions,omitempty"`
}

// readProgress reads the lake's progress; a new one where it has none.
func (s *Sink) readProgress(ctx context.Context) error {
	err := s.lake.Read(ctx, progressKey, &s.progress)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.progress = progress{Version: progressVersion, Workspace: s.options.Workspace}
	case err != nil:
		return err
	case s.progress.Version != progressVersion:
		return fmt.Errorf("%s is of version %d, and this program knows version %d: use the newer program", progressKey, s.progress.Version, progressVersion)
	case s.progress.Workspace != s.options.Workspace:
		return fmt.Errorf("the exports in this lake are those of workspace %s, and the token opens %s: name another place by --output", s.progress.Workspace, s.options.Workspace)
	}
	if s.progress.Calendars == nil {
		s.progress.Calendars = map[string][]era{}
	}
	if s.progress.Doubts == nil {
		s.progress.Doubts = map[string]map[string]doubt{}
	}
	return nil
}

// keep writes the progress where it has changed.
func (s *Sink) keep(ctx context.Context) error {
	for _, t := range s.tables {
		s.progress.Calendars[t.name] = t.calendar.eras
	}
	text, err := json.Marshal(s.progress)
	if err != nil || bytes.Equal(text, s.kept) {
		return err
	}
	if err := s.run.Write(ctx, progressKey, json.RawMessage(text)); err != nil {
		return err
	}
	s.kept = text
	return nil
}
