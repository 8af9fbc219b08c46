package membership_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/sandbox"
)

// handed gives back what the lake holds.
func (l *lake) handed(_ context.Context, table string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for key := range l.tables[table] {
			if !yield(strings.Fields(key), nil) {
				return
			}
		}
	}
}

// stored is a state that was written as JSON and read again.
func stored(t *testing.T, s membership.State) membership.State {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back membership.State
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(back); err != nil || string(again) != string(text) {
		t.Fatalf("the state\n%s\nbecomes\n%s, %v", text, again, err)
	}
	return back
}

// turn runs what is left of a walk until a moment, as the operator does: the
// first stage alone, the last one too, the others at the same time.
func turn(t *testing.T, cfg membership.Config, s membership.State, until time.Time, l *lake, emit func(membership.Row) error) membership.State {
	t.Helper()
	cfg.Until, cfg.Handed = until, l.handed
	w := membership.New(cfg, stored(t, s))
	run := func(stage membership.Stage) bool {
		if _, done := s.Done[stage]; done {
			return true
		}
		err := w.Run(t.Context(), stage, emit)
		if err != nil && !errors.Is(err, membership.ErrOver) {
			t.Errorf("%s: %v", stage, err)
		}
		return err == nil
	}
	if !run(membership.Segments) {
		return w.State()
	}
	var together sync.WaitGroup
	for _, stage := range []membership.Stage{membership.Tags, membership.Contacts, membership.ContactSegments, membership.Companies} {
		together.Go(func() { run(stage) })
	}
	together.Wait()
	if len(w.State().Done) == len(membership.Stages())-1 {
		run(membership.Snapshot)
	}
	return w.State()
}

// cut is a walk of several turns.
type cut struct {
	lake
	turns, inside int // inside: turns that began at a place
	state         membership.State
}

// inTurns walks until all is read. length says how long the next turn is and
// how much later the one after it begins.
func inTurns(t *testing.T, cfg membership.Config, length func() (turn, gap time.Duration), emit func(membership.Row) error) *cut {
	t.Helper()
	c := &cut{state: membership.Begin(time.Now(), time.UTC)}
	for len(c.state.Done) < len(membership.Stages()) && !t.Failed() {
		if c.turns++; c.turns > 500 {
			t.Fatalf("it does not end: %+v %v", c.state.Places, c.state.Done)
		}
		if len(c.state.Places) > 0 {
			c.inside++
		}
		long, gap := length()
		was := c.state
		c.state = turn(t, cfg, was, time.Now().Add(long), &c.lake, func(r membership.Row) error {
			if err := c.row(r); err != nil || emit == nil {
				return err
			}
			return emit(r)
		})
		if c.state.Further(was) == reflect.DeepEqual(pagesOf(c.state), pagesOf(was)) {
			t.Errorf("further: %v, from %+v to %+v", c.state.Further(was), was, c.state)
		}
		for stage, r := range c.state.Done {
			if c.state.Places[stage].Lists != nil {
				t.Errorf("%s is done and has a place", stage)
			}
			for table, n := range r.Rows {
				if kept := int64(len(c.tables[table])); n != kept {
					t.Errorf("%s says that it handed out %d rows of %s; they are %d", stage, n, table, kept)
				}
			}
		}
		time.Sleep(gap)
	}
	return c
}

// pagesOf is all that makes a walk come further.
func pagesOf(s membership.State) (all []int) {
	all = append(all, len(s.Done))
	for _, stage := range membership.Stages() {
		all = append(all, s.Places[stage].Round)
		for _, l := range s.Places[stage].Lists {
			all = append(all, l.Pages)
		}
	}
	return all
}

// TestCutAnywhere ends walks at random moments, with all that goes wrong, and
// wants what one uninterrupted walk gives: the truth, proven.
func TestCutAnywhere(t *testing.T) {
	inside := 0
	for seed := range uint64(16) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 1))
			o := sandbox.Options{
				Seed: seed, Contacts: 900, Companies: 350, Segments: 9, Tags: 30, Latency: 100 * time.Millisecond,
				Faults: func(r sandbox.Request) sandbox.Fault {
					if r.Pattern == "GET /companies/scroll" {
						return map[int]sandbox.Fault{3: sandbox.ScrollBroken, 7: sandbox.RateLimitedRetry, 12: sandbox.ResetMiddle, 17: sandbox.ScrollExpired}[r.Nth]
					}
					return map[int]sandbox.Fault{10: sandbox.ServerError500, 20: sandbox.GatewayTimeout504, 30: sandbox.RateLimitedRetry, 40: sandbox.ResetMiddle}[r.Index%50]
				},
				PageShift: []func(sandbox.Request) int{shifts, func(r sandbox.Request) int {
					if r.Nth < 8 {
						return -20 // some are skipped: the lists are read again
					}
					return 0
				}}[seed%2],
			}
			if seed%4 == 2 {
				o.SearchPageMax = 40
			}
			inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
				c := inTurns(t, membership.Config{Client: client}, func() (turn, gap time.Duration) {
					gap = 2 * time.Second
					if chance.IntN(5) == 0 {
						gap = 2 * time.Minute // Intercom has forgotten the scroll
					}
					return time.Duration(chance.IntN(2000)) * time.Millisecond, gap
				}, nil)
				compare(t, &c.lake, box)
				if !c.state.Complete() {
					t.Errorf("not proven complete: %+v", c.state.Done)
				}
				t.Logf("%d turns, %d began inside a stage", c.turns, c.inside)
				inside += c.inside
			})
		})
	}
	if inside < 40 {
		t.Errorf("only %d turns began inside a stage: the test shows little", inside)
	}
}
