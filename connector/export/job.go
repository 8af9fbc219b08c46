package export

import (
	"context"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/export/slot"
	"intercom-connector/intercom"
)

// job is the export job of a window, from the enqueue to its end. Its goroutine
// tells the run by news; only the run's goroutine touches it.
type job struct {
	id     string
	asOf   int64 // how old its rows are: see plan.AsOf
	result intercom.Job
	took   time.Duration
	ended  time.Time // when it was seen to have ended; zero while under way
	err    error
	// delivering says that its rows are being delivered.
	delivering bool
	// takenUp says that the job is an earlier run's: its time is unknown, and it
	// may be gone.
	takenUp bool
}

// Five pending jobs are all that a workspace has, and every other integration
// draws on them too. A run takes as many of them as the configuration allows,
// and never more: a job holds its slot until it has ended in Intercom, even when
// nobody wants its rows any more, since Intercom cannot cancel it.
type slots struct {
	limit, taken int
}

func (s *slots) free() bool { return s.taken < s.limit }

// news is what a job tells: that it has an id, or that it ended.
type news struct {
	window *window
	job    *job
	id     string
	asOf   int64
	result intercom.Job
	took   time.Duration
	err    error
	ended  bool
}

// launch starts the window's job, or takes up an identical one of the last run.
func (r *Run) launch(ctx context.Context, w *window) {
	j := &job{}
	w.job = j
	w.attempts++
	r.slots.taken++
	if saved, ok := r.takeUp(w); ok {
		j.id, j.asOf, j.takenUp = saved.ID, saved.AsOf, true
	}
	export := intercom.Export{
		DatasetID:    w.dataset.id(),
		AttributeIDs: w.dataset.request.Attributes,
		Start:        w.askedFrom(),
		End:          time.Unix(w.planned.End, 0),
	}
	n := news{window: w, job: j, id: j.id, asOf: j.asOf}
	r.jobs.Go(func() { r.follow(ctx, n, export) })
}

// takeUp finds a job of the last run that asks for exactly this window.
func (r *Run) takeUp(w *window) (SavedJob, bool) {
	for i, job := range r.saved {
		if job.Dataset == w.dataset.id() && job.Attributes == w.dataset.request.Fingerprint && job.Start == w.planned.Start && job.End == w.planned.End {
			r.saved = append(r.saved[:i:i], r.saved[i+1:]...)
			return job, true
		}
	}
	return SavedJob{}, false
}

// follow enqueues the job unless it has an id, waits for its end, and tells
// both.
func (r *Run) follow(ctx context.Context, n news, export intercom.Export) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			n.err, n.ended = r.config.Bug("export job"), true
			r.tell(ctx, n)
		}
	}()
	if n.id == "" {
		result, asked, err := r.enqueue(ctx, export)
		if err != nil {
			n.err, n.ended = err, true
			r.tell(ctx, n)
			return
		}
		began = time.Now()
		n.id, n.asOf = result.ID, plan.AsOf(asked, result.ServerTime).Unix()
		r.tell(ctx, n)
	}
	n.result, n.err = r.config.Client.Await(ctx, n.id, began)
	n.took, n.ended = time.Since(began), true
	r.tell(ctx, n)
}

// enqueue asks for a job once one of the workspace's slots is free.
func (r *Run) enqueue(ctx context.Context, export intercom.Export) (job intercom.Job, asked time.Time, err error) {
	enqueue := func(ctx context.Context) (intercom.Job, error) { return r.config.Client.Enqueue(ctx, export) }
	return slot.Wait(ctx, r.config.Clock, enqueue, func(waited time.Duration) {
		r.config.Log.Info("waiting for a free export slot: the workspace has five, shared with every other integration",
			"dataset", export.DatasetID, "waited", waited)
		r.observe().SlotWait(export.DatasetID)
	})
}

func (r *Run) tell(ctx context.Context, n news) {
	select {
	case r.news <- n:
	case <-ctx.Done():
	}
}

// hear takes in news and those that have come meanwhile. Jobs that got an id are
// kept at once, so that a restart can take them up.
func (r *Run) hear(ctx context.Context, n news) error {
	enqueued := r.note(n)
	for {
		select {
		case n := <-r.news:
			enqueued = r.note(n) || enqueued
		default:
			if enqueued {
				return r.checkpoint(ctx)
			}
			return nil
		}
	}
}

// hearNow takes in the news that have come, while rows are delivered, and keeps the
// state that waits for it.
func (r *Run) hearNow(ctx context.Context) error {
	select {
	case n := <-r.news:
		return r.hear(ctx, n)
	default:
	}
	if r.waiting {
		return r.checkpoint(ctx)
	}
	return nil
}

// note writes news into their job; true when a job is new.
func (r *Run) note(n news) bool {
	j := n.job
	if n.ended {
		r.slots.taken--
		j.result, j.took, j.err, j.ended = n.result, n.took, n.err, time.Now()
		return false
	}
	if n.window.job != j { // given up meanwhile
		return false
	}
	j.id, j.asOf = n.id, n.asOf
	r.config.State.addJob(SavedJob{
		ID: n.id, Dataset: n.window.dataset.id(), Attributes: n.window.dataset.request.Fingerprint,
		Start: n.window.planned.Start, End: n.window.planned.End, AsOf: n.asOf,
	})
	return true
}

// giveUp forgets a window's job. It goes on to hold its slot until it ends.
func (r *Run) giveUp(w *window) {
	if w.job != nil {
		r.config.State.dropJob(w.job.id)
		w.job = nil
	}
}

// giveUpAll gives up all that is under way of a dataset.
func (r *Run) giveUpAll(d *datasetRun) {
	for _, w := range d.queue {
		r.giveUp(w)
	}
	d.queue = nil
}
