// Package snapshot is who is in which segment and carries which tag, as tables of
// a connection (tables.go).
//
// It is read once per day of the workspace, by package membership, and before the
// datasets: a day that is missed cannot be had later. A walk that was cut off on
// the same day goes on at its next stage. Rows leave as they come (sender.go), long
// before the walk is proven complete: the last one, in membership_snapshot, says
// whether it was.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/selection"
	"intercom-connector/connector/sent"
	"intercom-connector/connector/workspace"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
)

// State is how far the day's snapshot has come.
type State struct {
	// Finished is the workspace's day of the last whole snapshot.
	Finished string `json:"finished,omitempty"`
	// As is how memberships was set when rows were last sent, which decides their
	// tables' keys; empty in states of earlier versions.
	As configuration.Memberships `json:"as,omitempty"`
	// Walk is the snapshot under way, of which some stages are done.
	Walk *membership.State `json:"walk,omitempty"`
	// Held are the rows that the destination may hold, by table, where those that are
	// gone are deleted: see changes.
	Held map[string]sent.Keys `json:"held,omitempty"`
}

// Reader is what a snapshot is read with. All of it is needed.
type Reader struct {
	Workspace *workspace.Workspace
	Selected  selection.Selection
	Out       *outbox.Outbox
	// State is that of the last sync, changed as it goes on.
	State *State
	// Room is how many bytes of the state keys may take.
	Room int
	// Keep makes the state last; Warn tells the person something.
	Keep func(context.Context) error
	Warn func(ctx context.Context, message string) error
	Log  *slog.Logger
	// Now is our clock.
	Now func() time.Time
}

// Read reads the day's snapshot, if it is due. A list that is forbidden or held by
// another integration does not stop the others: Do's error names it when they have
// finished.
func (r Reader) Read(ctx context.Context) error {
	mode := r.Workspace.Settings.Memberships
	if mode != configuration.MembershipsChanged {
		r.State.Held = nil
	}
	if mode == configuration.MembershipsNone {
		return nil
	}
	r.State.As = mode
	var odd warnings
	walk := r.walk(odd.add)
	if walk == nil {
		return nil
	}
	if err := r.pin(ctx, walk); err != nil {
		return err
	}
	began, rows := time.Now(), r.Out.Rows()
	send := newSender(rows, mode, walk.State().Date, r.Selected)
	changed, take := newChanges(r, send, rows), send.row
	if changed != nil {
		take = changed.row
	}
	var failed []error
	for _, stage := range membership.StagesFor(send.tables()) {
		_, done := walk.State().Done[stage]
		if builds := stage == membership.Segments || stage == membership.Snapshot; done || builds && len(failed) > 0 {
			continue // it builds on stages that have failed
		}
		err := walk.Run(ctx, stage, func(row tables.Row) error { return take(ctx, row) })
		if alone, ok := errors.AsType[*membership.StageError](err); ok && alone.Alone() {
			failed = append(failed, err) // the other stages have lists of their own
		} else if err != nil {
			return err
		}
		if err := errors.Join(rows.Flush(ctx), r.warnAll(ctx, odd.take())); err != nil {
			return err
		}
		if err != nil {
			continue
		}
		if changed != nil {
			if err := changed.end(ctx, stage, proven(walk.State(), stage)); err != nil {
				return err
			}
		}
		r.Log.Info("segments and tags", "stage", string(stage), "rows", walk.State().Done[stage].Rows)
		if err := r.pin(ctx, walk); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	return r.finish(ctx, walk.State(), time.Since(began))
}

// finish makes the snapshot the last one, and says if it is not proven complete.
func (r Reader) finish(ctx context.Context, walked membership.State, took time.Duration) error {
	*r.State = State{Finished: walked.Date, As: r.State.As, Held: r.State.Held}
	r.Log.Info("segments and tags are read", "date", walked.Date, "complete", walked.Complete(), "seconds", took.Round(100*time.Millisecond).Seconds())
	if !walked.Complete() {
		warning := fmt.Sprintf("the snapshot of segments and tags of %s could not be proven complete: membership_snapshot says which lists", walked.Date)
		if err := r.Warn(ctx, warning); err != nil {
			return err
		}
	}
	return r.Keep(ctx)
}

// proven says whether a stage's lists are proven complete. Companies name segments
// that no list has.
func proven(walked membership.State, stage membership.Stage) bool {
	if stage == membership.Segments {
		return walked.Complete()
	}
	return len(walked.Done[stage].Unproven) == 0
}

// pin makes the walk's place last: its date and time are those of its start,
// however often it is cut off.
func (r Reader) pin(ctx context.Context, walk *membership.Walk) error {
	state := walk.State()
	r.State.Walk = &state
	return r.Keep(ctx)
}

// walk is the day's snapshot, begun or taken up; nil when it is there already.
func (r Reader) walk(warn func(string)) *membership.Walk {
	begin := membership.Begin(r.Workspace.Now, r.Workspace.Zone)
	if r.State.Finished >= begin.Date {
		return nil
	}
	if r.State.Walk != nil && r.State.Walk.Date == begin.Date {
		begin = *r.State.Walk
	}
	return membership.New(membership.Config{Client: r.Workspace.Client, Log: r.Log, Now: r.Now, Warn: warn}, begin)
}

func (r Reader) warnAll(ctx context.Context, all []string) error {
	for _, warning := range all {
		if err := r.Warn(ctx, warning); err != nil {
			return err
		}
	}
	return nil
}

// warnings are those of a walk, which hears of them on goroutines of its own.
type warnings struct {
	mu  sync.Mutex
	all []string
}

func (w *warnings) add(warning string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, warning)
}

// take gives the warnings that have come since it was last called.
func (w *warnings) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.all
	w.all = nil
	return all
}
