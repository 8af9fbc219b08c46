package intercom

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// jobOf answers with the status that the job has at its age.
func jobOf(status func(age time.Duration) string) http.HandlerFunc {
	var first time.Time
	return func(w http.ResponseWriter, r *http.Request) {
		if first.IsZero() {
			first = time.Unix(epoch, 0)
		}
		s := status(time.Since(first))
		if s == "404" {
			say(404, envelope("not_found", "Export job not found for identifier: j"))(w, r)
			return
		}
		code := 200
		if s == "failed" {
			code = 504
		}
		url := "/d"
		if s == "pending" || s == "in_progress" {
			url = ""
		}
		say(code, fmt.Sprintf(`{"job_identifier":"j","status":%q,"download_url":%q}`, strings.TrimSuffix(s, " with URL"), url))(w, r)
	}
}

func becomes(after time.Duration, before, then string) func(time.Duration) string {
	return func(age time.Duration) string {
		if age < after {
			return before
		}
		return then
	}
}

func TestAwait(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status func(time.Duration) string
		want   Status
		by     time.Duration // it is noticed by then
		looks  int           // at most
	}{
		{"at once", becomes(0, "", "complete"), "complete", 200 * time.Millisecond, 1},
		{"four seconds", becomes(4*time.Second, "pending", "completed"), "completed", 4400 * time.Millisecond, 20},
		{"half an hour", becomes(30*time.Minute, "in_progress", "success"), "success", 30*time.Minute + 15*time.Second, 180},
		{"done", becomes(time.Second, "pending", "done"), "done", 2 * time.Second, 10},
		{"a URL while it is pending", becomes(time.Second, "pending", "pending with URL"), "complete", 2 * time.Second, 10},
		{"no data", becomes(time.Second, "pending", "no_data"), "no_data", 2 * time.Second, 10},
		{"unknown at first", becomes(30*time.Second, "404", "complete"), "complete", 33 * time.Second, 45},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen clock
			inBubble(t, seen.Then(jobOf(tt.status)), func(t *testing.T, c *Client) {
				start := time.Now()
				job, err := c.Await(t.Context(), "j", start)
				if err != nil || job.Status != tt.want || job.DownloadURL != "/d" {
					t.Fatalf("got %+v, %v", job, err)
				}
				if took := time.Since(start); took > tt.by || len(seen.At) > tt.looks {
					t.Errorf("%d looks in %v", len(seen.At), took)
				}
				for _, gap := range seen.Gaps() {
					if !between(gap, 200*time.Millisecond, 15*time.Second) {
						t.Errorf("looked again after %v", gap)
					}
				}
			})
		})
	}
}

func TestAwaitFailures(t *testing.T) {
	for _, tt := range []struct {
		name     string
		status   func(time.Duration) string
		age      time.Duration // at the start
		want     string
		took     time.Duration
		timedOut bool
	}{
		{"failed", becomes(0, "", "failed"), 0, `export job j ended as "failed", seen 0s after it was enqueued`, 200 * time.Millisecond, false},
		{"cancelled", becomes(0, "", "canceled"), 0, `export job j ended as "canceled", seen 0s after it was enqueued`, 200 * time.Millisecond, false},
		{"for ever pending", becomes(0, "", "pending"), 0, `export job j is still "pending" 1h0m0s after it was enqueued`, time.Hour, true},
		{"taken up too late", becomes(0, "", "pending"), 2 * time.Hour, `export job j is still "pending" 2h0m0s after it was enqueued`, 0, true},
		{"never known", becomes(0, "", "404"), 0, "", time.Minute + 10*time.Second, false},
		{"vanished", becomes(0, "", "404"), 5 * time.Minute, `export job j ended as "vanished", seen 5m0s after it was enqueued`, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, jobOf(tt.status), func(t *testing.T, c *Client) {
				start := time.Now()
				_, err := c.Await(t.Context(), "j", start.Add(-tt.age))
				var e *JobError
				if !errors.As(err, &e) || e.TimedOut() != tt.timedOut || e.ID != "j" {
					t.Fatalf("got %v", err)
				}
				if want := "intercom: " + tt.want; tt.want != "" && err.Error() != want {
					t.Errorf("got  %v\nwant %v", err, want)
				}
				if took := time.Since(start); !between(took, tt.took-time.Second, tt.took+time.Second) && tt.name != "never known" || took > tt.took+time.Second {
					t.Errorf("took %v", took)
				}
				var answer *Error
				if (e.Status == Vanished) != (errors.As(err, &answer) && answer.NotFound()) {
					t.Errorf("status %q with %v", e.Status, e.Err)
				}
			})
		})
	}
}

func TestAwaitTakesUpAJobThatIsDone(t *testing.T) {
	inBubble(t, jobOf(becomes(0, "", "complete")), func(t *testing.T, c *Client) {
		start := time.Now()
		if _, err := c.Await(t.Context(), "j", start.Add(-3*time.Hour)); err != nil || time.Since(start) != 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestAwaitPassesOnOtherErrors(t *testing.T) {
	inBubble(t, say(401, ""), func(t *testing.T, c *Client) {
		_, err := c.Await(t.Context(), "j", time.Time{})
		var e *Error
		if !errors.As(err, &e) || !e.Unauthorized() {
			t.Errorf("got %v", err)
		}
	})
}

// An answer with any status whose body is a job is one: a failed job is told by
// HTTP 504, and 66 looks at it would say nothing else.
func TestAJobIsBelievedWhateverTheStatus(t *testing.T) {
	for _, code := range []int{400, 404, 500, 503, 504} {
		var seen clock
		failed := say(code, `{"job_identifier":"j","status":"failed","download_url":"","download_expires_at":""}`)
		inBubble(t, seen.Then(failed), func(t *testing.T, c *Client) {
			_, err := c.Await(t.Context(), "j", time.Time{})
			var e *JobError
			if !errors.As(err, &e) || e.Status != "failed" || len(seen.At) != 1 {
				t.Errorf("%d: %d looks, %v", code, len(seen.At), err)
			}
			job, err := c.Enqueue(t.Context(), anExport())
			if err != nil || job.ID != "j" || !job.Status.Failed() {
				t.Errorf("%d: got %+v, %v", code, job, err)
			}
		})
	}
	for body, want := range map[string]Status{
		`{"job_identifier":"j","status":null,"download_url":"/f"}`: "complete",
		`{"download_url":"/f"}`:                 "complete",
		`{"status":"failed","download_url":""}`: "failed",
	} {
		for _, code := range []int{200, 504} {
			var seen clock
			inBubble(t, seen.Then(say(code, body)), func(t *testing.T, c *Client) {
				if job, err := c.Job(t.Context(), "j"); err != nil || job.Status != want || len(seen.At) != 1 {
					t.Errorf("%d %s: %d looks, %+v, %v", code, body, len(seen.At), job, err)
				}
			})
		}
	}
	var seen clock
	inBubble(t, seen.Then(answers(say(504, "{}"), say(504, `{"job_identifier":"j"}`), say(200, `{"status":"done"}`))), func(t *testing.T, c *Client) {
		if job, err := c.Job(t.Context(), "j"); err != nil || !job.Status.Done() || len(seen.At) != 3 {
			t.Errorf("%d looks, %+v, %v", len(seen.At), job, err)
		}
	})
}
