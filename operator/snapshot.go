package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"intercom-connector/membership"
)

// Snapshot says what a day's snapshot holds.
type Snapshot struct {
	Tables []string // by name; none means all
	NoPII  bool     // leave out columns about persons: email, name, external_id, custom_attributes
	// OnRow, when set, hears of every row. It is called by several goroutines.
	OnRow func(table string)
}

// Snapshot walks the memberships and publishes them as their day, all tables
// or none; tables that were not asked for stay as they are. What could not be
// proven complete is published as such: see Publication.Complete.
func (l *Lake) Snapshot(ctx context.Context, walk *membership.Walk, s Snapshot) ([]Publication, error) {
	tables, err := s.tables()
	if err != nil {
		return nil, err
	}
	dt := walk.State().Date
	r, err := l.begin(ctx, tables, dt, dt)
	if err != nil {
		return nil, err
	}
	publications, err := r.snapshot(ctx, walk, s, tables)
	if err != nil {
		return nil, errors.Join(err, r.abandon(ctx))
	}
	return publications, r.commit(ctx, publications)
}

// tables checks the names asked for and sorts them as they are walked.
func (s Snapshot) tables() ([]string, error) {
	var known, chosen []string
	for _, t := range membership.Tables() {
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

func (r *run) snapshot(ctx context.Context, walk *membership.Walk, s Snapshot, tables []string) (_ []Publication, err error) {
	writers := map[string]*tableWriter{}
	for _, t := range membership.Tables() {
		if slices.Contains(tables, t.Name) {
			writers[t.Name] = r.table(t.Name, walk.State().Date, t.Columns, s.NoPII)
		}
	}
	defer func() {
		for _, w := range writers {
			w.abort(err)
		}
	}()
	if err := r.walk(ctx, walk, s, tables, writers); err != nil {
		return nil, err
	}
	var publications []Publication
	for _, table := range tables {
		p, err := writers[table].finish()
		if err != nil {
			return nil, err
		}
		p.Complete = complete(walk.State(), table)
		publications = append(publications, p)
	}
	return publications, nil
}

// walk runs the stages and hands their rows to the tables that were asked for.
func (r *run) walk(ctx context.Context, walk *membership.Walk, s Snapshot, tables []string, writers map[string]*tableWriter) error {
	return inStages(ctx, membership.StagesFor(tables), func(within context.Context, stage membership.Stage) error {
		return walk.Run(within, stage, s.into(ctx, writers)) // a part may outlive its stage
	})
}

// into writes a row to its table.
func (s Snapshot) into(ctx context.Context, writers map[string]*tableWriter) func(membership.Row) error {
	return func(row membership.Row) error {
		w := writers[row.Table]
		if w == nil {
			return nil
		}
		if s.OnRow != nil {
			s.OnRow(row.Table)
		}
		return w.row(ctx, row.Values)
	}
}

// inStages runs those stages at the same time that wait for answers of their
// own, and first and last those that others build on.
func inStages(ctx context.Context, stages []membership.Stage, run func(context.Context, membership.Stage) error) error {
	if slices.Contains(stages, membership.Segments) {
		if err := run(ctx, membership.Segments); err != nil {
			return err
		}
	}
	middle, within := errgroup.WithContext(ctx)
	for _, stage := range stages {
		if stage != membership.Segments && stage != membership.Snapshot {
			middle.Go(func() error { return run(within, stage) })
		}
	}
	if err := middle.Wait(); err != nil || !slices.Contains(stages, membership.Snapshot) {
		return err
	}
	return run(ctx, membership.Snapshot)
}

// complete reports whether the stage that filled a table was proven complete.
func complete(s membership.State, table string) bool {
	for _, stage := range membership.Stages() {
		if slices.Contains(stage.Tables(), table) {
			return stage == membership.Snapshot && s.Complete() || stage != membership.Snapshot && len(s.Done[stage].Unproven) == 0
		}
	}
	return false
}
