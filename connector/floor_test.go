package connector

import (
	"testing"
	"time"

	"intercom-connector/sandbox"
)

// TestTheFirstSecond: the rows of the very second at which a first sync begins are
// read, and none of an earlier one, whether or not Intercom's ranges hold their
// ends; so are those of an earlier start later on.
func TestTheFirstSecond(t *testing.T) {
	for _, ends := range []string{"ends-start-only", "ends-end-only", "ends-neither", "ends-both"} {
		t.Run(ends, func(t *testing.T) {
			start, earlier := monday.Add(-day), monday.Add(-2*day)
			options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(start, 12)}}
			for i := range options.Datasets[0].Rows { // some on each side of both starts
				options.Datasets[0].Rows[i].Time = []time.Time{start, earlier}[i%2].Add(time.Duration(i/2-3) * time.Second)
			}
			if ends != "ends-both" {
				options.Dialect = []string{ends}
			}
			inBubble(t, monday, options, func(w *world) {
				w.set("dataset_id", "call", "initial_start_time", start.Format(time.RFC3339), "lookback_days", "0")
				if n := w.sync().upserts["call"]; n != 3 {
					t.Errorf("%d rows, want those of the first second and of the two after it", n)
				}
				w.equalsTruth("call")
				w.set("initial_start_time", earlier.Format(time.RFC3339))
				w.sync()
				w.equalsTruth("call")
			})
		})
	}
}
