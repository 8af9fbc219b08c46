package tester

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// lander merges staged segments into the warehouse and writes the state after
// them, in a goroutine of its own. What has queued up while it was at work it
// lands in one transaction: a large merge costs far less a row than small ones.
type lander struct {
	warehouse *warehouse
	schema    string // the destination schema
	statePath string
	targets   map[tableName]*target

	jobs  chan job
	ahead *semaphore.Weighted // rows that may be staged and not landed
	done  chan struct{}
	err   error // why landing ended; read after done

	widenings []Widening       // read after done
	landed    func([]*segment) // told after each transaction
	fail      func(error)      // told when landing ended early
}

// job is what lies between two checkpoints, with the state that ends it.
type job struct {
	segments []*segment
	state    *string // nil at the end of a stream that ended without a checkpoint
}

// The reader may be this many rows and checkpoints ahead of the lander, apart
// from the rows of the checkpoint that it is reading.
const (
	maxAhead  = 500_000
	maxQueued = 1_000
)

func newLander(s *session, w *warehouse, fail func(error), landed func([]*segment)) *lander {
	return &lander{
		warehouse: w, schema: s.Schema, statePath: s.StatePath, targets: map[tableName]*target{},
		jobs: make(chan job, maxQueued), ahead: semaphore.NewWeighted(maxAhead),
		done: make(chan struct{}), fail: fail, landed: landed,
	}
}

// send queues a job, and waits while the reader is too far ahead.
func (l *lander) send(ctx context.Context, j job) error {
	if err := l.ahead.Acquire(ctx, j.weight()); err != nil {
		return err
	}
	l.jobs <- j
	return nil
}

func (j job) weight() int64 {
	var rows int64
	for _, s := range j.segments {
		rows += s.rows
	}
	return min(rows, maxAhead)
}

// queued takes what else is waiting into j. The last state is the one to keep.
func (l *lander) queued(j job) (_ job, weight int64) {
	weight = j.weight()
	for {
		select {
		case next, open := <-l.jobs:
			if !open {
				return j, weight
			}
			weight += next.weight()
			j.segments = append(j.segments, next.segments...)
			if next.state != nil {
				j.state = next.state
			}
		default:
			return j, weight
		}
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

// run lands jobs until their channel is closed or one fails. What was queued
// lands even when ctx has ended: its checkpoints were reached.
func (l *lander) run(ctx context.Context) {
	defer close(l.done)
	for j := range l.jobs {
		if l.err != nil {
			l.ahead.Release(j.weight()) // the reader may be waiting
			continue
		}
		j, weight := l.queued(j)
		if err := l.land(context.WithoutCancel(ctx), j); err != nil {
			l.err = fmt.Errorf("landing rows in the warehouse: %w", err)
			l.fail(l.err)
		}
		l.ahead.Release(weight)
	}
}

func (l *lander) land(ctx context.Context, j job) error {
	for _, s := range j.segments {
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
	for _, s := range j.segments {
		if s.staging == "" {
			continue
		}
		if err := l.exec(ctx, "DROP TABLE "+s.sql()); err != nil {
			return err
		}
	}
	l.landed(j.segments)
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
