package lake

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"intercom-connector/operator/lake/part"
)

// Run is one change of the lake: all of it or nothing.
type Run struct {
	lake   *Lake
	note   note
	live   []*note // of other runs, to be left alone
	unlock func() error
	// torn: something that was decided could not be published whole, or what it
	// replaces not be removed. The next run does it, by the note.
	torn bool
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

// BeginAll is [Lake.Begin] of a run that may write all that the lake holds, what
// other runs have left unfinished included; none where it holds nothing.
func (l *Lake) BeginAll(ctx context.Context) (*Run, error) {
	all, err := l.Survey(ctx)
	if err != nil {
		return nil, err
	}
	notes, err := l.notes(ctx)
	if err != nil {
		return nil, err
	}
	var tables, days []string
	for _, p := range all.Published {
		tables, days = append(tables, p.Table), append(days, p.Dt)
	}
	for _, err := range all.Damaged {
		if table, dt, ok := DamagedDay(err); ok {
			tables, days = append(tables, table), append(days, dt)
		}
	}
	for _, n := range notes {
		tables, days = slices.Concat(tables, n.Tables, n.IDs), append(days, n.First, n.Last)
	}
	if len(tables) == 0 {
		return nil, nil
	}
	slices.Sort(tables)
	return l.Begin(ctx, slices.Compact(tables), slices.Min(days), slices.Max(days))
}

// Others are the snapshots that other runs have left for yet others to go on
// with. Whoever changes one keeps it by [Run.KeepOther].
func (r *Run) Others() (all []*Unfinished) {
	for _, n := range r.live {
		all = append(all, n.Unfinished)
	}
	return all
}

// KeepOther notes what has become of another run's snapshot.
func (r *Run) KeepOther(ctx context.Context, u *Unfinished) error {
	i := slices.IndexFunc(r.live, func(n *note) bool { return n.Unfinished == u })
	return r.lake.putJSON(ctx, noteKey(r.live[i].Run), r.live[i])
}

func (l *Lake) newRun(tables []string, first, last string) *Run {
	started := l.now().UTC()
	return &Run{lake: l, note: note{Run: newRunID(started), Started: started.Truncate(time.Second), Tables: tables, First: first, Last: last}}
}

// lock makes the run the lake's only writer, if the lake is its workspace's.
func (r *Run) lock(ctx context.Context) (err error) {
	if r.unlock, err = r.lake.store.Lock(ctx, r.note.Run); err != nil {
		return err
	}
	if err := r.lake.claim(ctx); err != nil {
		return errors.Join(err, r.unlock())
	}
	return nil
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

// NewID names what the run writes of one day, where it publishes the same day
// more than once.
func (r *Run) NewID() string { return newRunID(r.lake.now()) }

// Cover notes that the run will write in some tables and days. What of it is
// not published is removed when the run dies.
func (r *Run) Cover(ctx context.Context, tables []string, first, last string) error {
	if slices.Equal(r.note.Tables, tables) && r.note.First == first && r.note.Last == last {
		return nil
	}
	r.note.Tables, r.note.First, r.note.Last = tables, first, last
	return r.keepNote(ctx)
}

// Publish decides and publishes some days, all or none, in place of what was
// published of them, and goes on. The run must cover them. What an error leaves
// half done is done with the days that are published next, or by the next run.
func (r *Run) Publish(ctx context.Context, days []Replacement) (err error) {
	if len(days) == 0 {
		return nil
	}
	defer func() { r.torn = r.torn || err != nil }()
	for _, d := range days {
		r.note.Publications = slices.DeleteFunc(r.note.Publications, func(p Publication) bool { return p.Table == d.By.Table && p.Dt == d.By.Dt })
		r.note.Publications = append(r.note.Publications, d.By)
	}
	if err := r.keepNote(ctx); err != nil {
		return err
	}
	if err := r.lake.dropIndexes(ctx, r.note.Publications); err != nil {
		return err
	}
	if err := r.lake.putPublications(ctx, r.note.Publications); err != nil {
		return err
	}
	r.note.Publications = nil // the note says so when it is written next
	return atOnce(ctx, days, func(ctx context.Context, d Replacement) error {
		return r.Remove(ctx, slices.DeleteFunc(slices.Clone(d.Was.Parts), func(file part.File) bool {
			return slices.ContainsFunc(d.By.Parts, func(p part.File) bool { return p.Key == file.Key })
		}))
	})
}

// Replacement is a day that is published in place of what was; the zero
// publication where nothing was.
type Replacement struct{ Was, By Publication }

// DropIndex removes the index of a month.
func (r *Run) DropIndex(ctx context.Context, month string) error {
	return r.lake.dropIndex(ctx, month, nil)
}

// Cut writes a day once more, without lines that were found in its parts, and
// returns what may be published in its place. Its name is its own, not the run's, since
// another run may have left a day that is published unfinished, too.
func (r *Run) Cut(ctx context.Context, p Publication, cuts []part.Cuts) (Publication, error) {
	parts := p.Parts
	p.Run, p.Rows, p.Parts = r.NewID(), 0, []part.File{}
	for i, file := range parts {
		if cuts[i].Rows == file.Rows {
			continue // nothing would be left
		}
		key := partKey(p.Table, p.Dt, p.Run, len(p.Parts))
		err := r.lake.readPart(ctx, file, func(from io.Reader) error {
			cut, err := part.Cut(ctx, from, file, cuts[i], r.lake.store, key)
			p.Parts, p.Rows = append(p.Parts, cut), p.Rows+cut.Rows
			return err
		})
		if err != nil {
			return Publication{}, err
		}
	}
	return p, nil
}

// Remove removes parts that are not published.
func (r *Run) Remove(ctx context.Context, parts []part.File) error {
	for _, file := range parts {
		if err := r.lake.store.Remove(ctx, file.Key); err != nil {
			return err
		}
	}
	return nil
}

// Write writes a file of the lake's own, such as how far an export is read. Its
// key begins with an underscore.
func (r *Run) Write(ctx context.Context, key string, value any) error {
	return r.lake.putJSON(ctx, key, value)
}

// Close ends a run all of whose parts are published, or discarded. What it could
// not finish is left to the next run.
func (r *Run) Close(ctx context.Context) error {
	if r.torn {
		return r.unlock()
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	return errors.Join(r.lake.store.Remove(ctx, noteKey(r.note.Run)), r.unlock())
}

// Abandon removes what the run has written, but for what other runs have left and their
// notes tell of: what this run has changed of [Run.Others] may not have been kept. The
// context may have ended.
func (r *Run) Abandon(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	others, err := r.lake.notes(ctx)
	if err == nil {
		others = slices.DeleteFunc(others, func(n *note) bool { return n.Unfinished == nil || n.Run == r.note.Run })
		err = r.lake.end(ctx, &r.note, others)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, r.unlock())
}
