package engagement

import (
	"context"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/export/slot"
	"intercom-connector/intercom"
)

// keepEvery is how long a run may wait without keeping its state.
const keepEvery = 10 * time.Minute

// Begin starts the job of the first range if the workspace's slot is free, so that
// it runs while the caller does other things. What goes wrong, Do meets again.
func (r *Run) Begin(ctx context.Context) error {
	w, ok := r.next()
	if !ok || r.mine(w) {
		return nil
	}
	asked := r.config.Clock()
	job, err := r.config.Client.EnqueueContent(ctx, instant(w.from), instant(w.to))
	if err != nil {
		r.config.Log.Info("the export of messages is asked for later", "reason", err)
		return nil
	}
	return r.remember(ctx, w, job, asked)
}

// mine says whether the job under way is one over exactly that range.
func (r *Run) mine(w span) bool {
	j := r.config.State.Job
	return j != nil && j.From == w.from && j.To == w.to
}

func (r *Run) remember(ctx context.Context, w span, job intercom.Job, asked time.Time) error {
	r.config.State.Job = &Job{ID: job.ID, From: w.from, To: w.to, AsOf: plan.AsOf(asked, job.ServerTime).Unix()}
	return r.config.Sink.Keep(ctx)
}

// job waits for the end of a range's job: the one under way, or a new one.
func (r *Run) job(ctx context.Context, w span) (job intercom.Job, asOf int64, err error) {
	began := time.Now()
	if r.mine(w) {
		began = began.Add(-max(r.config.Clock().Sub(instant(r.config.State.Job.AsOf)), 0))
	} else if err := r.enqueue(ctx, w); err != nil {
		return job, 0, err
	}
	saved := *r.config.State.Job
	err = r.meanwhile(ctx, func(ctx context.Context) (err error) {
		job, err = r.config.Client.AwaitContent(ctx, saved.ID, began)
		return err
	})
	return job, saved.AsOf, err
}

// enqueue waits while another's job is active, up to an hour.
func (r *Run) enqueue(ctx context.Context, w span) error {
	r.cancel(ctx)
	r.config.State.drop()
	var job intercom.Job
	var asked time.Time
	err := r.meanwhile(ctx, func(ctx context.Context) (err error) {
		enqueue := func(ctx context.Context) (intercom.Job, error) {
			return r.config.Client.EnqueueContent(ctx, instant(w.from), instant(w.to))
		}
		job, asked, err = slot.Wait(ctx, r.config.Clock, enqueue, func(waited time.Duration) {
			r.config.Log.Info("waiting for the end of another export of messages: the workspace has one at a time", "waited", waited)
		})
		return err
	})
	if err != nil {
		return err
	}
	return r.remember(ctx, w, job, asked)
}

// cancel frees the slot of our own job that nobody waits for any more, such as one
// that a run left long ago. It may have ended, or be gone.
func (r *Run) cancel(ctx context.Context) {
	if j := r.config.State.Job; j != nil {
		if err := r.config.Client.CancelContent(ctx, j.ID); err != nil {
			r.config.Log.Info("the export of messages that is no longer wanted was not cancelled", "reason", err)
		}
	}
}

// meanwhile does something that may take long, and keeps the state every ten
// minutes.
func (r *Run) meanwhile(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- r.config.Bug("export of messages")
			}
		}()
		done <- do(ctx)
	}()
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			cancel()
			return err
		case <-ticker.C:
			if err := r.config.Sink.Keep(ctx); err != nil {
				cancel()
				<-done
				return err
			}
		}
	}
}
