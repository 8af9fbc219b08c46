package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"intercom-connector/membership"
)

// Turn is one process's share in a snapshot that may take several: a function
// that lives for fifteen minutes, say, and then calls the next. What a turn has
// read it leaves in the lake, unpublished, and notes its place; the next one goes
// on there, and the one that reads the last of it publishes the day. A turn that
// dies leaves the tables that it has read to their end: the others go on where
// the turn before has left them.
type Turn struct {
	Snapshot
	// Until is when the turn stops reading though the snapshot is not whole;
	// zero means never. To end its parts and note its place takes it some
	// seconds more; the context should leave it half a minute.
	Until time.Time
	// Most is how many turns a snapshot may take before it is given up.
	Most int
	// Day is the snapshot to go on with, 2006-01-02, where that is not the
	// present day's; empty otherwise.
	Day string
	// Again snapshots a day that is published, or given up, once more.
	Again bool
}

// Outcome is what a turn came to.
type Outcome struct {
	Day          string
	Publications []Publication // of the day; none when it is unfinished
	Turns        int           // of this snapshot, with this one
	Unfinished   bool          // another turn must go on
	Idle         bool          // nothing was left to do: the day was published before
}

// GivenUpError says that a day's snapshot is not tried any more.
type GivenUpError struct{ Day, Why string }

// Error tells how to try it once more.
func (e *GivenUpError) Error() string {
	return fmt.Sprintf("the snapshot of %s is given up: %s", e.Day, e.Why)
}

// SnapshotTurn snapshots the day that begins with a state, or goes on with the
// day's snapshot where an earlier turn has left it. It may be called twice for
// the same day, at the same time too: one does the work, the others come to
// nothing or find the lake locked.
func (l *Lake) SnapshotTurn(ctx context.Context, cfg membership.Config, begin membership.State, t Turn) (Outcome, error) {
	tables, err := t.tables()
	if err != nil {
		return Outcome{}, err
	}
	r, out, err := l.takeUp(ctx, begin, t, tables)
	if r == nil {
		return out, err
	}
	u := r.journal.Unfinished
	p := r.pass(t.Snapshot, tables)
	p.goOn(u)
	before := u.Walk
	cfg.Until, cfg.Handed = t.Until, l.handed(u.Half)
	switch err = p.turn(ctx, membership.New(cfg, u.Walk)); {
	case err == nil:
		out.Publications = p.inOrder()
		r.journal.Unfinished = nil
		return out, r.commit(ctx, out.Publications)
	case errors.Is(err, membership.ErrOver) && !u.Walk.Further(before):
		err = r.giveUp(ctx, fmt.Sprintf("a whole turn brought nothing new of what is left: %v", left(u.Walk, tables)))
	case errors.Is(err, membership.ErrOver) && u.Turns >= t.Most:
		err = r.giveUp(ctx, fmt.Sprintf("%d turns were not enough; left are %v", u.Turns, left(u.Walk, tables)))
	case errors.Is(err, membership.ErrOver):
		out.Unfinished, err = true, nil
	case !u.begun():
		return out, errors.Join(err, r.abandon(ctx))
	}
	return out, errors.Join(err, r.unlock())
}

// takeUp locks the lake, settles dead runs and returns the run of this turn;
// none when there is nothing to do.
func (l *Lake) takeUp(ctx context.Context, begin membership.State, t Turn, tables []string) (*run, Outcome, error) {
	day := cmp.Or(t.Day, begin.Date)
	out := Outcome{Day: day}
	r := l.newRun(tables, day, day)
	r.journal.IDs = idsNeeded(tables)
	unlock, err := l.storage.Lock(ctx, r.journal.Run)
	if err != nil {
		return nil, out, err
	}
	r.unlock = unlock
	went, err := r.goOn(ctx, begin, t)
	if u := r.journal.Unfinished; u != nil {
		out.Turns = u.Turns
	}
	if err != nil || !went {
		out.Idle = err == nil
		return nil, out, errors.Join(err, unlock())
	}
	return r, out, nil
}

// goOn makes the run that of the day's next turn, or of its first. It reports
// false when the day needs none.
func (r *run) goOn(ctx context.Context, begin membership.State, t Turn) (bool, error) {
	notes, err := r.notes(ctx)
	if err != nil {
		return false, err
	}
	last := -1
	for i, j := range notes {
		if j.Unfinished != nil && !t.Again && j.First == r.journal.First && slices.Equal(j.Tables, r.journal.Tables) && j.Unfinished.NoPII == t.NoPII {
			last = i
		}
	}
	if last < 0 {
		if err := r.settleDead(ctx, notes, nil); err != nil {
			return false, err
		}
		if needed, err := r.needed(ctx, begin, t); !needed || err != nil {
			return false, err
		}
		r.journal.Unfinished = &unfinished{Walk: begin, NoPII: t.NoPII, Kept: []Publication{}, Turns: 1}
		return true, r.note(ctx)
	}
	r.journal.Unfinished = notes[last].Unfinished
	switch u := r.journal.Unfinished; {
	case u.GaveUp != "":
		return false, &GivenUpError{r.journal.First, u.GaveUp}
	case u.Turns >= t.Most:
		return false, &GivenUpError{r.journal.First, fmt.Sprintf("%d turns were not enough", u.Turns)}
	default:
		u.Turns++
	}
	// The new note first: should this process die, one of the two is there. Of
	// the old run only what the snapshot still needs is left.
	if err := r.note(ctx); err != nil {
		return false, err
	}
	return true, r.settleDead(ctx, notes, r.journal.Unfinished)
}

// needed reports whether the day is to be snapshotted at all.
func (r *run) needed(ctx context.Context, begin membership.State, t Turn) (bool, error) {
	if r.journal.First != begin.Date {
		return false, nil // only the present can be read
	}
	for _, table := range r.journal.Tables {
		_, err := r.readPublication(ctx, publicationKey(table, begin.Date))
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return t.Again, nil
}

func (r *run) note(ctx context.Context) error {
	return r.putJSON(ctx, journalKey(r.journal.Run), r.journal)
}

// giveUp notes why, so that whoever is told to go on need not try.
func (r *run) giveUp(ctx context.Context, why string) error {
	r.journal.Unfinished.GaveUp = why
	return errors.Join(&GivenUpError{r.journal.First, why}, r.note(ctx))
}
