package export

import (
	"fmt"
	"time"

	"intercom-connector/connector/export/plan"
)

// Observer is told what a run does, where it happens, so that it can be counted.
// Its methods may be called at the same time, and must not block.
type Observer interface {
	// Window says that a window was delivered whole, by a job of that long. Its rows
	// are those that were sent, without the ones that the sink had written before.
	Window(dataset, purpose string, rows, bytes int64, job time.Duration)
	// Job says what became of a job that delivered nothing: "failed", "again"
	// (it is asked for again) or "given_up" (its dataset ended).
	Job(dataset, outcome string)
	// SlotWait says that a job waits for one of the workspace's export slots;
	// again about every half minute.
	SlotWait(dataset string)
}

// observe is the observer, or one that does nothing.
func (r *Run) observe() Observer {
	if r.config.Observer == nil {
		return nobody{}
	}
	return r.config.Observer
}

type nobody struct{}

func (nobody) Window(string, string, int64, int64, time.Duration) {}
func (nobody) Job(string, string)                                 {}
func (nobody) SlotWait(string)                                    {}

// summarise logs what the run did, a line a table.
func (r *Run) summarise() {
	for _, d := range r.datasets {
		r.config.Log.Info("table", "name", d.selected.Table.Name, "rows", d.counts.Rows, "bytes", d.counts.Bytes,
			"windows", d.counts.Windows, "complete", d.err == nil, "read_to", plan.Stamp(d.state.Cursor))
	}
}

// remainder is what is left of a run: export jobs, and the days that they cover.
// Windows grow and shrink, so it is a guess.
type remainder struct {
	jobs int
	days float64
}

func (l remainder) String() string { return fmt.Sprintf("about %d jobs, %.1f days", l.jobs, l.days) }

// Left is for whoever shows how far a run is.
func (l remainder) Left() (jobs int, days float64) { return l.jobs, l.days }

func (r *Run) left() (all remainder) {
	for _, d := range r.datasets {
		if d.err != nil {
			continue
		}
		span, jobs := d.plan.Left()
		for _, w := range d.queue {
			span += w.planned.Span()
			jobs++
		}
		all.jobs += jobs
		all.days += span.Hours() / 24
	}
	return all
}

func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }
