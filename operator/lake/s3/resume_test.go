package s3_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/sandbox"
)

// resumeVariable makes the run that will be killed one that goes on with another,
// for so long at the most.
const resumeVariable = "S3_TEST_RESUME"

// run takes a run of so long at the most, with a client and a bucket of its own.
func run(url string, again bool, most time.Duration) (operator.Outcome, error) {
	ctx := context.Background()
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		return operator.Outcome{}, err
	}
	defer client.CloseIdleConnections()
	b, err := s3.Open(ctx, here("lake"), s3.Options{})
	if err != nil {
		return operator.Outcome{}, err
	}
	return operator.Take(ctx, lake.New(b, lake.Options{Now: func() time.Time { return noon }}), membership.Config{Client: client},
		membership.Begin(noon, time.UTC), operator.Snapshot{Until: time.Now().Add(most), Most: 9, Again: again})
}

// gate serves a workspace, and of the contact list so many pages only: the next
// one never comes.
type gate struct {
	*sandbox.Sandbox
	pages atomic.Int64
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/contacts" && g.pages.Add(-1) < 0 {
		<-r.Context().Done()
		return
	}
	g.Sandbox.ServeHTTP(w, r)
}

// TestRunKilledBeforeEveryChange hands a day over inside the contact list, to
// a run that is killed, by kill -9, before each change that it makes in turn.
// The run after it must publish the whole day.
func TestRunKilledBeforeEveryChange(t *testing.T) {
	s := startServer(t)
	g := &gate{Sandbox: sandbox.New(sandbox.Options{
		Contacts: 500, Companies: 6, RateLimit: 1 << 30, Epoch: noon.AddDate(0, 0, -9), Timezone: "UTC",
		Now: func() time.Time { return noon },
	})}
	served := httptest.NewServer(g)
	defer served.Close()
	kills, rows, most := 0, int64(0), time.Second/2
	for change := 0; ; change++ {
		g.pages.Store(1)
		out, err := run(served.URL, true, most)
		inside := err == nil && out.Unfinished && g.pages.Load() < 0
		exit := tooShort
		if inside {
			g.pages.Store(1)
			exit = kill(t, s, change, victimVariable+"="+served.URL, resumeVariable+"="+most.String())
		}
		if exit == tooShort { // for this machine as it is now
			if most *= 2; most > 10*time.Minute {
				t.Fatalf("the first run: %+v, %v", out, err)
			}
			change--
			continue
		}
		g.pages.Store(1 << 30)
		out, err = run(served.URL, false, time.Hour)
		if err != nil || len(out.Publications) != 9 {
			t.Fatalf("killed before change %d: the last run: %+v, %v", change+1, out, err)
		}
		if got := sound(t); rows != 0 && got != rows {
			t.Errorf("killed before change %d: a reader finds %d rows, want %d", change+1, got, rows)
		} else {
			rows = got
		}
		if left := unpublished(t); left != 0 {
			t.Errorf("killed before change %d: %d parts are left that nobody reads", change+1, left)
		}
		if exit >= 0 {
			if exit > 0 {
				t.Errorf("the run that was not killed ended with status %d", exit)
			}
			break
		}
		kills++
	}
	if kills < 6 {
		t.Errorf("only %d kills: the test shows little", kills)
	}
	if err := snapshot(served.URL); err != nil {
		t.Fatal(err)
	}
	if whole := sound(t); whole != rows {
		t.Errorf("several runs give %d rows, one run gives %d", rows, whole)
	}
}
