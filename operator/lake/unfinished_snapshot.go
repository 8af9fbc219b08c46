package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake/part"
)

// Unfinished is a snapshot that one run has left for another to go on with,
// within the first one's note.
type Unfinished struct {
	Walk   membership.State `json:"walk"`           // with the stages whose tables are kept, and the places of those that are half read
	Kept   []Publication    `json:"kept"`           // tables that are whole
	Half   []Publication    `json:"half,omitempty"` // tables as far as they are read
	NoPII  bool             `json:"no_pii,omitempty"`
	Runs   int              `json:"turns"`             // that had a share in it
	GaveUp string           `json:"gave_up,omitempty"` // why
}

// keeps reports a part that the snapshot still needs.
func (u *Unfinished) keeps(key string) bool {
	for _, p := range slices.Concat(u.Kept, u.Half) {
		if slices.ContainsFunc(p.Parts, func(file part.File) bool { return file.Key == key }) {
			return true
		}
	}
	return false
}

// Begun reports that there is something to go on with.
func (u *Unfinished) Begun() bool { return len(u.Walk.Done) > 0 || len(u.Walk.Places) > 0 }

// Table is how far a table was read.
func (u *Unfinished) Table(table string) (Publication, bool) {
	i := slices.IndexFunc(u.Half, func(p Publication) bool { return p.Table == table })
	if i < 0 {
		return Publication{}, false
	}
	return u.Half[i], true
}

// Drop forgets how far a stage was read, so that it begins anew. The maps and
// slices that others may hold stay as they are.
func (u *Unfinished) Drop(stage membership.Stage) {
	u.Walk.Places = maps.Clone(u.Walk.Places)
	delete(u.Walk.Places, stage)
	var half []Publication
	for _, p := range u.Half {
		if !slices.Contains(stage.Tables(), p.Table) && p.Table != IDsOf(stage.Tables()[0]) {
			half = append(half, p)
		}
	}
	u.Half = half
}

// IDsOf is the table, never published, that holds the ids of another one which
// was not asked for: whoever goes on with its stage needs them.
func IDsOf(table string) string { return table + "_ids" }

// GivenUpError says that a day's snapshot is not tried any more.
type GivenUpError struct{ Day, Why string }

func (e *GivenUpError) Error() string {
	return fmt.Sprintf("the snapshot of %s is given up: %s", e.Day, e.Why)
}

// MissedError says that a day can be had no more.
type MissedError struct{ Day string }

func (e *MissedError) Error() string {
	return fmt.Sprintf("the snapshot of %s is neither published nor under way, and Intercom shows only the present day: it is missed", e.Day)
}

// Wanted is a snapshot that a run begins, or goes on with where another has
// left it.
type Wanted struct {
	Day    string
	Tables []string // that are published
	IDs    []string // that are not: see [IDsOf]
	NoPII  bool
	Begin  membership.State // of a walk that begins now
	Most   int              // runs that it may take; 0 is any number
	Again  bool             // all of it, though it is published, or given up
	// Unproven reads again what is not proven of a present day that is published, what is
	// not published of it, and tables with what NoPII leaves out; what is proven stays.
	Unproven bool
}

// Resume locks the lake, brings dead runs to their ends and returns the run
// that reads a snapshot's rest; none when nothing is left to do. The run must be
// ended by [Run.Commit], [Run.Abandon], [Run.Leave] or [Run.GiveUp].
func (l *Lake) Resume(ctx context.Context, w Wanted) (*Run, error) {
	r := l.newRun(w.Tables, w.Day, w.Day)
	r.note.IDs = w.IDs
	if err := r.lock(ctx); err != nil {
		return nil, err
	}
	goesOn, err := r.takeUp(ctx, w)
	if err != nil || !goesOn {
		return nil, errors.Join(err, r.unlock())
	}
	return r, nil
}

// takeUp makes the run go on with the snapshot, or begin it. It reports false
// when the day needs none.
func (r *Run) takeUp(ctx context.Context, w Wanted) (bool, error) {
	live, err := r.lake.recover(ctx)
	if err != nil {
		return false, err
	}
	var before []*note
	for _, n := range live {
		u := n.Unfinished
		goesOn := n.First == w.Day && slices.Equal(n.Tables, w.Tables) && u.NoPII == w.NoPII
		if goesOn {
			goesOn, err = r.lake.isOurs(ctx, u)
		}
		switch {
		case err != nil:
			return false, err
		case goesOn:
			before = append(before, n)
		default:
			r.live = append(r.live, n)
		}
	}
	// The last is the one that the most runs have had a share in: names of two runs
	// that began in the same second say nothing.
	slices.SortStableFunc(before, func(a, b *note) int { return cmp.Compare(a.Unfinished.Runs, b.Unfinished.Runs) })
	if len(before) > 0 && (before[len(before)-1].Unfinished.GaveUp == "" || !w.Again) {
		goesOn, err := r.goOn(ctx, w, before)
		if errors.As(err, new(*GivenUpError)) && !w.Again {
			return false, r.unlessPublished(ctx, w, err)
		}
		return goesOn, err
	}
	u, err := r.begin(ctx, w)
	if u == nil || err != nil {
		return false, err
	}
	r.note.Unfinished = u
	if err := r.keepNote(ctx); err != nil {
		return false, err
	}
	return true, r.lake.endDead(ctx, before, r.live)
}

