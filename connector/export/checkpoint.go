package export

import (
	"context"
	"time"
)

// keepEvery is how long a run may go on without keeping its state, though
// nothing has come of it.
const keepEvery = 10 * time.Minute

// checkpoint makes the state last, and with it all that was delivered before.
// It is called after each window, after a job was enqueued, so that a restart
// can take it up, and otherwise every ten minutes. Nowhere else is the state
// kept.
func (r *Run) checkpoint(ctx context.Context) error {
	r.kept = time.Now()
	if err := r.config.Sink.Keep(ctx, *r.config.State); err != nil {
		return &SinkError{err}
	}
	return nil
}

// untilCheckpoint is how long the run may wait before it keeps its state again.
func (r *Run) untilCheckpoint() time.Duration {
	return max(keepEvery-time.Since(r.kept), 0)
}
