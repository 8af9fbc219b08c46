package intercom

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"intercom-connector/intercom/transport"
)

// Everything about time runs in synctest bubbles: hours pass in no time, and
// exactly.

func between(d, low, high time.Duration) bool { return low <= d && d <= high }

func TestTransientFaultsAreRepeated(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"408":                  say(408, ""),
		"429":                  say(429, "", "Retry-After", "1"),
		"500":                  say(500, envelope("x", "y")),
		"502 with HTML":        say(502, "<html>"),
		"503":                  say(503, ""),
		"504":                  say(504, ""),
		"empty":                say(200, ""),
		"cut-off JSON":         say(200, meBody[:30]),
		"damaged gzip":         say(200, gz(meBody)[:30], "Content-Encoding", "gzip"),
		"reset":                hangUp,
		"reset within headers": hijacked("HTTP/1.1 200 OK\r\nContent-Le"),
		"reset within body":    hijacked("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
	} {
		t.Run(name, func(t *testing.T) {
			var seen clock
			var waits []Wait
			inBubble(t, seen.Then(answers(fault, fault, say(200, meBody))), func(t *testing.T, c *Client) {
				if err := askMe(c); err != nil {
					t.Fatal(err)
				}
				gaps := seen.Gaps()
				if len(gaps) != 2 || !between(gaps[0], 250*time.Millisecond, 1100*time.Millisecond) || !between(gaps[1], 500*time.Millisecond, 1500*time.Millisecond) {
					t.Errorf("repeated after %v", gaps)
				}
				if len(waits) < 2 || waits[0].Op != "read workspace" || waits[0].For <= 0 {
					t.Errorf("told of %+v", waits)
				}
			}, func(cfg *Config) { cfg.OnWait = func(w Wait) { waits = append(waits, w) } })
		})
	}
}

func TestOtherFailuresAreNotRepeated(t *testing.T) {
	for _, status := range []int{400, 401, 402, 403, 404, 422, 501} {
		var seen clock
		inBubble(t, seen.Then(say(status, "")), func(t *testing.T, c *Client) {
			if err := askMe(c); err == nil || len(seen.At) != 1 {
				t.Errorf("%d: %d requests, %v", status, len(seen.At), err)
			}
		})
	}
}

func TestTheJobLimitIsNotWaitedFor(t *testing.T) {
	var seen clock
	limit := say(429, envelope("rate_limit_exceeded", "Exceeded rate limit of 5 pending reporting dataset export jobs"), "Retry-After", "7")
	inBubble(t, seen.Then(answers(limit, say(200, meBody))), func(t *testing.T, c *Client) {
		start := time.Now()
		_, err := c.Enqueue(t.Context(), anExport())
		var e *Error
		if !errors.As(err, &e) || !e.JobLimit() || e.Wait != 7*time.Second {
			t.Errorf("got %v", err)
		}
		if err := askMe(c); err != nil || time.Since(start) != 0 {
			t.Errorf("other calls were held back for %v: %v", time.Since(start), err)
		}
	})
}

func TestRepetitionsEnd(t *testing.T) {
	var seen clock
	inBubble(t, seen.Then(say(503, "")), func(t *testing.T, c *Client) {
		start := time.Now()
		err := askMe(c)
		var e *Error
		if !errors.As(err, &e) || e.Status != 503 || !e.Transient() {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); !between(took, 4*time.Minute, 5*time.Minute) || !between(time.Duration(len(seen.At)), 10, 30) {
			t.Errorf("%d requests in %v", len(seen.At), took)
		}
		for _, gap := range seen.Gaps() {
			if gap > 45*time.Second {
				t.Errorf("waited %v", gap)
			}
		}
	})
}

