package warehouse

import (
	"context"
	"fmt"
	"strings"

	sdk "intercom-connector/proto"
)

// Lander merges groups into the warehouse, and has the state kept after them,
// one landing at a time, in a goroutine of its own.
type Lander struct {
	warehouse *Warehouse
	landed    *LandedState
	keep      func(state string) error
	tables    map[TableName]*table

	landings chan Landing
	free     chan struct{} // holds a token while the lander waits for a landing
	done     chan struct{}
	err      error // why landing ended; read after done

	widenings []Widening  // read after done
	kept      int64       // rows that have landed; read after done
	fail      func(error) // told when landing ended early
}

// Landing is all that came since the last one.
type Landing struct {
	Staged []*StagedRows // sealed
	State  *string       // the last checkpoint's; nil when none came
}

// NewLander lands in the destination schema of a landed state. keep writes a state to where it
// lasts; fail is told when landing ends early.
func NewLander(w *Warehouse, landed *LandedState, keep func(state string) error, fail func(error)) *Lander {
	return &Lander{
		warehouse: w, landed: landed, keep: keep, tables: map[TableName]*table{},
		landings: make(chan Landing), free: make(chan struct{}, 1), done: make(chan struct{}), fail: fail,
	}
}

// Prepare makes a table that the connector announced, so that an empty one is
// there to be queried too. Call it before Run.
func (l *Lander) Prepare(ctx context.Context, name TableName, definition []Column) error {
	_, err := l.ensure(ctx, name, definition)
	return err
}

// Run lands what it gets until Finish, or until a landing fails. A landing is
// finished even when ctx has ended: its checkpoint was reached.
func (l *Lander) Run(ctx context.Context) {
	defer close(l.done)
	for {
		l.free <- struct{}{}
		landing, open := <-l.landings
		if !open {
			return
		}
		if l.err == nil { // else the reader ends soon
			if err := l.land(context.WithoutCancel(ctx), landing); err != nil {
				l.err = fmt.Errorf("landing rows in the warehouse: %w", err)
				l.fail(l.err)
			}
		}
		for _, s := range landing.Staged {
			s.Drop()
		}
	}
}

// Free gives a token when the lander waits: Land what you have, then.
func (l *Lander) Free() <-chan struct{} { return l.free }

// Land gives the lander, which is free, a landing and all that belongs to it.
func (l *Lander) Land(landing Landing) { l.landings <- landing }

// Finish waits until everything has landed, and says why landing ended early.
func (l *Lander) Finish() error {
	close(l.landings)
	<-l.done
	return l.err
}

// Kept is how many rows have landed. Call it after Finish.
func (l *Lander) Kept() int64 { return l.kept }

// Widenings are the columns that got a wider type. Call it after Finish.
func (l *Lander) Widenings() []Widening { return l.widenings }

func (l *Lander) land(ctx context.Context, landing Landing) error {
	var kept int64
	for _, s := range landing.Staged {
		kept += s.Kept
		if _, err := l.ensure(ctx, s.Table, s.Definition); err != nil {
			return err
		}
	}
	if len(landing.Staged) > 0 || landing.State != nil {
		err := l.warehouse.transaction(ctx, func() error {
			for _, s := range landing.Staged {
				if err := l.merge(ctx, s); err != nil {
					return fmt.Errorf("table %s: %w", s.Table, err)
				}
			}
			return l.writeLanded(ctx, landing)
		})
		if err != nil {
			return err
		}
	}
	// DuckDB's commit is on the disk when it returns, so the state may follow.
	if landing.State != nil {
		if err := l.keep(*landing.State); err != nil {
			return err
		}
	}
	l.kept += kept
	return l.drop(ctx, landing.Staged)
}

// writeLanded writes the landing's state as the landed one, unless it is the newest already.
func (l *Lander) writeLanded(ctx context.Context, landing Landing) error {
	before := len(l.landed.tables)
	for _, s := range landing.Staged {
		if s.Op == sdk.RecordType_UPSERT && s.Kept > 0 {
			l.landed.tables[strings.ToLower(l.tables[s.Table].sql())] = true
		}
	}
	if landing.State == nil {
		return nil
	}
	state := fingerprint(*landing.State)
	if state == l.landed.state && len(l.landed.tables) == before {
		return nil
	}
	return l.warehouse.write(ctx, l.landed, state)
}

// drop removes the tables of rows that have landed.
func (l *Lander) drop(ctx context.Context, staged []*StagedRows) error {
	for _, s := range staged {
		if s.spilled == "" {
			continue
		}
		if err := l.warehouse.exec(ctx, "DROP TABLE "+s.spilled); err != nil {
			return err
		}
	}
	return nil
}

// Count is how many rows a table has, and how many of them are soft-deleted.
// There is none that was not prepared. Call it after Finish.
func (l *Lander) Count(ctx context.Context, name TableName) (c TableCount, err error) {
	t := l.tables[name]
	if t == nil || t.keys == nil {
		return c, nil
	}
	c.Schema, c.Name = t.schema, t.name
	err = l.warehouse.conn.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER ("+DeletedColumn+") FROM "+t.sql()).Scan(&c.Rows, &c.Deleted)
	if err != nil {
		err = fmt.Errorf("counting the rows of %s: %w", name, err)
	}
	return c, err
}

// TableCount is a table and its rows.
type TableCount struct {
	Schema, Name  string // as in the warehouse; "" when there is none
	Rows, Deleted int64
}

// schemaOf is the warehouse's schema for a table: the destination schema, with
// the source's schema behind it where there is one.
func (l *Lander) schemaOf(name TableName) string {
	if name.Schema == "" {
		return l.landed.schema
	}
	return l.landed.schema + "_" + name.Schema
}