// isOurs reports that no table which a snapshot has read is another workspace's: in a
// lake that does not say whose it is, somebody else may have left it.
func (l *Lake) isOurs(ctx context.Context, u *Unfinished) (bool, error) {
	if l.workspace == "" {
		return true, nil
	}
	for _, p := range slices.Concat(u.Kept, u.Half) {
		workspace, err := l.workspaceOf(ctx, p)
		if err != nil && !errors.As(err, new(*part.Damage)) {
			return false, err
		}
		if workspace != "" && workspace != l.workspace {
			return false, nil
		}
	}
	return true, nil
}

// goOn takes up what the last of some runs has left. The new note comes first:
// should this process die, one of the two is there. Of the old runs only what
// the snapshot still needs is left.
func (r *Run) goOn(ctx context.Context, w Wanted, before []*note) (bool, error) {
	u := before[len(before)-1].Unfinished
	r.note.Unfinished = u
	switch {
	case u.GaveUp != "":
		return false, &GivenUpError{w.Day, u.GaveUp}
	case w.Most > 0 && u.Runs >= w.Most:
		return false, &GivenUpError{w.Day, fmt.Sprintf("%d runs were not enough", u.Runs)}
	}
	u.Runs++
	if err := r.keepNote(ctx); err != nil {
		return false, err
	}
	return true, r.lake.endDead(ctx, before, append(slices.Clone(r.live), &r.note))
}

// unlessPublished is why a snapshot is given up; none where its day is published, and
// could not be proven.
func (r *Run) unlessPublished(ctx context.Context, w Wanted, givenUp error) error {
	for _, table := range w.Tables {
		if _, found, err := r.lake.Published(ctx, table, w.Day); err != nil || !found {
			return cmp.Or(err, givenUp)
		}
	}
	return nil
}

// begin is a snapshot that begins, with what is proven of its day already; nil where the
// day needs none.
func (r *Run) begin(ctx context.Context, w Wanted) (*Unfinished, error) {
	u := &Unfinished{Walk: w.Begin, NoPII: w.NoPII, Kept: []Publication{}, Runs: 1}
	present := w.Day == w.Begin.Date
	missing, proven := false, map[string]Publication{}
	for _, table := range w.Tables {
		p, found, err := r.lake.Published(ctx, table, w.Day)
		switch {
		case err != nil:
			return nil, err
		case !found && !present:
			return nil, &MissedError{w.Day}
		case found && p.Complete && !(w.NoPII && p.TellsOfPersons()):
			proven[table] = p
		}
		missing = missing || !found
	}
	switch {
	case present && w.Again, missing && !w.Unproven:
		return u, nil
	case !present, !missing && (!w.Unproven || len(proven) == len(w.Tables)):
		return nil, nil
	}
	u.keepProven(w.Tables, proven)
	return u, nil
}

// TellsOfPersons reports columns that a table, of a snapshot or of who works in the
// workspace, has not where persons are left out.
func (p *Publication) TellsOfPersons() bool {
	return slices.ContainsFunc(slices.Concat(tables.All(), tables.Lookups()), func(t tables.Table) bool {
		return t.Name == p.Table && slices.ContainsFunc(t.Columns, func(c tables.Column) bool {
			return c.Personal && slices.ContainsFunc(p.Columns, func(there part.Column) bool { return there.Name == c.Name })
		})
	})
}

// keepProven takes over the stages whose tables are published and proven, but for those
// that build on one that is not, and the one that they need.
func (u *Unfinished) keepProven(wanted []string, proven map[string]Publication) {
	u.Walk.Done = map[membership.Stage]membership.Result{}
	isProven := func(stage membership.Stage) bool {
		return !slices.ContainsFunc(stage.Tables(), func(table string) bool {
			_, is := proven[table]
			return slices.Contains(wanted, table) && !is
		})
	}
	for _, stage := range membership.StagesFor(wanted) {
		switch builds := stage == membership.Segments || stage == membership.Companies; {
		case stage == membership.Snapshot, !isProven(stage), builds && !(isProven(membership.Segments) && isProven(membership.Companies)):
			continue
		}
		done := membership.Result{Rows: map[string]int64{}}
		for _, table := range stage.Tables() {
			if p, is := proven[table]; is {
				done.Rows[table], done.Known, done.Finished = p.Rows, p.Known, p.Finished
				u.Kept = append(u.Kept, p)
			}
		}
		u.Walk.Done[stage] = done
	}
}

// Snapshots reports whether a run is at work on the snapshot of a day.
func (l *Lake) Snapshots(ctx context.Context, run, day string) (bool, error) {
	var n note
	err := l.readJSON(ctx, noteKey(run), &n)
	if run == "" || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && n.Unfinished != nil && n.First == day, err
}

// Unfinished is how far the snapshot is.
func (r *Run) Unfinished() *Unfinished { return r.note.Unfinished }

// Keep notes how far the snapshot is: from now on other runs can go on there.
func (r *Run) Keep(ctx context.Context) error { return r.keepNote(ctx) }

// Leave ends the run: another goes on where it was last kept.
func (r *Run) Leave() error { return r.unlock() }

// GiveUp ends the run and notes why, so that whoever is told to go on need not
// try.
func (r *Run) GiveUp(ctx context.Context, why string) error {
	r.note.Unfinished.GaveUp = why
	return errors.Join(&GivenUpError{r.note.First, why}, r.keepNote(ctx), r.unlock())
}
