package operator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"
)

// Lake is a root of dated tables. It is safe for concurrent use; one run at a
// time writes to it, whatever the process or machine.
type Lake struct {
	storage Storage
	log     *slog.Logger
	now     func() time.Time
}

// Options of a lake.
type Options struct {
	Log *slog.Logger     // hears what is recovered and removed; nil discards
	Now func() time.Time // names runs and dates publications; nil means time.Now
}

// NewLake opens the lake of a storage.
func NewLake(storage Storage, o Options) *Lake {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Lake{storage: storage, log: o.Log, now: o.Now}
}

// journal is a run's note of what it does. A run without publications in its
// note has decided nothing; one with them is decided, whatever happens to it.
type journal struct {
	Run          string        `json:"run"`
	Started      time.Time     `json:"started_at"`
	Tables       []string      `json:"tables"`        // in which it writes
	First        string        `json:"first"`         // day in which it writes,
	Last         string        `json:"last"`          // to this one
	IDs          []string      `json:"ids,omitempty"` // tables beside them that are never published
	Publications []Publication `json:"publications,omitempty"`
	Unfinished   *unfinished   `json:"unfinished,omitempty"` // for the next turn to go on with
}

func (j *journal) covers(p place) bool { return j.First <= p.dt && p.dt <= j.Last }

// settle finishes what a run has decided and removes what is of no use within
// its reach: parts that are not published, nor kept for a turn under way.
func (l *Lake) settle(ctx context.Context, j *journal, live *unfinished) error {
	for _, p := range j.Publications {
		if err := l.putJSON(ctx, publicationKey(p.Table, p.Dt), p); err != nil {
			return err
		}
	}
	removed := 0
	for _, table := range slices.Concat(j.Tables, j.IDs) {
		n, err := l.sweep(ctx, j, table, live)
		if err != nil {
			return err
		}
		removed += n
	}
	l.log.Debug("a run is settled", "run", j.Run, "published", len(j.Publications), "parts_removed", removed)
	return l.storage.Remove(ctx, journalKey(j.Run))
}

// sweep removes a table's parts that no reader sees.
func (l *Lake) sweep(ctx context.Context, j *journal, table string, live *unfinished) (removed int, err error) {
	var useless []string
	var published map[string]bool
	day := ""
	for key, err := range l.storage.List(ctx, table+"/dt=") {
		if err != nil {
			return 0, err
		}
		at, ok := parsePart(key)
		if !ok || !j.covers(at) {
			continue
		}
		if at.dt != day {
			if published, err = l.published(ctx, table, at.dt); err != nil {
				return 0, err
			}
			day = at.dt
		}
		if !published[key] && !live.keeps(key) {
			useless = append(useless, key)
		}
	}
	for _, key := range useless {
		if err := l.storage.Remove(ctx, key); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// notes reads the notes of runs that have not been settled, in the order in
// which they began.
func (l *Lake) notes(ctx context.Context) ([]*journal, error) {
	var all []*journal
	for key, err := range l.storage.List(ctx, runsPrefix) {
		if err != nil {
			return nil, err
		}
		j := &journal{}
		if err := l.readJSON(ctx, key, j); err != nil {
			return nil, err
		}
		if key != journalKey(j.Run) {
			return nil, fmt.Errorf("%s in %s is not the note of its run", key, l.storage)
		}
		all = append(all, j)
	}
	return all, nil
}

// settleDead settles the runs that died.
func (l *Lake) settleDead(ctx context.Context, dead []*journal, live *unfinished) error {
	for _, j := range dead {
		l.log.Info("settling a run that was interrupted", "run", j.Run, "started", j.Started, "decided", len(j.Publications) > 0)
		if err := l.settle(ctx, j, live); err != nil {
			return fmt.Errorf("settling the interrupted run %s: %w", j.Run, err)
		}
	}
	return nil
}

// run is one change of the lake: all of it or nothing.
type run struct {
	*Lake
	journal journal
	unlock  func() error
}

// begin takes the lake's lock, settles what others left behind and notes what
// the run will write. The run must be ended by commit or abandon.
func (l *Lake) begin(ctx context.Context, tables []string, first, last string) (*run, error) {
	r := l.newRun(tables, first, last)
	var err error
	if r.unlock, err = l.storage.Lock(ctx, r.journal.Run); err != nil {
		return nil, err
	}
	dead, err := l.notes(ctx)
	if err == nil {
		err = l.settleDead(ctx, dead, nil)
	}
	if err == nil {
		err = l.putJSON(ctx, journalKey(r.journal.Run), r.journal)
	}
	if err != nil {
		return nil, errors.Join(err, r.unlock())
	}
	return r, nil
}

func (l *Lake) newRun(tables []string, first, last string) *run {
	started := l.now().UTC()
	return &run{Lake: l, journal: journal{Run: newRun(started), Started: started.Truncate(time.Second), Tables: tables, First: first, Last: last}}
}

// commit decides the run and publishes. After an error that came once the run
// was decided, the next run publishes the rest.
func (r *run) commit(ctx context.Context, publications []Publication) error {
	r.journal.Publications = publications
	if err := r.putJSON(ctx, journalKey(r.journal.Run), r.journal); err != nil {
		return errors.Join(err, r.unlock())
	}
	return errors.Join(r.settle(ctx, &r.journal, nil), r.unlock())
}

// abandon removes what the run has written. The context may have ended.
func (r *run) abandon(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	err := r.settle(ctx, &r.journal, nil)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, r.unlock())
}
