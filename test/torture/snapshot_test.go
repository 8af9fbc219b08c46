package torture

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/status"

	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// ofPeople are the faults of the calls of a snapshot of segments and tags.
var ofPeople = []trouble{
	{fault: faults.Timeout408, on: people, ever: down("408")},
	{fault: faults.RateLimitedRetry, on: people, ever: down("429 rate_limit_exceeded")},
	{fault: faults.RateLimitedPast, on: people, ever: down("429 rate_limit_exceeded")},
	{fault: faults.ServerError500, on: people, ever: down("500 server_error")},
	{fault: faults.BadGateway502, on: people, ever: down("502 Bad Gateway")},
	{fault: faults.Unavailable503, on: people, ever: down("503 service_unavailable")},
	{fault: faults.GatewayTimeout504, on: people, ever: down("504 server_timeout")},
	{fault: faults.Empty200, on: people, ever: down("the answer is empty")},
	{fault: faults.TruncatedJSON, on: people, ever: down("the answer is not JSON, or was cut off")},
	{fault: faults.ResetBefore, on: people, ever: down("EOF")},
	{fault: faults.ResetMiddle, on: people, ever: down("unexpected EOF")},
	{fault: faults.StallBody, on: people, ever: down("waited 1m0s for more of the answer's body")},
	{fault: faults.StallHeaders, on: people, ever: down("waited 1m0s for the answer's headers")},
	{fault: stallConnect, on: people, ever: down("waited 1m0s for the answer's headers")},
	{fault: noSuchHost, on: people, ever: down("no such host")},
	{fault: faults.TokenRevoked, on: people, once: token401, ever: token401},
	{fault: faults.ScopeMissing, on: people, once: scope403, ever: scope403},
	{fault: faults.HugeErrorBody, on: people, ever: down("500 Internal Server Error")},
	{fault: faults.RedirectOtherHost, on: people, once: down("redirect"), ever: down("redirect"), words: map[kind]string{
		segments: "refusing to fetch", tags: "refusing to fetch", contacts: "refusing to fetch", scroll: "refusing to fetch",
	}},
	{fault: faults.TokenEcho, on: people, once: down("Bearer [token] was refused"), ever: down("Bearer [token] was refused")},
	{fault: faults.ScrollExpired, on: []kind{scroll}, ever: down("scroll")},
	{fault: faults.ScrollBroken, on: []kind{scroll}, ever: down("500")},
	{fault: faults.ScrollExists, on: []kind{scroll}, ever: down("scroll")},
}

// halved reports a cell in which the scroll over the companies stays open though
// none of its answers comes whole: they are listed at last, which proves nothing.
func (c cell) halved() bool {
	return c.ever && c.kind == scroll && (c.trouble.fault == faults.TruncatedJSON || c.trouble.fault == faults.ResetMiddle)
}

// TestSnapshotMatrix spoils every call of a snapshot of segments and tags. A
// snapshot that cannot be had does not stop the export beside it, unless the
// token is to blame; the next sync of the day completes it.
func TestSnapshotMatrix(t *testing.T) {
	_, calls := snapshotCalls(t)
	n, landed, refused := 0, 0, 0
	for _, trouble := range ofPeople {
		for _, ever := range []bool{false, true} {
			for _, k := range people {
				for nth := range calls[k] {
					if n++; !*long && n%41 != 0 {
						continue
					}
					if trouble.fault == faults.ScrollExpired && nth == 0 {
						continue // before it has begun
					}
					c := cell{trouble: trouble, kind: k, nth: nth, ever: ever}
					wrong, err := c.snapshot(t)
					if err == nil {
						landed++
					} else {
						refused++
					}
					for _, wrong := range wrong {
						t.Errorf("%v: %s", c, wrong)
					}
				}
			}
		}
	}
	figure("matrix of segments and tags: %d cells; %d landed the truth at once, %d ended with the right error and landed it with the next sync; nothing lost", landed+refused, landed, refused)
}

