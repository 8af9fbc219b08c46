package sandbox

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// bubble serves a sandbox in memory, for tests whose clock is synctest's.
func bubble(t *testing.T, o Options) (*Sandbox, *client) {
	t.Helper()
	s := New(o)
	transport, closeAll := s.InMemory()
	t.Cleanup(func() {
		if err := closeAll(); err != nil {
			t.Error(err)
		}
	})
	return s, &client{t: t, base: "http://127.0.0.1", http: &http.Client{Transport: transport}, header: http.Header{}}
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := bubble(t, Options{RateLimit: 3})
		start := time.Now().Truncate(10 * time.Second).Add(10 * time.Second)
		time.Sleep(time.Until(start))
		for _, test := range []struct {
			status    int
			remaining string
		}{{200, "2"}, {200, "1"}, {200, "0"}, {429, "0"}, {429, "0"}} {
			answer, err := c.do("GET", "/me", "")
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			h := answer.Header
			if answer.StatusCode != test.status || h.Get("X-RateLimit-Limit") != "3" || h.Get("X-RateLimit-Remaining") != test.remaining ||
				h.Get("X-RateLimit-Reset") != strconv.FormatInt(start.Unix()+10, 10) {
				t.Errorf("got %d %v, want %d with %s remaining", answer.StatusCode, h, test.status, test.remaining)
			}
			if test.status == 429 && !strings.Contains(string(text), `"message":"Exceeded rate limit of 3 in 10_seconds"`) {
				t.Errorf("429 says %s", text)
			}
		}
		time.Sleep(10 * time.Second)
		if status, _ := c.call("GET", "/me", ""); status != 200 {
			t.Errorf("in the next window: status %d", status)
		}
		if got := s.Stats(); got.RateLimited != 2 || got.Total != 6 || got.Calls["GET /me"] != 6 {
			t.Errorf("stats: %+v", got)
		}
	})
}

func TestJobLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		foreign := 1
		s, c := bubble(t, Options{
			JobTime:     func(string, int, time.Duration) time.Duration { return 4 * time.Second },
			ForeignJobs: func(time.Time) int { return foreign },
		})
		now := time.Now()
		enqueue := func() (int, []byte) {
			return c.call("POST", "/export/reporting_data/enqueue", exportBody("call", now.Add(-time.Hour), now, "call.call_id"))
		}
		for i := range 4 {
			if status, text := enqueue(); status != 200 {
				t.Fatalf("job %d: %d %s", i, status, text)
			}
		}
		status, text := enqueue()
		if status != 429 || !strings.Contains(string(text), `"code":"rate_limit_exceeded","message":"Exceeded rate limit of 5 pending reporting dataset export jobs"`) {
			t.Errorf("one job too many: %d %s", status, text)
		}
		foreign = 0
		if status, _ := enqueue(); status != 200 {
			t.Errorf("the other integration's slot is free, and yet: %d", status)
		}
		time.Sleep(4 * time.Second)
		if status, _ := enqueue(); status != 200 {
			t.Errorf("all jobs are done, and yet: %d", status)
		}
		time.Sleep(4 * time.Second)
		if got := s.Stats(); got.Jobs != 6 || got.PeakPending != 5 || got.JobLimited != 1 || got.MeanInFlight != 3 {
			t.Errorf("stats: %+v", got)
		}
	})
}

func TestJobLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := bubble(t, Options{
			JobLag: time.Second, JobTTL: time.Hour, Latency: 100 * time.Millisecond,
			JobTime: func(_ string, rows int, span time.Duration) time.Duration {
				if rows == 0 || span != 24*time.Hour {
					t.Errorf("the job's time was asked for %d rows in %v", rows, span)
				}
				return 10 * time.Second
			},
		})
		begun := time.Now()
		j := c.enqueued("call", begun.Add(-24*time.Hour), begun, "call.call_id")
		if took := time.Since(begun); took != 100*time.Millisecond {
			t.Errorf("the answer took %v, want the latency of 100 ms", took)
		}
		for _, step := range []struct {
			sleep  time.Duration
			status int
			say    string
		}{
			{0, 404, "Export job not found"},
			{time.Second, 200, `"pending"`},
			{10 * time.Second, 200, `"complete"`},
			{time.Hour, 404, "Export job not found"},
		} {
			time.Sleep(step.sleep)
			status, text := c.call("GET", "/export/reporting_data/"+j.ID, "")
			if status != step.status || !strings.Contains(string(text), step.say) {
				t.Errorf("%v later: %d %s, want %d %s", step.sleep, status, text, step.status, step.say)
			}
		}
	})
}
