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

// placeKey is where a lake keeps how far its exports are read.
const placeKey = "_reporting.json"

// placeVersion is that of the file's form.
const placeVersion = 1

// place is all of the exports of a lake that lasts from one run to the next. It
// holds no row.
type place struct {
	Version   int                         `json:"version"`
	Workspace string                      `json:"workspace_id"`
	State     export.State                `json:"state"`
	Calendars map[string][]era            `json:"calendars,omitempty"` // by table
	Doubts    map[string]map[string]doubt `json:"doubts,omitempty"`    // by table and day
}

// readPlace reads the lake's place; a new one where it has none.
func (s *Sink) readPlace(ctx context.Context) error {
	err := s.lake.Read(ctx, placeKey, &s.place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.place = place{Version: placeVersion, Workspace: s.Workspace}
	case err != nil:
		return err
	case s.place.Version != placeVersion:
		return fmt.Errorf("%s is of version %d, and this program knows version %d: use the newer program", placeKey, s.place.Version, placeVersion)
	case s.place.Workspace != s.Workspace:
		return fmt.Errorf("the exports in this lake are those of workspace %s, and the token opens %s: name another place by --output", s.place.Workspace, s.Workspace)
	}
	if s.place.Calendars == nil {
		s.place.Calendars = map[string][]era{}
	}
	if s.place.Doubts == nil {
		s.place.Doubts = map[string]map[string]doubt{}
	}
	return nil
}

// keep writes the place where it has changed.
func (s *Sink) keep(ctx context.Context) error {
	for _, t := range s.tables {
		s.place.Calendars[t.name] = t.calendar.eras
	}
	text, err := json.Marshal(s.place)
	if err != nil || bytes.Equal(text, s.kept) {
		return err
	}
	if err := s.run.Write(ctx, placeKey, json.RawMessage(text)); err != nil {
		return err
	}
	s.kept = text
	return nil
}
