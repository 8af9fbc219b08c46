package export

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
)

// Config says what a run reads, of whom, and for whom.
type Config struct {
	Client *intercom.Client
	Sink   Sink
	// State is the last run's, changed as this one goes on.
	State *State

	// Now is the smaller of both clocks when the run began, to the second: it
	// reads up to then. Zone is the workspace's.
	Now  time.Time
	Zone *time.Location
	// Clock is our own clock; nil means time.Now.
	Clock func() time.Time

	LookbackDays int
	// Window is the length of a backfill's windows; 0 means that it adapts.
	Window       time.Duration
	ParallelJobs int
	// Pause is the least time between two keepings of the state, but for the last
	// one; 0 keeps it whenever something has come of the run.
	Pause time.Duration

	// Log hears of every window; nil discards.
	Log *slog.Logger
	// Observer, where it is given, is told what the run does.
	Observer Observer
	// Bug, where it is given, makes the error of a panic that was recovered, and
	// logs where it happened.
	Bug func(where string) error
}

// Run reads datasets, once. Its own goroutine alone touches the state, the
// datasets and the sink; jobs tell it by news.
type Run struct {
	config   Config
	datasets []*datasetRun
	saved    []SavedJob // jobs of the last run that may be taken up
	slots    slots
	first    int // which dataset is asked first, each time another
	kept     time.Time
	keptOnce bool // in this run
	waiting  bool // the state is to be kept when the pause is over

	jobs sync.WaitGroup
	news chan news
}

// New begins a run over the tables. Each needs a state, whose key and columns
// are the table's: see [Begin].
func New(c Config, tables []dataset.Selected) (*Run, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Bug == nil {
		c.Bug = func(where string) error { return fmt.Errorf("a bug stopped the %s", where) }
	}
	r := &Run{config: c, slots: slots{limit: c.ParallelJobs}, kept: time.Now(), news: make(chan news, 2*configuration.MaxParallelJobs)}
	r.config.State.dropOldJobs(r.config.Now)
	r.saved = slices.Clone(r.config.State.Jobs)
	for _, t := range tables {
		state := r.config.State.Datasets[t.Table.Dataset]
		if state == nil {
			return nil, fmt.Errorf("dataset %s has no state", t.Table.Dataset)
		}
		d, err := newDatasetRun(r, t, state)
		if err != nil {
			return nil, err
		}
		r.datasets = append(r.datasets, d)
	}
	return r, nil
}

// Oldest is from when on the run reads rows, jobs that it may take up included. A
// run that reads none has its own beginning.
func (r *Run) Oldest() time.Time {
	oldest := r.config.Now.Unix()
	for _, d := range r.datasets {
		if from, left := d.plan.From(); left {
			oldest = min(oldest, from)
		}
	}
	for _, job := range r.saved {
		oldest = min(oldest, job.Start)
	}
	return time.Unix(oldest, 0)
}

// Do launches jobs ahead and delivers windows until nothing is left. A dataset
// that fails does not stop the others: its error is in [Run.Outcome]. Do's own
// error ended the run at once: the context's, the sink's or a token that
// Intercom refuses. [ErrStop] is the sink's wish.
func (r *Run) Do(ctx context.Context) error {
	within, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		r.jobs.Wait()
	}()
	err := r.do(within)
	if r.waiting && ctx.Err() == nil && !sinks(err) {
		err = errors.Join(err, r.keep(ctx))
	}
	for _, d := range r.datasets {
		if closeErr := d.rows.Close(context.WithoutCancel(ctx)); closeErr != nil && err == nil {
			err = &SinkError{closeErr}
		}
	}
	if err == nil {
		r.summarise()
	}
	return err
}

func (r *Run) do(ctx context.Context) error {
	for {
		r.fill(ctx)
		w := r.ready()
		if w == nil && r.over() {
			return r.finish(ctx)
		}
		if w == nil {
			if err := r.await(ctx); err != nil {
				return err
			}
			continue
		}
		if err := r.deliverNext(ctx, w); err != nil {
			return err
		}
	}
}

// finish tells what the rows were like and makes the state last.
func (r *Run) finish(ctx context.Context) error {
	for _, d := range r.datasets {
		if err := r.warnOfRows(ctx, d); err != nil {
			return err
		}
	}
	return r.keep(ctx)
}

// warnOfRows tells what the rows of a dataset were like.
func (r *Run) warnOfRows(ctx context.Context, d *datasetRun) error {
	for _, warning := range d.counts.Warnings(d.id(), d.request.Columns) {
		if err := r.warn(ctx, "%s: %s", d.selected.Table.Name, warning); err != nil {
			return err
		}
	}
	return nil
}

