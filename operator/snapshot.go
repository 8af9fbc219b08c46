package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
)

// Snapshot says what a day's snapshot holds, and what a run may take for it.
// The zero value is all of today's, in one run.
type Snapshot struct {
	Tables []string       // by name; none means all
	NoPII  bool           // leave out columns about persons: email, name, external_id, custom_attributes
	Zone   *time.Location // the workspace's, in which the day is; nil leaves its bounds unsaid
	// OnRow, when set, hears of every row. It is called by several goroutines.
	OnRow func(table string)
	// Until is when the run stops reading though the snapshot is not whole;
	// zero means never. To end its parts and note its place takes it some
	// seconds more; the context should leave it half a minute.
	Until time.Time
	// Most is how many runs a snapshot may take before it is given up; 0 means
	// any number.
	Most int
	// Day is the snapshot to go on with, 2006-01-02, where that is not the
	// present day's; empty otherwise.
	Day string
	// Again snapshots a day that is published, or given up, once more. Unproven reads
	// again of a day that is published what is not proven, and what is not there. In
	// either case what is published stays where a table that comes anew proves less.
	Again, Unproven bool
}

// Outcome is what a run came to.
type Outcome struct {
	Day          string
	Publications []lake.Publication // of the day; none when it is unfinished
	Runs         int                // that had a share in the snapshot, with this one
	Unfinished   bool               // another run must go on
	Idle         bool               // nothing was left to do: the day was published before
}

// Take snapshots the day that begins with a state, or goes on with the day's
// snapshot where an earlier run has left it, and publishes all its tables or
// none; tables that were not asked for stay as they are. What could not be
// proven complete is published as such: see [lake.Publication].
//
// It may be called twice for the same day, at the same time too: one does the
// work, the others come to nothing or find the lake locked.
func Take(ctx context.Context, l *lake.Lake, cfg membership.Config, begin membership.State, s Snapshot) (Outcome, error) {
	out := Outcome{Day: cmp.Or(s.Day, begin.Date)}
	tables, err := s.tables()
	if err != nil {
		return out, err
	}
	run, err := l.Resume(ctx, lake.Wanted{
		Day: out.Day, Tables: tables, IDs: idsNeeded(tables), NoPII: s.NoPII, Begin: begin, Most: s.Most, Again: s.Again, Unproven: s.Unproven,
	})
	if run == nil {
		out.Idle = err == nil
		return out, err
	}
	u := run.Unfinished()
	out.Runs = u.Runs
	r := newSnapshotRun(l, run, s, tables, out.Day)
	r.goOn(u)
	before := u.Walk
	cfg.Until, cfg.ReadBack = s.Until, readBack(l, u.Half)
	if err = r.spend(ctx); err == nil {
		err = r.rest(ctx, membership.New(cfg, before))
	}
	switch {
	case err == nil:
		out.Publications = r.inOrder()
		return out, run.Commit(ctx, out.Publications)
	case errors.As(err, new(*failedStages)) && len(r.whole) > 0:
		// Today cannot be had tomorrow: what is whole is published.
		out.Publications = r.inOrder()
		return out, errors.Join(err, run.Commit(ctx, out.Publications))
	case errors.Is(err, membership.ErrOver) && !u.Walk.Further(before):
		return out, run.GiveUp(ctx, fmt.Sprintf("a whole run brought nothing new of what is left: %v", left(u.Walk, tables)))
	case errors.Is(err, membership.ErrOver) && s.Most > 0 && u.Runs >= s.Most:
		return out, run.GiveUp(ctx, fmt.Sprintf("%d runs were not enough; left are %v", u.Runs, left(u.Walk, tables)))
	case errors.Is(err, membership.ErrOver):
		out.Unfinished = true
		return out, run.Leave()
	case !u.Begun():
		return out, errors.Join(err, run.Abandon(ctx))
	}
	return out, errors.Join(err, run.Leave())
}

// tables checks the names asked for and sorts them as they are walked.
func (s Snapshot) tables() ([]string, error) {
	var known, chosen []string
	for _, t := range tables.All() {
		known = append(known, t.Name)
		if len(s.Tables) == 0 || slices.Contains(s.Tables, t.Name) {
			chosen = append(chosen, t.Name)
		}
	}
	for _, name := range s.Tables {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no table %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// snapshotRun is a walk on its way into the tables of a run.
type snapshotRun struct {
	lake    *lake.Lake
	run     *lake.Run
	onRow   func(table string)
	zone    *time.Location
	day     string
	tables  []string                     // that are published
	writers map[string]*lake.TableWriter // by the table of the rows

	keeping *semaphore.Weighted // one stage at a time is kept; nobody waits for it longer than the run
	whole   []lake.Publication
}

func newSnapshotRun(l *lake.Lake, run *lake.Run, s Snapshot, published []string, day string) *snapshotRun {
	r := &snapshotRun{lake: l, run: run, onRow: s.OnRow, zone: s.Zone, day: day, tables: published, writers: map[string]*lake.TableWriter{}, keeping: semaphore.NewWeighted(1)}
	ids := idsNeeded(published)
	for _, t := range tables.All() {
		switch {
		case slices.Contains(published, t.Name):
			r.writers[t.Name] = run.Table(t.Name, day, t.Columns, s.NoPII)
		case slices.Contains(ids, lake.IDsOf(t.Name)):
			r.writers[t.Name] = run.Table(lake.IDsOf(t.Name), day, keyColumns(t.Name), s.NoPII)
		}
	}
	return r
}

// rest reads what is left until the run's time is over. What it has not kept or
// left at a place when it ends is read again.
func (r *snapshotRun) rest(ctx context.Context, walk *membership.Walk) error {
	err := r.read(ctx, walk, left(walk.State(), r.tables))
	if errors.Is(err, membership.ErrOver) {
		err = cmp.Or(r.leave(ctx, walk.State()), err)
		for _, w := range r.writers {
			w.Abort(err)
		}
		return err
	}
	if err != nil {
		for _, w := range r.writers {
			w.Discard(ctx, err)
		}
	}
	return err
}

// read reads some stages and keeps the tables of each that comes to its end.
func (r *snapshotRun) read(ctx context.Context, walk *membership.Walk, stages []membership.Stage) error {
	return inStages(ctx, stages, func(within context.Context, stage membership.Stage) error {
		if err := walk.Run(within, stage, r.into(ctx)); err != nil { // a part may outlive its stage
			return err
		}
		if err := r.keeping.Acquire(ctx, 1); err != nil {
			return err
		}
		defer r.keeping.Release(1)
		return r.keep(ctx, walk, stage)
	})
}

// into writes a row to its table.
func (r *snapshotRun) into(ctx context.Context) func(tables.Row) error {
	return func(row tables.Row) error {
		w := r.writers[row.Table]
		if w == nil {
			return nil
		}
		if r.onRow != nil && w.Name() == row.Table {
			r.onRow(row.Table)
		}
		return w.Row(ctx, row.Values)
	}
}

// inOrder is what is whole, as it is published.
func (r *snapshotRun) inOrder() []lake.Publication {
	return slices.SortedFunc(slices.Values(r.whole), func(a, b lake.Publication) int {
		return slices.Index(r.tables, a.Table) - slices.Index(r.tables, b.Table)
	})
}
