package connector

import (
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// Jobs that never end hold the workspace's slots, so that a window is not
// halved for ever: a dataset gives up after four jobs, an hour each.
func TestStuckJobsEnd(t *testing.T) {
	options := sandbox.Options{
		Timezone:    "UTC",
		Datasets:    []sandbox.Dataset{calls(monday.Add(-day), 24)},
		PendingJobs: 100,
		JobTime:     func(string, int, time.Duration) time.Duration { return 1000 * time.Hour },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "86400", "parallel_jobs", "1")
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), `is still "pending" 1h0m0s after it was enqueued`) {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(monday); waited < 4*time.Hour || waited > 4*time.Hour+time.Minute {
			t.Errorf("gave up after %v", waited)
		}
	})
}
