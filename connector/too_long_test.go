package connector

import (
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/state"
	"intercom-connector/sandbox"
)

// A job that failed because its window is too long, told by HTTP 504, is believed
// at the first answer: its window is split, and windows stay short enough.
func TestWindowsThatAreTooLong(t *testing.T) {
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}, Dialect: []string{"long-windows-504"}}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", "2026-03-08T12:00:00Z")
		for range 2 {
			began := time.Now()
			w.sync()
			w.equalsTruth("call")
			s, err := state.Parse(w.destination.state)
			if err != nil || s.Datasets["call"].Width > 2*3600 {
				t.Errorf("windows of %d seconds, %v", s.Datasets["call"].Width, err)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("the sync took %v", took)
			}
			time.Sleep(time.Hour)
		}
		polls, jobs := 0, w.sandbox.Stats().Jobs
		for call, n := range w.sandbox.Stats().Calls {
			if strings.HasPrefix(call, "GET /export/reporting_data/") {
				polls += n
			}
		}
		if polls > 2*jobs || jobs > 80 {
			t.Errorf("%d polls for %d jobs", polls, jobs)
		}
	})
}
