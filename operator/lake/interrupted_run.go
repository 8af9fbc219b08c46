package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake/part"
)

// note is what a run says of itself, in _runs, before it writes anything. A run
// whose note has no publications has decided nothing; one whose note has them
// is decided, whatever happens to it. One that left a snapshot unfinished has
// decided nothing either, but what it has read is kept for the next.
type note struct {
	Run          string        `json:"run"`
	Started      time.Time     `json:"started_at"`
	Tables       []string      `json:"tables"`        // in which it writes
	First        string        `json:"first"`         // day in which it writes,
	Last         string        `json:"last"`          // to this one
	IDs          []string      `json:"ids,omitempty"` // tables beside them that are never published
	Publications []Publication `json:"publications,omitempty"`
	Unfinished   *Unfinished   `json:"unfinished,omitempty"`
}

func (n *note) covers(p partPath) bool { return n.First <= p.dt && p.dt <= n.Last }

// live reports whether another run may still go on with what this one has left.
// Days are the workspace's, whose zone is not known here: a snapshot is dead
// when its day is over everywhere.
func (n *note) live(now time.Time) bool {
	return n.Unfinished != nil && n.Last >= now.UTC().AddDate(0, 0, -2).Format(time.DateOnly)
}

// notes reads the notes that are there, in the order in which their runs began.
func (l *Lake) notes(ctx context.Context) ([]*note, error) {
	var all []*note
	for key, err := range l.store.List(ctx, runsPrefix) {
		if err != nil {
			return nil, err
		}
		if run := strings.TrimSuffix(strings.TrimPrefix(key, runsPrefix), ".json"); !runName.MatchString(run) || key != noteKey(run) {
			l.log.Warn("a file among the notes of runs is not the lake's, and passed over", "key", key)
			continue
		}
		n := &note{}
		err := l.readJSON(ctx, key, n)
		if err == nil {
			err = n.check(key)
		}
		if errors.As(err, new(*part.Damage)) {
			return nil, fmt.Errorf("the note of a run is damaged, and no other can begin: remove it, and what its run had not published is read anew where it can be had: %w", err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// check refuses a note that no run of this program has written: nothing outside
// its tables and days is published or removed by it.
func (n *note) check(key string) error {
	if key != noteKey(n.Run) {
		return &part.Damage{Key: key, What: "it is not the note of its run"}
	}
	all := n.Publications
	if n.Unfinished != nil {
		all = slices.Concat(all, n.Unfinished.Kept, n.Unfinished.Half)
	}
	for _, p := range all {
		if err := p.check(); err != nil {
			return &part.Damage{Key: key, What: err.Error()}
		}
	}
	for _, table := range slices.Concat(n.Tables, n.IDs) {
		if !IsTable(table) {
			return &part.Damage{Key: key, What: fmt.Sprintf("it is about a table %q", table)}
		}
	}
	return nil
}

// recover brings the runs that died to their ends. Those that others may go on
// with are left alone, and returned.
func (l *Lake) recover(ctx context.Context) (live []*note, err error) {
	all, err := l.notes(ctx)
	if err != nil {
		return nil, err
	}
	var dead []*note
	for _, n := range all {
		if n.live(l.now()) {
			live = append(live, n)
		} else {
			dead = append(dead, n)
		}
	}
	return live, l.endDead(ctx, dead, live)
}

func (l *Lake) endDead(ctx context.Context, dead, live []*note) error {
	for _, n := range dead {
		l.log.Info("bringing a run that was interrupted to its end", "run", n.Run, "started", n.Started, "decided", len(n.Publications) > 0)
		if err := l.end(ctx, n, live); err != nil {
			return fmt.Errorf("bringing the interrupted run %s to its end: %w", n.Run, err)
		}
	}
	return nil
}

// end publishes what a run has decided and removes what is of no use within its
// reach: parts that are neither published nor kept for a run to come.
func (l *Lake) end(ctx context.Context, n *note, live []*note) error {
	if err := l.dropIndexes(ctx, n.Publications); err != nil {
		return err
	}
	if err := l.putPublications(ctx, n.Publications); err != nil {
		return err
	}
	removed := 0
	for _, table := range slices.Concat(n.Tables, n.IDs) {
		count, err := l.sweep(ctx, n, table, live)
		if err != nil {
			return err
		}
		removed += count
	}
	l.log.Debug("a run has ended", "run", n.Run, "published", len(n.Publications), "parts_removed", removed)
	return l.store.Remove(ctx, noteKey(n.Run))
}

// putPublications publishes what was decided.
func (l *Lake) putPublications(ctx context.Context, all []Publication) error {
	return atOnce(ctx, all, func(ctx context.Context, p Publication) error {
		return l.putJSON(ctx, publicationKey(p.Table, p.Dt), p)
	})
}

// sweep removes a table's parts that no reader sees and nobody goes on with.
func (l *Lake) sweep(ctx context.Context, n *note, table string, live []*note) (removed int, err error) {
	days := map[string][]string{} // parts, by their days
	for key, err := range l.store.List(ctx, table+"/dt=") {
		if err != nil {
			return 0, err
		}
		at, ok := parsePart(key)
		kept := slices.ContainsFunc(live, func(n *note) bool { return n.Unfinished.keeps(key) })
		if ok && n.covers(at) && !kept {
			days[at.dt] = append(days[at.dt], key)
		}
	}
	var mu sync.Mutex
	var useless []string
	err = atOnce(ctx, slices.Collect(maps.Keys(days)), func(ctx context.Context, dt string) error {
		published, err := l.published(ctx, table, dt)
		if errors.As(err, new(*part.Damage)) {
			return nil // a damaged publication may name any
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, key := range days[dt] {
			if !published[key] {
				useless = append(useless, key)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(useless), atOnce(ctx, useless, l.store.Remove)
}

// atOnce does something with each of some values, several at the same time: years of
// days one after another would take minutes where each waits for a store far away.
func atOnce[T any](ctx context.Context, all []T, do func(context.Context, T) error) error {
	work, within := errgroup.WithContext(ctx)
	work.SetLimit(readAtOnce)
	for _, one := range all {
		work.Go(func() error { return do(within, one) })
	}
	return work.Wait()
}