func snapshotWorld(t *testing.T, test func(*world)) {
	options := sandbox.Options{
		Timezone: "UTC", Epoch: monday.Add(-10 * day), Datasets: quiet(monday)[:1], PendingJobs: 1000,
		Contacts: 200, Companies: 130, Segments: 4, Tags: 12,
	}
	inBubble(t, monday, options, nil, func(w *world) {
		w.set("dataset_id", "call", "memberships", "current", "lookback_days", "0", "window_seconds", "86400",
			"initial_start_time", monday.Add(-day).Format(time.RFC3339))
		if err := w.destination.schema(w.connector, w.configuration); err != nil {
			w.t.Fatal(err)
		}
		w.saboteur.sabotage(nil)
		test(w)
	})
}

func snapshotCalls(t *testing.T) (all int, calls map[kind]int) {
	snapshotWorld(t, func(w *world) {
		if err := w.sync(); err != nil {
			w.t.Fatal(err)
		}
		all, calls = w.saboteur.made()
		for _, wrong := range w.people() {
			w.t.Fatal(wrong)
		}
	})
	for _, k := range people {
		if calls[k] == 0 {
			t.Errorf("the sync makes no call for %s", k)
		}
	}
	return all, calls
}

// snapshot makes the cell's two syncs.
func (c cell) snapshot(t *testing.T) (wrong []string, err error) {
	snapshotWorld(t, func(w *world) {
		w.saboteur.sabotage(func(k kind, nth int) faults.Fault {
			if k != c.kind || nth < c.nth || nth > c.nth && !c.ever {
				return ""
			}
			return c.trouble.fault
		})
		err = w.sync()
		want, got := c.ending(), status.Convert(err)
		if c.halved() {
			want = well
			if !slices.ContainsFunc(w.destination.told, func(told string) bool { return strings.Contains(told, "could not be proven complete") }) {
				wrong = append(wrong, fmt.Sprintf("told only %q", w.destination.told))
			}
		}
		if got.Code() != want.code || !strings.Contains(got.Message(), want.words) {
			wrong = append(wrong, fmt.Sprintf("ended with %v %q, want %v and %q", got.Code(), got.Message(), want.code, want.words))
		}
		if err == nil && !c.halved() {
			wrong = append(wrong, w.people()...)
		}
		if want != token401 && want != scope403 {
			wrong = append(wrong, w.destination.parts(w.sandbox, both[:1], monday.Unix())...)
		}
		w.saboteur.sabotage(nil)
		w.sandbox.Heal()
		time.Sleep(10 * time.Minute)
		if err := w.sync(); err != nil {
			wrong = append(wrong, fmt.Sprintf("the next sync: %v", err))
		}
		if !c.halved() { // whose day has its snapshot
			wrong = append(wrong, w.people()...)
		}
		wrong = append(wrong, w.destination.parts(w.sandbox, both[:1], time.Now().Unix())...)
		wrong = append(wrong, w.secrets()...)
	})
	return wrong, err
}

// people compares the segment and tag tables with the workspace.
func (w *world) people() (wrong []string) {
	truth := w.sandbox.TruthMembership()
	for table, want := range map[string]func(func(string, string) bool){
		"contact_segment": truth.ContactSegments, "contact_tag": truth.ContactTags,
		"company_segment": truth.CompanySegments, "company_tag": truth.CompanyTags,
	} {
		one, other, _ := strings.Cut(table, "_")
		var there, here []string
		want(func(a, b string) bool { there = append(there, a+" "+b); return true })
		for _, row := range w.destination.tables[table] {
			here = append(here, textOf(row[one+"_id"])+" "+textOf(row[other+"_id"]))
		}
		slices.Sort(there)
		slices.Sort(here)
		if !slices.Equal(there, here) {
			wrong = append(wrong, fmt.Sprintf("%s has %d rows, the workspace %d, and they differ", table, len(here), len(there)))
		}
	}
	return wrong
}
