// Package reporting lands the reporting export in a lake: it is the export
// engine's sink that is a lake, as Fivetran's stream is the other.
//
// A dataset is a table, and a row's day is that of its time in the workspace's
// calendar (package calendar). The engine reads windows of whole days where Intercom
// bears them and of parts of days where it does not; rows go to their days as
// they come (window.go), and a day that is whole is published at once (day.go),
// unless it has lost so much since it was published that it must be seen twice
// (lost_rows.go).
//
// Of some tables a reading tells some rows of any days: deleted conversations
// (deletions.go) and message engagement (engagement.go). What comes is merged into
// what is published (merged.go, change.go).
//
// How far the engine has come, and all else that lasts, is in one file of the
// lake (progress.go). What an earlier version published, which kept no such file,
// counts as read (adopt.go).
package reporting

import (
	"context"
	"fmt"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/operator/lake"
)

// Options say for whom a lake takes exports.
type Options struct {
	Workspace string         // its id
	Zone      *time.Location // the workspace's
	// Believe publishes days though they have lost most of their rows.
	Believe bool
	// Due, when set, says that something else is to be done first: the run ends in
	// good order, and the next goes on.
	Due func() bool
	// OnRow, when set, hears of every row, and OnPublish of every day.
	OnRow     func(table string)
	OnPublish func(lake.Publication)
	// OnWarning, when set, hears what a person should know.
	OnWarning func(message string)
}

// Sink is the export engine's sink that is a lake. It holds the lake's lock from
// Open to Close.
type Sink struct {
	options  Options
	lake     *lake.Lake
	run      *lake.Run
	progress progress
	kept     []byte // of progress, as it was last written
	tables   map[string]*table

	first, last string // the days in which the run may have parts that are not published
}

// Open takes the lake's lock and reads how far its exports are. The sink must be
// closed.
func Open(ctx context.Context, l *lake.Lake, o Options) (*Sink, error) {
	run, err := l.Begin(ctx, nil, "", "")
	if err != nil {
		return nil, err
	}
	s := &Sink{options: o, lake: l, run: run, tables: map[string]*table{}}
	if err := s.readProgress(ctx); err != nil {
		return nil, fmt.Errorf("%w%s", err, alsoFailed(s.Close(ctx)))
	}
	return s, nil
}

func alsoFailed(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(" (and the lake's lock could not be given back: %v)", err)
}

// Close gives the lake's lock back.
func (s *Sink) Close(ctx context.Context) error { return s.run.Close(ctx) }

// State is how far the engine has come: the engine changes it, and Keep makes it
// last.
func (s *Sink) State() *export.State { return &s.progress.State }

// Open begins a table, which must have been prepared. It is part of
// [export.Sink].
func (s *Sink) Open(t export.Table) (export.Rows, error) {
	known := s.tables[t.Dataset]
	if known == nil {
		return nil, fmt.Errorf("the dataset %s was not prepared for the lake", t.Dataset)
	}
	return known, known.begin(t.CSV)
}

// Keep makes the state last. It is part of [export.Sink].
func (s *Sink) Keep(ctx context.Context, state export.State) error {
	s.progress.State = state
	if err := s.keep(ctx); err != nil {
		return err
	}
	if s.options.Due != nil && s.options.Due() {
		return export.ErrStop
	}
	return nil
}

// Warn tells a person something. It is part of [export.Sink].
func (s *Sink) Warn(_ context.Context, message string) error {
	if s.options.OnWarning != nil {
		s.options.OnWarning(message)
	}
	return nil
}
