package export

import (
	"context"
	"time"
)

// keepEvery is how long a run may go on without keeping its state, though
// nothing has come of it.
const keepEvery = 10 * time.Minute

// checkpoint makes the state last, and with it all that was delivered before,
// unless it was kept a moment ago: then it waits for the rest of Config.Pause. It
// is called after each window, after a job was enqueued, so that a restart can take
// it up, and otherwise every ten minutes.
func (r *Run) checkpoint(ctx context.Context) error {
	if r.waiting = r.keptOnce && time.Since(r.kept) < r.config.Pause; r.waiting {
		return nil
	}
	return r.keep(ctx)
}

// keep makes the state last now.
func (r *Run) keep(ctx context.Context) error {
	r.kept, r.keptOnce, r.waiting = time.Now(), true, false
	if err := r.config.Sink.Keep(ctx, *r.config.State); err != nil {
		return &SinkError{err}
	}
	return nil
}

// untilCheckpoint is how long the run may wait before it keeps its state again.
func (r *Run) untilCheckpoint() time.Duration {
	every := keepEvery
	if r.waiting {
		every = r.config.Pause
	}
	return max(every-time.Since(r.kept), 0)
}
