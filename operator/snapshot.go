package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	p := r.pass(s, tables)
	if err := p.read(ctx, walk, membership.StagesFor(tables)); err != nil {
		p.abort(err)
		return nil, errors.Join(err, r.abandon(ctx))
	}
	publications := p.inOrder()
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

// pass is a walk on its way into the tables of a run.
type pass struct {
	*run
	Snapshot
	tables  []string                // that are published
	writers map[string]*tableWriter // by the table of the rows

	mu    sync.Mutex
	whole []Publication
}

func (r *run) pass(s Snapshot, tables []string) *pass {
	p := &pass{run: r, Snapshot: s, tables: tables, writers: map[string]*tableWriter{}}
	for _, t := range membership.Tables() {
		switch {
		case slices.Contains(tables, t.Name):
			p.writers[t.Name] = r.table(t.Name, r.journal.First, t.Columns, s.NoPII)
		case slices.Contains(r.journal.IDs, idsOf(t.Name)):
			p.writers[t.Name] = r.table(idsOf(t.Name), r.journal.First, keyColumns(t.Name), s.NoPII)
		}
	}
	return p
}

// read reads some stages and keeps the tables of each that comes to its end.
func (p *pass) read(ctx context.Context, walk *membership.Walk, stages []membership.Stage) error {
	return inStages(ctx, stages, func(within context.Context, stage membership.Stage) error {
		if err := walk.Run(within, stage, p.into(ctx)); err != nil { // a part may outlive its stage
			return err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.keep(ctx, walk.State(), stage)
	})
}

// abort forgets the parts that are being written.
func (p *pass) abort(err error) {
	for _, w := range p.writers {
		w.abort(err)
	}
}

// into writes a row to its table.
func (p *pass) into(ctx context.Context) func(membership.Row) error {
	return func(row membership.Row) error {
		w := p.writers[row.Table]
		if w == nil {
			return nil
		}
		if p.OnRow != nil && w.to.Table == row.Table {
			p.OnRow(row.Table)
		}
		return w.row(ctx, row.Values)
	}
}

// keep ends a stage's tables. In a turn it notes them at once: whatever ends the
// turn, they need not be read again.
func (p *pass) keep(ctx context.Context, s membership.State, stage membership.Stage) error {
	for _, w := range p.of(stage) {
		whole, err := w.finish()
		if err != nil {
			return err
		}
		whole.Complete = complete(s, whole.Table)
		if slices.Contains(p.tables, whole.Table) {
			p.whole = append(p.whole, whole)
		}
	}
	if p.journal.Unfinished == nil {
		return nil
	}
	return p.noteWhole(ctx, s, stage)
}

// inOrder is what is whole, as it is published.
func (p *pass) inOrder() []Publication {
	return slices.SortedFunc(slices.Values(p.whole), func(a, b Publication) int {
		return slices.Index(p.tables, a.Table) - slices.Index(p.tables, b.Table)
	})
}

// left lists the stages that are still to be read.
func left(s membership.State, tables []string) []membership.Stage {
	return slices.DeleteFunc(membership.StagesFor(tables), func(stage membership.Stage) bool {
		_, done := s.Done[stage]
		return done
	})
}

// inStages runs those stages at the same time that stand alone, and then those
// that build on them. A stage that is over does not cut off the others: each ends
// at its own place.
func inStages(ctx context.Context, stages []membership.Stage, run func(context.Context, membership.Stage) error) error {
	var over atomic.Bool
	middle, within := errgroup.WithContext(ctx)
	for _, stage := range stages {
		if stage != membership.Segments && stage != membership.Snapshot {
			middle.Go(func() error {
				err := run(within, stage)
				if errors.Is(err, membership.ErrOver) {
					over.Store(true)
					return nil
				}
				return err
			})
		}
	}
	if err := middle.Wait(); err != nil {
		return err
	}
	if over.Load() {
		return membership.ErrOver
	}
	for _, stage := range []membership.Stage{membership.Segments, membership.Snapshot} {
		if slices.Contains(stages, stage) {
			if err := run(ctx, stage); err != nil {
				return err
			}
		}
	}
	return nil
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
