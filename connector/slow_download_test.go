package connector

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// slowly gives a body some two hundred bytes a second.
type slowly struct{ io.ReadCloser }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Second)
	return s.ReadCloser.Read(p[:min(len(p), 2000)])
}

// slowDownloads carries calls, and downloads slowly.
type slowDownloads struct{ http.RoundTripper }

func (d slowDownloads) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := d.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasPrefix(r.URL.Path, "/download/") {
		response.Body = slowly{response.Body}
	}
	return response, err
}

// A file that comes for 45 minutes has checkpoints inside, ten minutes apart at the
// most. Whichever of them is the last before a sync is cut off, its rows are kept, and
// the next sync leaves the truth: of rows that are new, and of those that are read
// again and differ from what is remembered.
func TestSlowDownload(t *testing.T) {
	long := changing()
	for i := range long.Rows {
		long.Rows[i].Values["call.Score"] = strings.Repeat(fmt.Sprintf("%03d ", i), 600)
	}
	for name, days := range map[string]int{"new": 0, "read again": 1} {
		for _, last := range []int{0, 1, 3} { // 0: it is not cut off
			t.Run(fmt.Sprint(name, last), func(t *testing.T) {
				options := sandbox.Options{Timezone: "UTC", Body: sandbox.Plain, Datasets: []sandbox.Dataset{long}}
				inBubble(t, monday.Add(-day+10*time.Minute), options, func(w *world) {
					w.set("dataset_id", "call", "initial_start_time", "2026-02-27", "lookback_days", "20", "window_seconds", "2600000")
					fast := w.connector.options.Transport
					for range days {
						w.sync()
						time.Sleep(day)
					}
					w.connector.options.Transport = slowDownloads{fast}
					d, kept, held := w.destination, time.Now(), 0
					d.late = true
					d.onMessage = func(m *sdk.UpdateResponse) {
						if gap := time.Since(kept); gap > 10*time.Minute+time.Second {
							t.Errorf("%v without a checkpoint", gap)
						}
						if m.GetCheckpoint() == nil {
							return
						}
						if kept = time.Now(); m.GetCheckpoint().GetStateJson() == d.state {
							if held++; held == last {
								d.cutAfter = d.messages + 1
							}
						}
					}
					err := d.sync(w.connector, w.configuration)
					if rows := len(d.tables["call"]); (err != nil) != (last > 0) || held < 4 && last == 0 || rows < 45*last {
						t.Errorf("%d rows are kept, a checkpoint came again %d times: %v", rows, held, err)
					}
					w.connector.options.Transport, d.onMessage, d.cutAfter = fast, nil, 0
					for range 2 {
						time.Sleep(day)
						w.sync()
						w.equalsTruth("call")
					}
				})
			})
		}
	}
}
