package connector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// TestYear walks a year at two seconds a job, adaptively and four jobs at a
// time, and beside it a month of that year an hour at a time, one job after
// another, as other connectors do. -v prints both.
func TestYear(t *testing.T) {
	adaptive := walkYear(t, "adaptive, four jobs", "2025-03-09", "", "4")
	hourly := walkYear(t, "a month hour by hour", "2026-02-09", "3600", "1")
	for _, walk := range []walk{adaptive, hourly} {
		t.Logf("%-22s %5d jobs, %4.2f in flight on average, %8s of the workspace's time, %d MB live at its peak",
			walk.name, walk.Jobs, walk.MeanInFlight, walk.took.Round(time.Second), walk.heap>>20)
	}
	if adaptive.Jobs > 60 || adaptive.MeanInFlight < 3 || adaptive.PeakPending > 4 || adaptive.heap > 32<<20 {
		t.Errorf("at most 60 jobs, at least 3 in flight on average, never more than 4, under 32 MB")
	}
}

type walk struct {
	sandbox.Stats
	name string
	took time.Duration
	heap uint64
}

func walkYear(t *testing.T, name, start, window, jobs string) (result walk) {
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-365*day), 365*24)},
		JobTime:  func(string, int, time.Duration) time.Duration { return 2 * time.Second },
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // as the program collects
	runtime.GC()                                      // what other tests hold and leave behind is not this one's
	before := live()
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", start, "lookback_days", "0", "window_seconds", window, "parallel_jobs", jobs)
		w.destination.onMessage = func(*sdk.UpdateResponse) {
			now := live()
			result.heap = max(result.heap, now-min(before, now))
		}
		w.sync()
		w.equalsTruth("call")
		result.name, result.Stats, result.took = name, w.sandbox.Stats(), time.Since(monday)
	})
	return result
}

// live is what the last collection left of the heap, in bytes.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// A sync takes as many jobs as there are datasets, also on a day with a look-back,
// once windows have grown so wide; a sync's time is its jobs' time. -v prints it.
func TestAsFewJobsAsDatasets(t *testing.T) {
	for _, job := range []time.Duration{4 * time.Second, 30 * time.Second} {
		options := sandbox.Options{
			Timezone: "UTC", RowsPerDay: 5, Epoch: monday.Add(-61 * day),
			JobTime: func(string, int, time.Duration) time.Duration { return job },
		}
		inBubble(t, monday, options, func(w *world) {
			w.set("dataset_id", "all", "initial_start_time", "2026-02-01")
			w.sync()
			sync := func(what string) {
				before, began := w.sandbox.Stats().Jobs, time.Now()
				w.sync()
				jobs := w.sandbox.Stats().Jobs - before
				t.Logf("%v a job, %s: %d jobs, %v", job, what, jobs, time.Since(began).Round(time.Second))
				if jobs != len(builtIn) {
					t.Errorf("%s: %d jobs for %d datasets", what, jobs, len(builtIn))
				}
			}
			for range 5 { // windows grow
				time.Sleep(day)
				w.sync()
			}
			time.Sleep(2 * time.Hour)
			sync("a plain sync")
			time.Sleep(day)
			sync("with the look-back")
		})
	}
}
