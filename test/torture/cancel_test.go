package torture

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// TestCancel takes the client away at every moment of a sync, among them those
// in which a call stalls, a retry waits or a job is polled. The sync ends within
// a second; no connection, no poll and no goroutine is left: a bubble of
// synctest fails if one is.
func TestCancel(t *testing.T) {
	weathers := map[string]faults.Fault{
		"calm": "", "headers stall": faults.StallHeaders, "bodies stall": faults.StallBody, "connections stall": stallConnect,
		"retries wait": faults.Unavailable503, "the rate limit waits": faults.RateLimited, "slots are taken": faults.JobLimited,
		"jobs hang": faults.JobPendingForever,
	}
	moments := 0
	for name, fault := range weathers {
		for _, after := range offsets() {
			moments++
			cancelled(t, name, fault, after)
		}
	}
	figure("cancelled: at %d moments of a sync, in %d kinds of weather; each ended within a second and left nothing behind", moments, len(weathers))
}

// offsets are moments of a sync whose calls take 50 ms and whose jobs 2 s.
func offsets() (list []time.Duration) {
	step := time.Duration(choose(900, 30)) * time.Millisecond
	for at := time.Duration(0); at < 6*time.Second; at += step {
		list = append(list, at)
	}
	return list
}

func cancelled(t *testing.T, name string, fault faults.Fault, after time.Duration) {
	options := sandbox.Options{
		Timezone: "UTC", Datasets: quiet(monday), Latency: 50 * time.Millisecond, PendingJobs: 1000,
		JobTime: func(string, int, time.Duration) time.Duration { return 2 * time.Second },
	}
	inBubble(t, monday, options, nil, func(w *world) {
		w.set("dataset_id", "all", "window_seconds", "43200", "initial_start_time", monday.Add(-day).Format(time.RFC3339))
		if err := w.destination.schema(w.connector, w.configuration); err != nil {
			w.t.Fatalf("%v\n%s", err, w.log)
		}
		w.saboteur.sabotage(func(k kind, nth int) faults.Fault {
			if nth%3 == 1 || k == enqueue {
				return fault
			}
			return ""
		})
		ctx, cancel := context.WithCancel(context.Background())
		defer time.AfterFunc(after, cancel).Stop()
		began := time.Now()
		err := w.destination.sync(ctx, w.connector, w.configuration)
		if took := time.Since(began); took > after+time.Second {
			t.Errorf("%s, cancelled after %v: it ended after %v with %v", name, after, took, err)
		}
		if ctx.Err() != nil && err == nil {
			t.Errorf("%s, cancelled after %v: no error", name, after)
		}
		cancel()
		calls, _ := w.saboteur.made()
		w.saboteur.close()
		synctest.Wait()
		if n := w.saboteur.open.Load(); n > 0 {
			t.Errorf("%s, cancelled after %v: %d connections are left", name, after, n)
		}
		time.Sleep(time.Hour)
		if n, _ := w.saboteur.made(); n > calls {
			t.Errorf("%s, cancelled after %v: %d calls were made after its end", name, after, n-calls)
		}
	})
}
