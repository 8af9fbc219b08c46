package operator

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/membership"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/sandbox"
)

var (
	soakDays = flag.Int("soak", 2, "how many days TestSoak plays")
	soakSeed = flag.Uint64("soak-seed", 60, "by what chance TestSoak plays")
)

// TestSoak plays days of two operators that work on one lake in S3 at the same
// time, each in runs that end early, and of somebody who beside each run has a person
// forgotten, another one every day. Their machines die at random requests, their
// clocks are set hours back and ahead in the middle, and S3 stalls, breaks off, and
// loses answers of what it has done. Every day is published in the end, each as the
// workspace was on it, but for those who were forgotten; and nothing outside the lake
// has changed.
func TestSoak(t *testing.T) {
	network := storetest.NewNetwork(t)
	o := sandbox.Options{Seed: *soakSeed, Contacts: 60, Companies: 12, Segments: 5, Tags: 8, Latency: 50 * time.Millisecond}
	inBubble(t, o, func(t *testing.T, w *world) {
		network.Latency = 20 * time.Millisecond
		s := &soak{
			t: t, world: w, network: network, chance: rand.New(rand.NewPCG(*soakSeed, 2)),
			truth: map[string]map[string][]string{},
		}
		for _, key := range []string{"beside.txt", "lake-2/_published/contact/dt=2000-01-01.json", "lakes/contact/dt=2000-01-01/r-00000.ndjson.gz"} {
			if err := s.open("", network).Put(t.Context(), key, strings.NewReader("not the lake's")); err != nil {
				t.Fatal(err)
			}
		}
		outside := s.outside()
		for range *soakDays {
			s.day()
			time.Sleep(time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(26 * time.Hour)))
		}
		if now := s.outside(); !maps.Equal(now, outside) || len(outside) != 3 {
			t.Errorf("outside the lake there was %v, and is now %v", outside, now)
		}
		s.end()
	})
}

// soak is what two operators and one who forgets do to a lake.
type soak struct {
	t       *testing.T
	world   *world
	network *storetest.Network
	chance  *rand.Rand
	mu      sync.Mutex // of chance

	truth map[string]map[string][]string // of each day, but for those who were forgotten on it and since

	turns, forgets, deaths, locked, stalls, lost, steps atomic.Int64
}

func (s *soak) intN(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chance.IntN(n)
}

// machine is one that may die: none of its requests is sent any more then.
type machine struct {
	soak   *soak
	left   atomic.Int64 // requests until it dies
	steady bool         // S3 is well
}

var errOff = errors.New("the machine is off")

// RoundTrip is http.RoundTripper's.
func (m *machine) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.left.Add(-1) < 0 {
		return nil, errOff
	}
	if m.steady {
		return m.soak.network.RoundTrip(r)
	}
	switch m.soak.intN(60) {
	case 0:
		m.soak.stalls.Add(1)
		time.Sleep(time.Duration(m.soak.intN(100)) * time.Second) // longer than a lease, at times
	case 1:
		m.soak.lost.Add(1)
		answer, err := m.soak.network.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
		}
		return nil, io.ErrUnexpectedEOF // it was done, and nobody heard of it
	case 2:
		return nil, io.ErrUnexpectedEOF // it was never sent
	case 3:
		answer, err := m.soak.network.RoundTrip(r)
		m.soak.stalls.Add(1)
		time.Sleep(time.Duration(m.soak.intN(40)) * time.Second)
		return answer, err
	}
	return m.soak.network.RoundTrip(r)
}

// open opens a store of one machine's alone.
func (s *soak) open(prefix string, over http.RoundTripper) *s3.Bucket {
	s.t.Helper()
	b, err := s3.Open(s.t.Context(), "s3://"+storetest.Bucket+"/"+prefix, s3.Options{Transport: over})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// lake opens the lake on a machine whose clock is set anew now and then.
func (s *soak) lake(m *machine) *lake.Lake {
	var wrong atomic.Int64
	return lake.New(s.open("lake", m), lake.Options{Now: func() time.Time {
		if s.intN(10) == 0 {
			s.steps.Add(1)
			wrong.Store(int64(time.Duration(s.intN(12)-6) * time.Hour))
		}
		return time.Now().Add(time.Duration(wrong.Load()))
	}})
}

// machine starts one that may die.
func (s *soak) machine(steady bool) *machine {
	m := &machine{soak: s, steady: steady}
	m.left.Store(1 << 40)
	if !steady && s.intN(3) > 0 {
		m.left.Store(int64(s.intN(90)))
	}
	return m
}

// day plays one: two operators, each with a turn every few minutes, until it is
// published; and somebody who is to be forgotten, beside each turn until that is done.
func (s *soak) day() {
	dt := time.Now().UTC().Format(time.DateOnly)
	truth := s.world.truth()
	forgotten := truth["contact"][s.intN(len(truth["contact"]))]
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			time.Sleep(time.Duration(s.intN(60)) * time.Second)
			done, gaveUp := false, false
			for turn := 0; !done; turn++ {
				all.Go(func() {
					time.Sleep(time.Duration(s.intN(2000)) * time.Millisecond)
					s.forget(forgotten, false)
				})
				done, gaveUp = s.turn(turn > 30, gaveUp)
				time.Sleep(time.Duration(s.intN(300)) * time.Second)
			}
		})
	}
	all.Wait()
	for turn := 0; !s.forget(forgotten, turn > 20); turn++ {
		time.Sleep(time.Duration(s.intN(300)) * time.Second)
	}
	s.truth[dt] = truth
	for _, of := range s.truth {
		for table, rows := range of {
			of[table] = without(rows, forgotten)
		}
	}
}