func TestAWaitBeyondTheDeadlineIsNotBegun(t *testing.T) {
	inBubble(t, say(429, "", "Retry-After", "3600"), func(t *testing.T, c *Client) {
		start := time.Now()
		err := askMe(c)
		var e *Error
		if !errors.As(err, &e) || e.Wait != time.Hour || time.Since(start) != 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestAskedWaitsAreBounded(t *testing.T) {
	for _, headers := range [][]string{
		{"Retry-After", "99999999999"},
		{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"},
		{"X-RateLimit-Reset", "99999999999"},
	} {
		inBubble(t, say(429, "", headers...), func(t *testing.T, c *Client) {
			var e *Error
			if err := askMe(c); !errors.As(err, &e) || e.Wait != 24*time.Hour {
				t.Errorf("%v: got %v", headers, err)
			}
		})
	}
}

// The bubble's clock begins at 2000-01-01T00:00:00Z.
const epoch = 946684800

func TestRateLimitWaits(t *testing.T) {
	at := func(offset int) string { return strconv.Itoa(epoch + offset) }
	date := func(offset int) string {
		return time.Unix(epoch+int64(offset), 0).UTC().Format(http.TimeFormat)
	}
	for _, tt := range []struct {
		name    string
		headers []string
		want    time.Duration
	}{
		{"nothing said", nil, 10 * time.Second},
		{"Retry-After", []string{"Retry-After", "3"}, 3 * time.Second},
		{"Retry-After as a date", []string{"Retry-After", date(25)}, 25 * time.Second},
		{"Retry-After without sense", []string{"Retry-After", "soon"}, 10 * time.Second},
		{"Retry-After negative", []string{"Retry-After", "-5"}, 10 * time.Second},
		{"reset", []string{"X-RateLimit-Reset", at(8)}, 8 * time.Second},
		{"reset in the past", []string{"X-RateLimit-Reset", at(-100)}, 10 * time.Second},
		{"reset without sense", []string{"X-RateLimit-Reset", "9223372036854775807"}, 10 * time.Second},
		{"reset in milliseconds", []string{"X-RateLimit-Reset", at(8) + "000"}, 8 * time.Second},
		{"reset now", []string{"X-RateLimit-Reset", at(0)}, 10 * time.Second},
		{"the later of both", []string{"X-RateLimit-Reset", at(8), "Retry-After", "5"}, 8 * time.Second},
		{"the later of both again", []string{"X-RateLimit-Reset", at(5), "Retry-After", "8"}, 8 * time.Second},
		{"our clock is an hour late", []string{"Date", date(3600), "X-RateLimit-Reset", at(3606)}, 6 * time.Second},
		{"our clock is an hour early", []string{"Date", date(-3600), "X-RateLimit-Reset", at(-3594)}, 6 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen clock
			h := seen.Then(answers(say(429, "", tt.headers...), say(200, meBody)))
			inBubble(t, h, func(t *testing.T, c *Client) {
				if err := askMe(c); err != nil {
					t.Fatal(err)
				}
				if gap := seen.Gaps()[0]; !between(gap, tt.want, tt.want+2*time.Second) {
					t.Errorf("waited %v, want %v", gap, tt.want)
				}
			})
		})
	}
}

// A rate limit that others spend again and again is waited out for an hour, and
// the faults in between have their own time.
func TestABudgetThatOthersSpend(t *testing.T) {
	limited := say(429, envelope("rate_limit_exceeded", "Exceeded rate limit of 167 in 10_seconds"), "Retry-After", "10")
	start := time.Unix(epoch, 0)
	for _, tt := range []struct {
		name string
		free time.Duration // until when others spend all
		want bool
	}{{"for fifty minutes", 50 * time.Minute, true}, {"for two hours", 2 * time.Hour, false}} {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				switch n++; {
				case time.Since(start) >= tt.free:
					say(200, meBody)(w, r)
				case n%50 == 49:
					say(502, "")(w, r)
				default:
					limited(w, r)
				}
			}, func(t *testing.T, c *Client) {
				err := askMe(c)
				if took := time.Since(start); (err == nil) != tt.want || took > time.Hour {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// Calls go at full speed until the budget is spent, then all wait for its
// renewal.
func TestTheBudgetIsKept(t *testing.T) {
	var mu sync.Mutex
	var served []time.Duration
	start := time.Unix(epoch, 0)
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Since(start)
		period := int(now / (10 * time.Second))
		left := 20
		for _, s := range served {
			if int(s/(10*time.Second)) == period {
				left--
			}
		}
		headers := []string{"X-RateLimit-Limit", "20", "X-RateLimit-Reset", strconv.Itoa(epoch + 10*(period+1))}
		if left == 0 {
			t.Errorf("a call after %v is beyond the budget", now)
			say(429, "", headers...)(w, r)
			return
		}
		served = append(served, now)
		say(200, meBody, append(headers, "X-RateLimit-Remaining", strconv.Itoa(left-1))...)(w, r)
	}, func(t *testing.T, c *Client) {
		me := c.ForWorkspace(Me{AppID: "xyz"}) // shares the budget
		for i := range 5 {
			if err := askMe([]*Client{c, me}[i%2]); err != nil {
				t.Error(err)
			}
		}
		var all sync.WaitGroup
		for range 45 {
			all.Go(func() {
				if err := askMe(c); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(served) != 50 || served[19] > time.Second {
			t.Errorf("%d calls, the twentieth after %v", len(served), served[19])
		}
		if last := served[49]; !between(last, 20*time.Second, 25*time.Second) {
			t.Errorf("the last call came after %v", last)
		}
	})
}

func TestAWrongResetDoesNotStopEverything(t *testing.T) {
	var seen clock
	far := say(200, meBody, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.Itoa(epoch+1_000_000))
	past := say(200, meBody, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.Itoa(epoch-50))
	inBubble(t, seen.Then(answers(far, past, past)), func(t *testing.T, c *Client) {
		for range 3 {
			if err := askMe(c); err != nil {
				t.Fatal(err)
			}
		}
		if got := seen.Gaps(); !slices.Equal(got, []time.Duration{time.Minute, 0}) {
			t.Errorf("waited %v", got)
		}
	})
}

func TestStallsEndAndSayWhatWasWaitedFor(t *testing.T) {
	for _, tt := range []struct {
		name string
		h    http.HandlerFunc
		dial transport.Dial
		took time.Duration
		want string
	}{
		{"connection", nil, func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 15 * time.Second, "connecting to localhost: context deadline exceeded"},
		{"TLS handshake", nil, func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go io.Copy(io.Discard, theirs)
			return ours, nil
		}, 15 * time.Second, "connecting to localhost: net/http: TLS handshake timeout"},
		{"headers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, time.Minute, "waited 1m0s for the answer's headers from localhost"},
		{"body", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"app":`)
			stalls(w, r)
		}, nil, time.Minute, "waited 1m0s for more of the answer's body from localhost"},
		{"error body", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			stalls(w, r)
		}, nil, time.Minute, "500 Internal Server Error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, tt.h, func(t *testing.T, c *Client) {
				start := time.Now()
				err := askMe(c)
				var e *Error
				if !errors.As(err, &e) || !e.Transient() || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v", took)
				}
			}, func(cfg *Config) {
				cfg.Timeouts.Retry = -1
				if tt.dial != nil {
					cfg.BaseURL, cfg.Transport = "https://localhost", transport.New(15*time.Second, tt.dial)
				}
			})
		})
	}
}

// trickle sends a body piece by piece, each within the time for the next bytes.
func trickle(body string, piece int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for body := body; len(body) > 0; {
			n := min(piece, len(body))
			if _, err := io.WriteString(w, body[:n]); err != nil {
				return
			}
			body = body[n:]
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(59 * time.Second):
			}
		}
	}
}

// A body that trickles is slow, not stalled.
func TestASlowBodyIsNoStall(t *testing.T) {
	csv := "id\n" + strings.Repeat("row 12345\n", 100_000)
	inBubble(t, trickle(csv, 8000), func(t *testing.T, c *Client) {
		began := time.Now()
		if got, err := downloadAll(c, doneJob); got != csv || err != nil || time.Since(began) < 2*time.Hour {
			t.Errorf("%d bytes after %v, %v", len(got), time.Since(began), err)
		}
	})
}

// One that drips is no better than one that has stopped.
func TestADripEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		ask  func(*Client) error
		want string
	}{
		"an answer":  {askMe, "waited 5m0s for the whole of the answer's body from localhost"},
		"a download": {func(c *Client) error { _, err := downloadAll(c, doneJob); return err }, "waited 5m0s for"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, trickle(meBody, 1), func(t *testing.T, c *Client) {
				began := time.Now()
				err := tt.ask(c)
				var e *Error
				if !errors.As(err, &e) || !e.Transient() || !strings.Contains(err.Error(), tt.want) || time.Since(began) > 7*time.Minute {
					t.Errorf("got %v after %v", err, time.Since(began))
				}
			}, func(cfg *Config) { cfg.Timeouts.Retry = -1 })
		})
	}
}

// Nor is one that goes on and on.
func TestADownloadEnds(t *testing.T) {
	endless := "id\n" + strings.Repeat("row 12345\n", 800_000)
	inBubble(t, trickle(endless, 8000), func(t *testing.T, c *Client) {
		began := time.Now()
		got, err := downloadAll(c, doneJob)
		took := time.Since(began)
		if err == nil || !strings.Contains(err.Error(), "waited 12h0m0s for the whole of the answer's body") || took < wholeDownload || took > wholeDownload+time.Minute {
			t.Errorf("%d bytes after %v, %v", len(got), took, err)
		}
	})
}

func TestCancelEndsEveryWait(t *testing.T) {
	stall := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	pending := say(200, `{"job_identifier":"j","status":"pending"}`)
	for name, tt := range map[string]struct {
		h   http.HandlerFunc
		ask func(context.Context, *Client) error
	}{
		"headers": {stall, func(ctx context.Context, c *Client) error { _, err := c.Me(ctx); return err }},
		"backoff": {say(503, ""), func(ctx context.Context, c *Client) error { _, err := c.Me(ctx); return err }},
		"budget": {say(200, meBody, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.Itoa(epoch+50)), func(ctx context.Context, c *Client) error {
			c.Me(ctx)
			_, err := c.Me(ctx)
			return err
		}},
		"poll": {pending, func(ctx context.Context, c *Client) error {
			_, err := c.Await(ctx, "j", time.Time{})
			return err
		}},
		"download": {stall, func(ctx context.Context, c *Client) error { _, err := c.Download(ctx, doneJob); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, tt.h, func(t *testing.T, c *Client) {
				gone := errors.New("Fivetran went away")
				ctx, cancel := context.WithCancelCause(t.Context())
				start := time.Now()
				time.AfterFunc(33*time.Second, func() { cancel(gone) })
				err := tt.ask(ctx, c)
				var e *Error
				if !errors.Is(err, gone) || !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.Transient() {
					t.Errorf("got %v", err)
				}
				if time.Since(start) != 33*time.Second {
					t.Errorf("took %v", time.Since(start))
				}
			})
		})
	}
}
