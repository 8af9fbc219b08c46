package reporting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
	"intercom-connector/operator/reporting/calendar"
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
	Calendars map[string][]calendar.Era   `json:"calendars,omitempty"` // by table
	Doubts    map[string]map[string]doubt `json:"doubts,omitempty"`    // by table and day
	Deletions *deletionsProgress          `json:"deletions,omitempty"`
	Confirmed Confirmations               `json:"confirmed,omitempty"`
	// Engagement is how far message engagement is read.
	Engagement *engagement.State `json:"engagement,omitempty"`
}

// Confirmations say, by table and day, as of when a day was last read again that was
// as it is published. One that was published since has none: its publication tells.
type Confirmations map[string]map[string]time.Time

// confirmedDays are how many days of a table are remembered, more than any look-back
// reads again.
const confirmedDays = 400

// Confirmed reads the confirmations of a lake; none where it has no exports.
func Confirmed(ctx context.Context, l *lake.Lake) (Confirmations, error) {
	var p progress
	if err := l.Read(ctx, progressKey, &p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return p.Confirmed, nil
}

// confirm notes that a day is as it is published; with a zero time that it was
// published anew.
func (c Confirmations) confirm(table, dt string, asOf time.Time) {
	days := c[table]
	if asOf.IsZero() {
		delete(days, dt)
		return
	}
	if days == nil {
		days = map[string]time.Time{}
		c[table] = days
	}
	days[dt] = asOf.UTC().Truncate(time.Second)
	for len(days) > confirmedDays {
		delete(days, slices.Min(slices.Collect(maps.Keys(days))))
	}
}

// readProgress reads the lake's progress; a new one where it has none.
func (s *Sink) readProgress(ctx context.Context) error {
	err := s.lake.Read(ctx, progressKey, &s.progress)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.progress = progress{Version: progressVersion, Workspace: s.options.Workspace}
	case errors.As(err, new(*part.Damage)), err == nil && s.progress.Version < 1:
		return fmt.Errorf("%s is damaged: remove it, and what is published counts as read; by that nothing is lost", progressKey)
	case err != nil:
		return err
	case s.progress.Version != progressVersion:
		return fmt.Errorf("%s is of version %d, and this program knows version %d: use the newer program", progressKey, s.progress.Version, progressVersion)
	case s.progress.Workspace != s.options.Workspace:
		return fmt.Errorf("the exports in this lake are those of workspace %s, and the token opens %s: name another place by --output", s.progress.Workspace, s.options.Workspace)
	}
	if of := s.progress.Engagement; of != nil && !of.Sound() {
		return fmt.Errorf("%s holds impossible times for message engagement: without its part \"engagement\" it is read anew, and nothing is lost by that", progressKey)
	}
	if s.progress.Calendars == nil {
		s.progress.Calendars = map[string][]calendar.Era{}
	}
	if s.progress.Confirmed == nil {
		s.progress.Confirmed = Confirmations{}
	}
	if s.progress.Doubts == nil {
		s.progress.Doubts = map[string]map[string]doubt{}
	}
	return nil
}

// keep writes the progress where it has changed.
func (s *Sink) keep(ctx context.Context) error {
	for _, t := range s.tables {
		s.progress.Calendars[t.name] = t.calendar.Eras()
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
