package lake

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Run is one change of the lake: all of it or nothing.
type Run struct {
	lake   *Lake
	note   note
	live   []*note // of other runs, to be left alone
	unlock func() error
}

// Begin takes the lake's lock, brings runs that died to their ends and notes
// what this one will write: some tables, from a first to a last day. The run
// must be ended by [Run.Commit] or [Run.Abandon].
func (l *Lake) Begin(ctx context.Context, tables []string, first, last string) (*Run, error) {
	r := l.newRun(tables, first, last)
	if err := r.lock(ctx); err != nil {
		return nil, err
	}
	var err error
	if r.live, err = l.recover(ctx); err == nil {
		err = r.keepNote(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.unlock())
	}
	return r, nil
}

func (l *Lake) newRun(tables []string, first, last string) *Run {
	started := l.now().UTC()
	return &Run{lake: l, note: note{Run: newRunID(started), Started: started.Truncate(time.Second), Tables: tables, First: first, Last: last}}
}

func (r *Run) lock(ctx context.Context) (err error) {
	r.unlock, err = r.lake.store.Lock(ctx, r.note.Run)
	return err
}

func (r *Run) keepNote(ctx context.Context) error {
	return r.lake.putJSON(ctx, noteKey(r.note.Run), r.note)
}

// Commit decides the run and publishes. After an error that came once the run
// was decided, the next run publishes the rest.
func (r *Run) Commit(ctx context.Context, publications []Publication) error {
	r.note.Publications, r.note.Unfinished = publications, nil
	if err := r.keepNote(ctx); err != nil {
		return errors.Join(err, r.unlock())
	}
	return errors.Join(r.lake.end(ctx, &r.note, r.live), r.unlock())
}

// Abandon removes what the run has written. The context may have ended.
func (r *Run) Abandon(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	err := r.lake.end(ctx, &r.note, r.live)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, r.unlock())
}
