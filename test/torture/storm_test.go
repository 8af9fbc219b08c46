package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// storm is a random life of a workspace and its connection in which nothing can
// be relied upon: any call may be spoilt, any sync cut off at any message, while
// rows appear late and change.
type storm struct {
	random *rand.Rand
	begin  time.Time
	days   int
}

// passing are faults that a later call need not meet.
var passing = []faults.Fault{
	faults.Timeout408, faults.RateLimited, faults.RateLimitedRetry, faults.RateLimitedPast, faults.RateLimitedBare,
	faults.JobLimited, faults.ServerError500, faults.BadGateway502, faults.Unavailable503, faults.GatewayTimeout504,
	faults.Empty200, faults.TruncatedJSON, faults.ResetBefore, faults.ResetMiddle, faults.TruncatedBody,
	faults.BadChecksum, faults.StallBody, faults.StallHeaders, stallConnect, noSuchHost, faults.JobFailed,
	faults.JobVanished, faults.URLExpired403, faults.URLExpired404, faults.ClockSkewed, faults.ClockSkewed + "=1h",
	faults.HugeErrorBody + "=1000000", faults.RedirectOtherHost, faults.TokenEcho, faults.TokenRevoked + "=once",
}

// TestStorms: after any weather, once syncs go through again, the tables equal
// the truth; and at every moment they hold what the state promises of rows that
// never change.
func TestStorms(t *testing.T) {
	storms, syncs, failed := choose(5, 300), 0, 0
	for seed := range storms {
		s := &storm{random: rand.New(rand.NewPCG(uint64(seed), 7)), days: 2 + seed%4}
		s.begin = []time.Time{monday, time.Date(2026, 10, 30, 15, 0, 0, 0, time.UTC)}[seed%2]
		options := sandbox.Options{
			Timezone: "UTC", Datasets: s.datasets(), PendingJobs: 1000,
			Body:          sandbox.BodyForms()[s.random.IntN(5)],
			ExclusiveEnd:  s.random.IntN(2) == 0,
			RowsAtEnqueue: s.random.IntN(2) == 0,
			JobTime: func(_ string, rows int, span time.Duration) time.Duration {
				return (span + time.Duration(rows)*time.Hour) % (3 * time.Second) // not random: jobs start at once
			},
		}
		inBubble(t, s.begin, options, nil, func(w *world) {
			w.set("dataset_id", "all", "lookback_days", "3", "parallel_jobs", strconv.Itoa(1+s.random.IntN(5)),
				"initial_start_time", s.begin.Add(-day).Format(time.RFC3339))
			if err := w.destination.schema(w.connector, w.configuration); err != nil {
				w.t.Fatalf("%v\n%s", err, w.log)
			}
			all, bad := s.live(w)
			syncs, failed = syncs+all, failed+bad
			for _, wrong := range slices.Concat(w.destination.parts(w.sandbox, both, time.Now().Unix()), w.secrets()) {
				t.Errorf("storm %d: %s", seed, wrong)
			}
		})
	}
	figure("storms: %d lives, %d syncs, %d of them failed or cut off; every warehouse equals the truth", storms, syncs, failed)
}

// live syncs through the storm, then waits a day and syncs twice in peace: the
// first may have a look-back to finish that began on another day.
func (s *storm) live(w *world) (syncs, failed int) {
	for end := s.begin.Add(time.Duration(s.days) * day); time.Now().Before(end); {
		odds := 3 + s.random.IntN(30) // of a call to be spoilt, one to this
		w.saboteur.sabotage(func(kind, int) faults.Fault {
			if s.random.IntN(odds) > 0 {
				return ""
			}
			return passing[s.random.IntN(len(passing))]
		})
		w.destination.cutAfter = max(0, s.random.IntN(30)-10)
		before, _ := parseState(w.destination.state)
		syncs++
		if w.sync() != nil {
			failed++
		}
		after, err := parseState(w.destination.state)
		if err != nil {
			w.t.Error(err)
		}
		for id, d := range before.Datasets {
			if after.Datasets[id].Cursor < d.Cursor || after.Datasets[id].Floor != d.Floor {
				w.t.Errorf("%s: from %+v back to %+v", id, d, after.Datasets[id])
			}
		}
		time.Sleep(time.Duration(s.random.Int64N(int64(8 * time.Hour))).Truncate(time.Second))
	}
	w.saboteur.sabotage(nil)
	w.destination.cutAfter = 0
	time.Sleep(day)
	for range 2 {
		if err := w.sync(); err != nil {
			w.t.Errorf("in peace: %v", err)
		}
	}
	return syncs + 2, failed
}

// datasets are the two of the matrix, with rows that appear up to a day late
// and change within two days.
func (s *storm) datasets() []sandbox.Dataset {
	list := quiet(s.begin)
	for i := range list {
		for j := range list[i].Rows {
			row := &list[i].Rows[j]
			row.Visible = row.Time.Add(time.Duration(s.random.Int64N(int64(day))))
			if s.random.IntN(2) > 0 && i == 0 {
				row.Changes = []sandbox.Change{{
					At:  row.Visible.Add(time.Duration(s.random.Int64N(int64(day)))),
					Set: map[string]string{"call.call_state": fmt.Sprint("changed ", j)},
				}}
			}
		}
	}
	return list
}