// fill launches windows, a dataset at a time by turns, as long as slots are
// free. The head of each comes first: the others of its dataset wait for it.
func (r *Run) fill(ctx context.Context) {
	for _, d := range r.datasets {
		if w := d.head(); w != nil && w.job == nil && r.slots.free() {
			r.launch(ctx, w)
		}
	}
	for idle := 0; r.slots.free() && r.ahead() < r.config.ParallelJobs && idle < len(r.datasets); r.first++ {
		w := r.datasets[r.first%len(r.datasets)].next(r.saved)
		if w == nil {
			idle++
			continue
		}
		idle = 0
		r.launch(ctx, w)
	}
}

// ahead is how many windows are launched and not yet in delivery.
func (r *Run) ahead() int {
	n := 0
	for _, d := range r.datasets {
		for _, w := range d.queue {
			if w.job != nil && !w.job.delivering {
				n++
			}
		}
	}
	return n
}

// ready is a dataset's head whose job has ended, the longest ago first.
func (r *Run) ready() *window {
	var first *window
	for _, d := range r.datasets {
		w := d.head()
		if w == nil || w.job == nil || w.job.ended.IsZero() {
			continue
		}
		if first == nil || w.job.ended.Before(first.job.ended) {
			first = w
		}
	}
	return first
}

func (r *Run) over() bool {
	return !slices.ContainsFunc(r.datasets, func(d *datasetRun) bool { return !d.over() })
}

// await waits for news, or until the state is to be kept again.
func (r *Run) await(ctx context.Context) error {
	timer := time.NewTimer(r.untilCheckpoint())
	defer timer.Stop()
	select {
	case n := <-r.news:
		return r.hear(ctx, n)
	case <-timer.C:
		return r.checkpoint(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// deliverNext delivers a window whose job has ended, or decides what to do about
// it. What cannot be recovered ends the dataset.
func (r *Run) deliverNext(ctx context.Context, w *window) error {
	j := w.job
	j.delivering = true
	if j.err == nil {
		r.fill(ctx) // the jobs ahead run while this one's rows are delivered
	}
	stats, err := r.deliver(ctx, w, j)
	if err == nil {
		return r.accept(ctx, w, j, stats)
	}
	w.begun = j.id != ""
	r.giveUp(w)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if fatal(err) {
		return err
	}
	recovered, err := r.recover(ctx, w, err)
	if err != nil || !recovered {
		return err
	}
	return r.checkpoint(ctx)
}

// fatal says whether an error ends the whole run: nobody takes rows any more, or
// the token is refused.
func fatal(err error) bool {
	api, refused := errors.AsType[*intercom.Error](err)
	return sinks(err) || refused && api.Unauthorized()
}

// sinks says whether an error is the sink's, which takes nothing any more.
func sinks(err error) bool {
	_, sink := errors.AsType[*SinkError](err)
	return sink || errors.Is(err, ErrStop)
}

// accept ends a window that was read whole and moves the state past it, unless
// its count of rows is too round to be believed: then its parts are read too.
func (r *Run) accept(ctx context.Context, w *window, j *job, stats csv.Stats) error {
	d := w.dataset
	if exported := stats.Rows + stats.Left; plan.Suspicious(exported) {
		if d.split(w, 2*time.Second) {
			r.giveUp(w)
			d.plan.Shorten(w.planned)
			r.config.Log.Info("so round a count may be a limit: the window is split and read again", "dataset", d.id(), "span", w.String(), "rows", exported)
			return nil
		}
		if err := r.warn(ctx, "%v", w.failure(fmt.Errorf("exactly %d rows in the shortest window: Intercom may have cut the export there", exported), r.config.Zone)); err != nil {
			return err
		}
	}
	if err := d.rows.End(ctx, w.sinkWindow(j.asOf)); err != nil {
		return &SinkError{err}
	}
	r.giveUp(w)
	d.counts.Add(w.String(), stats, w.planned.Start, r.config.Zone)
	if !j.takenUp {
		d.plan.Learn(w.planned, j.took, stats.Rows)
	}
	d.queue = d.queue[1:]
	if err := r.recordRead(ctx, w, j.asOf); err != nil {
		return err
	}
	d.landed = true
	r.config.Log.Info("window", "dataset", d.id(), "what", w.planned.Purposes(), "span", w.String(),
		"rows", stats.Rows, "same", stats.Same, "bytes", stats.Bytes, "job_seconds", seconds(j.took), "next", d.comes(), "left", r.left())
	r.observe().Window(d.id(), w.planned.Purposes(), stats.Rows-stats.Same, stats.Bytes, j.took)
	return r.checkpoint(ctx)
}

// warn tells a person something; the run goes on.
func (r *Run) warn(ctx context.Context, format string, args ...any) error {
	if err := r.config.Sink.Warn(ctx, fmt.Sprintf(format, args...)); err != nil {
		return &SinkError{err}
	}
	return nil
}
