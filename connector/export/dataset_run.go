package export

import (
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/export/warnings"
)

// datasetRun is one dataset in a run: what is planned, what is under way, and where
// its rows go. Only the run's own goroutine touches it.
type datasetRun struct {
	selected dataset.Selected
	state    *plan.State
	rows     Rows
	request  dataset.Request
	dropped  map[string]bool // columns whose attributes Intercom no longer has
	plan     *plan.Plan
	queue    []*window // what is not delivered yet, in order
	counts   warnings.Counts
	landed   bool  // it has been read in this run or an earlier one
	err      error // what ended it
}

func newDatasetRun(r *Run, s dataset.Selected, state *plan.State) (*datasetRun, error) {
	d := &datasetRun{selected: s, state: state, dropped: map[string]bool{}, landed: state.Cursor > state.Floor}
	if err := d.prepare(r); err != nil {
		return nil, err
	}
	d.replan(r)
	return d, nil
}

func (d *datasetRun) id() string { return d.selected.Table.Dataset }

// prepare makes the request and opens the table in the sink.
func (d *datasetRun) prepare(r *Run) error {
	d.request = dataset.NewRequest(d.selected, d.dropped, r.config.Zone)
	rows, err := r.config.Sink.Open(Table{Dataset: d.id(), CSV: d.request.CSV})
	if err != nil {
		return fmt.Errorf("dataset %s: %w", d.id(), err)
	}
	d.rows = rows
	return nil
}

// replan plans what is left from the state.
func (d *datasetRun) replan(r *Run) {
	d.plan = plan.New(d.state, r.config.Now, r.config.Zone, r.config.LookbackDays, r.config.Window, d.pieces(r.config.Now), d.compared)
}

// pieces are those that the sink wants to have whole.
func (d *datasetRun) pieces(now time.Time) plan.Pieces {
	if from, to := d.rows.Bounds(now); from.Equal(to) {
		return nil
	}
	return func(t int64) (from, to int64) {
		start, end := d.rows.Bounds(time.Unix(t, 0))
		return start.Unix(), end.Unix()
	}
}

// compared is where what the sink compares as one around a time begins.
func (d *datasetRun) compared(t int64) int64 { return d.rows.Compared(time.Unix(t, 0)).Unix() }

// next is the window to launch now: one that must be tried again, or the next
// of the plan; nil when all are launched.
func (d *datasetRun) next(saved []SavedJob) *window {
	if d.err != nil {
		return nil
	}
	for _, w := range d.queue {
		if w.job == nil {
			return w
		}
	}
	var begun []plan.Begun
	for _, job := range saved {
		if job.Dataset == d.id() && job.Attributes == d.request.Fingerprint {
			begun = append(begun, plan.Begun{Start: job.Start, End: job.End})
		}
	}
	next := d.plan.Next(begun)
	if next == nil {
		return nil
	}
	w := &window{planned: next, dataset: d}
	d.queue = append(d.queue, w)
	return w
}

// head is the window whose rows come next; nil when there is none.
func (d *datasetRun) head() *window {
	if d.err != nil || len(d.queue) == 0 {
		return nil
	}
	return d.queue[0]
}

// over says that nothing is left to read.
func (d *datasetRun) over() bool { return d.err != nil || len(d.queue) == 0 && d.plan.Empty() }

// comes says what the dataset does next, for the log.
func (d *datasetRun) comes() string {
	if len(d.queue) > 0 {
		return d.queue[0].planned.Purposes() + ", " + d.queue[0].String()
	}
	return d.plan.Comes()
}

// split replaces the head by its spans, where it holds several, or by its two
// halves; false when it is too short for that.
func (d *datasetRun) split(w *window, least time.Duration) bool {
	if w.planned.Joint() {
		d.plan.Apart(w.planned)
		d.queue = d.queue[1:]
		return true
	}
	halves := d.plan.Split(w.planned, least)
	if halves == nil {
		return false
	}
	var parts []*window
	for _, half := range halves {
		parts = append(parts, &window{planned: half, dataset: d, stuck: w.stuck, refused: w.refused})
	}
	d.queue = slices.Replace(d.queue, 0, 1, parts...)
	return true
}

// floor is the first second whose rows are wanted.
func (d *datasetRun) floor() time.Time {
	floor := d.state.Floor
	if d.state.Earlier != nil {
		floor = min(floor, d.state.Earlier.Start)
	}
	return time.Unix(floor, 0)
}

// newRowsAfter says whether the run has newer rows to read after a window.
func (d *datasetRun) newRowsAfter(w *window) bool {
	return d.plan.HasNewRows() || slices.ContainsFunc(d.queue, func(other *window) bool {
		return other != w && other.planned.Holds(plan.NewRows) && other.planned.End > w.planned.End
	})
}