// turn is an operator's; done once the day is published. What was given up is asked
// for again.
func (s *soak) turn(steady, again bool) (done, gaveUp bool) {
	s.turns.Add(1)
	long := time.Duration(s.intN(3000)) * time.Millisecond
	if steady {
		long = time.Hour
	}
	out, err := Take(s.t.Context(), s.lake(s.machine(steady)), membership.Config{Client: s.world.client}, membership.Begin(time.Now(), time.UTC), Snapshot{
		Until: time.Now().Add(long), Most: 1000, Again: again,
	})
	s.heard(err)
	return err == nil && !out.Unfinished, errors.As(err, new(*lake.GivenUpError))
}

// forget forgets a person; true once that is done.
func (s *soak) forget(contact string, steady bool) bool {
	s.forgets.Add(1)
	_, err := erase.Contact(s.t.Context(), s.lake(s.machine(steady)), contact)
	s.heard(err)
	return err == nil
}

// heard counts what a turn came to.
func (s *soak) heard(err error) {
	switch {
	case errors.As(err, new(*lake.LockedError)):
		s.locked.Add(1)
	case errors.Is(err, errOff):
		s.deaths.Add(1)
	}
}

// outside is what lies beside the lake, by its key.
func (s *soak) outside() map[string]string {
	all, bucket := map[string]string{}, s.open("", s.network)
	for key, err := range bucket.List(s.t.Context(), "") {
		if err != nil {
			s.t.Fatal(err)
		}
		if strings.HasPrefix(key, "lake/") {
			continue
		}
		r, err := bucket.Open(s.t.Context(), key)
		if err != nil {
			s.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			s.t.Fatal(err)
		}
		all[key] = string(text)
	}
	return all
}

// end wants every day to be there, as it was.
func (s *soak) end() {
	l := lake.New(s.open("lake", s.network), lake.Options{Now: time.Now})
	if run, err := l.Begin(s.t.Context(), nil, "", ""); err != nil { // what dead runs have left is removed
		s.t.Fatal(err)
	} else if err := run.Close(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	v, err := audit.Verify(s.t.Context(), l)
	if err != nil || len(v.Problems)+len(v.Foreign)+len(v.Incomplete)+v.Unpublished > 0 || v.Days != 9**soakDays {
		s.t.Errorf("%+v, %v", v, err)
	}
	published, err := l.Publications(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range published {
		want, told := s.truth[p.Dt][p.Table]
		if !told {
			continue
		}
		var rows []map[string]any
		for _, file := range p.Parts {
			if err := l.Scan(s.t.Context(), file, func(line []byte) error {
				var row map[string]any
				defer func() { rows = append(rows, row) }()
				return json.Unmarshal(line, &row)
			}); err != nil {
				s.t.Fatal(err)
			}
		}
		if got := values(rows, keysOf(p.Table)...); !slices.Equal(got, want) {
			s.t.Errorf("%s of %s holds %d rows, not the %d that it should", p.Table, p.Dt, len(got), len(want))
		}
	}
	s.t.Logf("%d days in %d turns with %d erasures: %d machines died, %d found the lake locked, clocks were set %d times, S3 stalled %d times and lost %d answers",
		*soakDays, s.turns.Load(), s.forgets.Load(), s.deaths.Load(), s.locked.Load(), s.steps.Load(), s.stalls.Load(), s.lost.Load())
	least := int64(*soakDays)
	if s.deaths.Load() < least || s.steps.Load() < least || s.locked.Load() == 0 || s.stalls.Load() < least || s.lost.Load() == 0 {
		s.t.Error("too little went wrong: the test shows nothing")
	}
}

// without are the rows that do not name somebody.
func without(rows []string, somebody string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool { return strings.Contains(row, somebody) })
}
