package tester

import (
	"context"
	"errors"
	"fmt"
)

// lander merges staged segments into the warehouse and writes the state after
// them, one job at a time, in a goroutine of its own.
type lander struct {
	warehouse *warehouse
	schema    string // the destination schema
	statePath string
	targets   map[tableName]*target

	jobs chan job
	free chan struct{} // holds a token while the lander waits for a job
	done chan struct{}
	err  error // why landing ended; read after done

	widenings []Widening  // read after done
	landed    func(int64) // told how many rows each job kept
	fail      func(error) // told when landing ended early
}

// job is what the reader hands over: everything since the last job.
type job struct {
	segments []*segment
	state    *string // the last checkpoint's; nil when none came
}

func newLander(s *session, w *warehouse, fail func(error), landed func(int64)) *lander {
	return &lander{
		warehouse: w, schema: s.Schema, statePath: s.StatePath, targets: map[tableName]*target{},
		jobs: make(chan job), free: make(chan struct{}, 1), done: make(chan struct{}),
		fail: fail, landed: landed,
	}
}

// prepare makes the tables that the connector announced, so that an empty one is
// there to be queried too.
func (l *lander) prepare(ctx context.Context, tables *catalog) error {
	for _, t := range tables.order {
		if !t.selected {
			continue
		}
		if _, err := l.ensure(ctx, t.name, t.columns); err != nil {
			return err
		}
	}
	return nil
}

// run lands jobs until their channel is closed or one fails. A job lands even
// when ctx has ended: its checkpoint was reached.
func (l *lander) run(ctx context.Context) {
	defer close(l.done)
	for {
		l.free <- struct{}{}
		j, open := <-l.jobs
		if !open {
			return
		}
		if l.err == nil { // else the reader ends soon
			if err := l.land(context.WithoutCancel(ctx), j); err != nil {
				l.err = fmt.Errorf("landing rows in the warehouse: %w", err)
				l.fail(l.err)
			}
		}
		for _, s := range j.segments {
			s.drop()
		}
	}
}

func (l *lander) land(ctx context.Context, j job) error {
	var kept int64
	for _, s := range j.segments {
		kept += s.kept
		if _, err := l.ensure(ctx, s.table, s.definition); err != nil {
			return err
		}
	}
	if len(j.segments) > 0 {
		err := l.transaction(ctx, func() error {
			for _, s := range j.segments {
				if err := l.merge(ctx, s); err != nil {
					return fmt.Errorf("table %s: %w", s.table, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	// DuckDB's commit is on the disk when it returns, so the state may follow.
	if j.state != nil {
		if err := writeState(l.statePath, *j.state); err != nil {
			return err
		}
	}
	l.landed(kept)
	return l.drop(ctx, j.segments)
}

// drop removes the tables of rows that have landed.
func (l *lander) drop(ctx context.Context, segments []*segment) error {
	for _, s := range segments {
		if s.spilled == "" {
			continue
		}
		if err := l.exec(ctx, "DROP TABLE "+s.spilled); err != nil {
			return err
		}
	}
	return nil
}

func (l *lander) transaction(ctx context.Context, f func() error) error {
	if err := l.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(err, l.exec(ctx, "ROLLBACK"))
	}
	return l.exec(ctx, "COMMIT")
}

func (l *lander) exec(ctx context.Context, query string) error {
	_, err := l.warehouse.lander.ExecContext(ctx, query)
	return err
}

func (l *lander) widened(w Widening) { l.widenings = append(l.widenings, w) }

// schemaOf is the warehouse's schema for a table: the destination schema, with
// the source's schema behind it where there is one.
func (l *lander) schemaOf(name tableName) string {
	if name.schema == "" {
		return l.schema
	}
	return l.schema + "_" + name.schema
}
