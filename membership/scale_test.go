package membership_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// sized is a workspace with that many contacts, and all else in proportion to
// a large one: a hundred thousand contacts, 5,000 companies, 20 segments, 50 tags.
func sized(contacts int) sandbox.Options {
	return sandbox.Options{Seed: 11, Contacts: contacts, Companies: contacts / 20, Segments: 20, Tags: 50, RateLimit: 100_000}
}

// troubles are what a long walk meets: each kind of failure now and then.
func troubles(r sandbox.Request) faults.Fault {
	switch {
	case r.Pattern == "GET /companies/scroll" && r.Nth == 2:
		return faults.ScrollExpired
	case r.Pattern == "GET /companies/scroll" && r.Nth == 5:
		return faults.ScrollBroken
	case r.Pattern != "GET /companies/scroll" && r.Index%61 == 60:
		return faults.ServerError500
	case r.Pattern == "POST /contacts/search" && r.Nth%41 == 40:
		return faults.GatewayTimeout504
	case r.Pattern == "GET /contacts" && r.Nth%21 == 20:
		return faults.RateLimitedRetry
	case r.Pattern == "GET /contacts" && r.Nth%19 == 18:
		return faults.TruncatedJSON
	}
	return ""
}

// shifts moves some pages back: what was read comes again.
func shifts(r sandbox.Request) int { return []int{0, 0, 5, 0, 30}[r.Nth%5] }

// TestEveryTroubleAtOnce wants the exact truth out of a workspace in which
// everything goes wrong. Time is the bubble's, so that waits cost none.
// BenchmarkLargeWorkspace does the same with a hundred thousand contacts.
func TestEveryTroubleAtOnce(t *testing.T) {
	o := sized(troubled)
	o.RateLimit = 167 // a thousand a minute, as for an app that is not private
	o.Faults = troubles
	o.PageShift = shifts
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		start := time.Now()
		l, s := walkAll(t, membership.Config{Client: client})
		compare(t, l, box)
		if !s.Complete() {
			t.Errorf("not proven complete: %+v", s.Done)
		}
		stats := box.Stats()
		t.Logf("%d calls, %d faults, %d over the rate limit, %v of the workspace's time", stats.Total, stats.Faults, stats.RateLimited, time.Since(start))
		if stats.RateLimited > 0 {
			t.Errorf("%d calls were over the rate limit", stats.RateLimited)
		}
		if stats.Faults < troubled/500 {
			t.Errorf("only %d faults: the test shows nothing", stats.Faults)
		}
	})
}

const walkURL = "MEMBERSHIP_WALK_URL"

// TestMain lets a test start this binary as a process that walks and does
// nothing else, so that its memory can be told from the sandbox's.
func TestMain(m *testing.M) {
	if url := os.Getenv(walkURL); url != "" {
		if err := walkAlone(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// walkAlone walks with all stages at once, as the operator does, and prints
// the peak of the heap in bytes.
func walkAlone(url string) error {
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		return err
	}
	w := membership.New(membership.Config{Client: client}, begin())
	var peak heapPeak
	run := func(stage membership.Stage) error {
		rows := 0
		return w.Run(context.Background(), stage, func(tables.Row) error {
			if rows++; rows%5000 == 0 {
				peak.look()
			}
			return nil
		})
	}
	if err := run(membership.Segments); err != nil {
		return err
	}
	var together sync.WaitGroup
	errs := make(chan error, 3)
	for _, stage := range []membership.Stage{membership.Contacts, membership.ContactSegments, membership.Companies} {
		together.Go(func() { errs <- run(stage) })
	}
	together.Wait()
	for range 3 {
		if err := <-errs; err != nil {
			return err
		}
	}
	fmt.Println(peak.bytes, w.State().Complete())
	return nil
}

type heapPeak struct {
	mu    sync.Mutex
	bytes uint64
}

func (p *heapPeak) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes = max(p.bytes, m.HeapInuse)
}

// heapOfWalk walks a sandbox in a process of its own and returns the peak of
// its heap in bytes.
func heapOfWalk(t testing.TB, o sandbox.Options) (peak uint64) {
	t.Helper()
	o.Now, o.Epoch = at(noon), epoch
	box := sandbox.New(o)
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeBox()
	alone := exec.CommandContext(t.Context(), os.Args[0])
	alone.Env = append(os.Environ(), walkURL+"="+url)
	alone.Stderr = os.Stderr
	out, err := alone.Output()
	if err != nil {
		t.Fatal(err)
	}
	var complete bool
	if _, err := fmt.Sscan(string(out), &peak, &complete); err != nil || !complete {
		t.Fatalf("the walk said %q, %v", out, err)
	}
	return peak
}

func TestMemoryStaysSmall(t *testing.T) {
	peak := heapOfWalk(t, sized(6_000))
	t.Logf("heap at most %.1f MB", float64(peak)/1e6)
	if peak > 32<<20 {
		t.Errorf("heap at most %d bytes", peak)
	}
}

// BenchmarkLargeWorkspace walks a hundred thousand contacts, with shifting
// pages, lost scrolls and every five hundredth call failing, compares what came
// with the truth and bounds the memory it takes.
func BenchmarkLargeWorkspace(b *testing.B) {
	o := sized(100_000)
	o.PageShift = shifts
	o.Faults = func(r sandbox.Request) faults.Fault {
		switch {
		case r.Pattern == "GET /companies/scroll":
			return troubles(r)
		case r.Index%500 == 499:
			return []faults.Fault{faults.ServerError500, faults.TruncatedJSON, faults.ResetMiddle}[r.Index%3]
		}
		return ""
	}
	box, client := workspace(b, o)
	var last *lake
	rows := int64(0)
	for b.Loop() {
		l, s := walkAll(b, membership.Config{Client: client})
		last, rows = l, 0
		for _, n := range s.Rows() {
			rows += n
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(box.Stats().Total)/float64(b.N), "calls/op")
	compare(b, last, box)
	peak := heapOfWalk(b, sized(100_000))
	b.ReportMetric(float64(peak)/1e6, "heap-MB")
	if peak > 128<<20 {
		b.Errorf("heap at most %d bytes", peak)
	}
}
