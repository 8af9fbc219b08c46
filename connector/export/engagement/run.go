package engagement

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
)

// Sink takes what a run reads. Its errors end the run as they are.
type Sink interface {
	// Begin says that the export of a range is read from its beginning: of what came
	// since the last End, the rows come again, or others in their place.
	Begin(ctx context.Context) error
	// Rows takes the rows of a CSV of a table. What it was given of them before is
	// overwritten by its key.
	Rows(ctx context.Context, t csv.Table, w csv.Window, from csv.Source) (csv.Stats, error)
	// End says that what came since Begin counts, for a range from one second to
	// another. The state tells so already, and is kept next.
	End(ctx context.Context, from, to time.Time) error
	// Keep makes the state last, and with it all rows from before.
	Keep(ctx context.Context) error
	// Warn tells a person something; the run goes on.
	Warn(ctx context.Context, message string) error
}

// Config says what a run reads, of whom, and for whom.
type Config struct {
	Client *intercom.Client
	Sink   Sink
	// State is the last run's, changed as this one goes on.
	State *State
	// Now is the smaller of both clocks when the run began, to the second: it reads
	// up to then. Zone is the workspace's. Clock is our own clock; nil means
	// time.Now.
	Now   time.Time
	Zone  *time.Location
	Clock func() time.Time

	LookbackDays int
	// Wanted says whether a column of a table is sent; nil sends all. Those of the
	// key are, whatever it says.
	Wanted func(table, column string) bool
	// MostRows is how many rows a job gives at the most; 0 is Intercom's limit.
	MostRows int64

	// Log hears of every range; nil discards.
	Log *slog.Logger
	// Bug, where it is given, makes the error of a panic that was recovered, and
	// logs where it happened.
	Bug func(where string) error
}

// mostRows is how many rows of each file Intercom exports: the first.
const mostRows = 10_000_000

// Run reads message engagement, once. One goroutine uses it.
type Run struct {
	config   Config
	reached  bool // a range has ended at the run's now
	warned   bool // of a reach that is shorter than the look-back
	counts   map[string]*counts
	failures failures
}

func New(c Config) *Run {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Bug == nil {
		c.Bug = func(where string) error { return fmt.Errorf("a bug stopped the %s", where) }
	}
	if c.MostRows == 0 {
		c.MostRows = mostRows
	}
	return &Run{config: c, counts: map[string]*counts{}}
}

func (r *Run) now() int64      { return r.config.Now.Unix() }
func (r *Run) lookback() int64 { return int64(r.config.LookbackDays) * day }

// next is the range to read now, which may be that of a job under way.
func (r *Run) next() (span, bool) {
	here := plan.DayOf(r.config.Now, r.config.Zone).Date
	today := func(t int64) bool { return plan.DayOf(time.Unix(t, 0), r.config.Zone).Date >= here }
	w, ok := r.config.State.next(r.now(), r.lookback(), today, r.reached)
	if !ok {
		return w, false
	}
	w, _ = r.config.State.takesUp(w, r.config.Clock().Unix())
	return w, true
}

// Do reads until nothing is left. Its error names the range that could not be read;
// what was read before it lasts.
func (r *Run) Do(ctx context.Context) error {
	for {
		w, ok := r.next()
		if !ok {
			break
		}
		if err := r.read(ctx, w); err != nil {
			return err
		}
	}
	return r.warnOfRows(ctx)
}

// read reads a range, or decides what to do in its place: the state tells the next
// one then.
func (r *Run) read(ctx context.Context, w span) error {
	err := r.attempt(ctx, w)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	recovered, recoverErr := r.recover(ctx, w, err)
	switch {
	case recoverErr != nil:
		return recoverErr
	case recovered:
		return r.config.Sink.Keep(ctx)
	}
	return fmt.Errorf("message engagement, %s (%v): %w", w, w.purpose, err)
}

// attempt runs a job over the range and delivers what it tells.
func (r *Run) attempt(ctx context.Context, w span) error {
	began := time.Now()
	job, asOf, err := r.job(ctx, w)
	if err != nil {
		return err
	}
	got, err := r.deliver(ctx, w, job)
	if err != nil {
		return err
	}
	state, lookback, asked := r.config.State, r.lookback(), w
	if got.cut(r.config.MostRows) {
		return r.cut(ctx, w, got, asOf)
	}
	state.drop()
	w, asOf = state.joinPart(w, asOf)
	if r.unproven(w) {
		w.purpose = newMessages // of the others more may be told yet
	} else {
		r.failures = failures{}
		r.reached = r.reached || w.purpose != earlierMessages && w.to >= r.now()
		if err := r.warnOfReach(ctx, w); err != nil {
			return err
		}
	}
	if err := r.warnOfFiles(ctx, got); err != nil {
		return err
	}
	r.count(got.rows)
	state.read(w, r.now(), lookback, asOf)
	state.bore(w, got.most, r.config.MostRows, lookback)
	r.config.Log.Info("message engagement", "what", w.purpose.String(), "span", w.String(), "receipts", got.receipts, "events", got.events,
		"seconds", time.Since(began).Round(100*time.Millisecond).Seconds())
	return r.keep(ctx, asked)
}

// keep makes last what a range has told.
func (r *Run) keep(ctx context.Context, w span) error {
	if err := r.config.Sink.End(ctx, instant(w.from), instant(w.to)); err != nil {
		return err
	}
	return r.config.Sink.Keep(ctx)
}

// cut goes on where a job has given as many rows as it does at the most. Receipts
// come in the order of their sending: then those from before the last are there with
// all that happened to them, and a job from there on tells the others. Where they do
// not, or it is events that may be missing, a shorter range is read.
func (r *Run) cut(ctx context.Context, w span, got totals, asOf int64) error {
	state := r.config.State
	if got.receiptsAlone(r.config.MostRows) && state.readPart(w, got.last, asOf) {
		state.drop()
		r.count(got.rows)
		r.config.Log.Info("the export holds as many receipts as Intercom gives at the most: another goes on", "span", w.String(), "receipts", got.receipts)
		return r.keep(ctx, span{w.purpose, w.from, got.last})
	}
	state.Job, state.Part = nil, nil
	if !state.shorten(w, 0.75, r.lookback()) {
		return errTooMany
	}
	r.config.Log.Warn("the export holds as many rows as Intercom gives at the most: a shorter range is read", "span", w.String(), "rows", got.most)
	return r.config.Sink.Keep(ctx)
}

// errTooMany: there is no shorter range to ask for.
var errTooMany = errors.New("the shortest range holds as many rows as Intercom gives at the most, so that some may be missing")

func (r *Run) warn(ctx context.Context, message string) error {
	return r.config.Sink.Warn(ctx, message)
}
