package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"intercom-connector/membership"
)

// Turn is one process's share in a snapshot that may take several: a function
// that lives for fifteen minutes, say, and then calls the next. What a turn has
// read to its end it leaves in the lake, unpublished; the day is published by
// the one that reads the last of it.
type Turn struct {
	Snapshot
	// Until is when the turn stops reading though the snapshot is not whole;
	// zero means never. What it leaves behind takes it some seconds more.
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

// unfinished is a snapshot between two turns, within the note of its last run.
type unfinished struct {
	Walk   membership.State `json:"walk"` // with the stages whose tables are kept
	Kept   []Publication    `json:"kept"` // tables that are whole
	NoPII  bool             `json:"no_pii,omitempty"`
	Turns  int              `json:"turns"`
	GaveUp string           `json:"gave_up,omitempty"` // why
}

// keeps reports a part that the next turn will publish.
func (u *unfinished) keeps(key string) bool {
	return u != nil && slices.ContainsFunc(u.Kept, func(p Publication) bool {
		return slices.ContainsFunc(p.Parts, func(part Part) bool { return part.Key == key })
	})
}

var errTurnOver = errors.New("the turn is over")

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
	walk := membership.New(cfg, u.Walk)
	before := len(u.Walk.Done)
	err = r.turn(ctx, walk, t, tables)
	switch over := errors.Is(err, errTurnOver); {
	case err == nil:
		out.Publications = r.inOrder(tables)
		r.journal.Unfinished = nil
		return out, r.commit(ctx, out.Publications)
	case over && len(u.Walk.Done) == before:
		err = r.giveUp(ctx, fmt.Sprintf("a whole turn was not enough to read any of what is left (%s) to its end", left(u.Walk, tables)))
	case over && u.Turns >= t.Most:
		err = r.giveUp(ctx, fmt.Sprintf("%d turns were not enough; %s is left", u.Turns, left(u.Walk, tables)))
	case over:
		out.Unfinished, err = true, nil
	case len(u.Walk.Done) == 0:
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
	// the old one only what is kept is left.
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

// turn reads what is left, until the turn is over. Each stage that is read is
// kept at once: whatever ends the turn, it need not be read again.
func (r *run) turn(ctx context.Context, walk *membership.Walk, t Turn, tables []string) (err error) {
	within, stop := ctx, context.CancelFunc(func() {})
	if !t.Until.IsZero() {
		within, stop = context.WithDeadlineCause(ctx, t.Until, errTurnOver)
	}
	defer stop()
	writers := map[string]*tableWriter{}
	var left []membership.Stage
	for _, stage := range membership.StagesFor(tables) {
		if _, done := walk.State().Done[stage]; !done {
			left = append(left, stage)
		}
	}
	for _, table := range membership.Tables() {
		if slices.Contains(tables, table.Name) {
			writers[table.Name] = r.table(table.Name, r.journal.First, table.Columns, t.NoPII)
		}
	}
	var keeping sync.Mutex
	err = inStages(within, left, func(within context.Context, stage membership.Stage) error {
		if stage == membership.Snapshot {
			within = ctx // it makes no calls: no reason to leave it to another turn
		}
		if err := walk.Run(within, stage, t.into(ctx, writers)); err != nil {
			return err
		}
		keeping.Lock()
		defer keeping.Unlock()
		return r.keep(ctx, walk, stage, writers)
	})
	if err != nil {
		for _, table := range tables {
			if !r.isKept(table) {
				writers[table].discard(ctx, err)
			}
		}
		if ctx.Err() == nil && errors.Is(context.Cause(within), errTurnOver) {
			return errTurnOver
		}
	}
	return err
}

// keep ends a stage's tables and notes them.
func (r *run) keep(ctx context.Context, walk *membership.Walk, stage membership.Stage, writers map[string]*tableWriter) error {
	u, state := r.journal.Unfinished, walk.State()
	var whole []Publication
	for _, table := range stage.Tables() {
		if w := writers[table]; w != nil {
			p, err := w.finish()
			if err != nil {
				return err
			}
			p.Complete = complete(state, table)
			whole = append(whole, p)
		}
	}
	done := maps.Clone(u.Walk.Done) // other stages may be done too, but not yet kept
	if done == nil {
		done = map[membership.Stage]membership.Result{}
	}
	done[stage] = state.Done[stage]
	u.Kept, u.Walk.Counted, u.Walk.Done = append(u.Kept, whole...), state.Counted, done
	return r.note(ctx)
}

func (r *run) isKept(table string) bool {
	return slices.ContainsFunc(r.journal.Unfinished.Kept, func(p Publication) bool { return p.Table == table })
}

// inOrder is what is kept, as it is published.
func (r *run) inOrder(tables []string) []Publication {
	kept := slices.Clone(r.journal.Unfinished.Kept)
	slices.SortFunc(kept, func(a, b Publication) int {
		return slices.Index(tables, a.Table) - slices.Index(tables, b.Table)
	})
	return kept
}

// left names the stages that are still to be read.
func left(s membership.State, tables []string) string {
	var names []string
	for _, stage := range membership.StagesFor(tables) {
		if _, done := s.Done[stage]; !done {
			names = append(names, string(stage))
		}
	}
	return strings.Join(names, ", ")
}
