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
	"intercom-connector/membership/tables"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
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
func turn(t *testing.T, cfg membership.Config, s membership.State, until time.Time, l *lake) membership.State {
	t.Helper()
	cfg.Until, cfg.ReadBack = until, l.handed
	w := membership.New(cfg, stored(t, s))
	run := func(stage membership.Stage) bool {
		if _, done := s.Done[stage]; done {
			return true
		}
		err := w.Run(t.Context(), stage, l.row)
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
func inTurns(t *testing.T, cfg membership.Config, length func() (turn, gap time.Duration)) *cut {
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
		c.state = turn(t, cfg, was, time.Now().Add(long), &c.lake)
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
	for seed := range uint64(cuts) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 1))
			o := sandbox.Options{
				Seed: seed, Contacts: 900, Companies: 350, Segments: 9, Tags: 30, Latency: 100 * time.Millisecond,
				Faults: func(r sandbox.Request) faults.Fault {
					if r.Pattern == "GET /companies/scroll" {
						return map[int]faults.Fault{3: faults.ScrollBroken, 7: faults.RateLimitedRetry, 12: faults.ResetMiddle, 17: faults.ScrollExists}[r.Nth]
					}
					return map[int]faults.Fault{10: faults.ServerError500, 20: faults.GatewayTimeout504, 30: faults.RateLimitedRetry, 40: faults.ResetMiddle}[r.Index%50]
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
					most := 2000
					if o.SearchPageMax > 0 { // each search finds out anew how large its pages may be
						most = 8000
					}
					return time.Duration(chance.IntN(most)) * time.Millisecond, gap
				})
				compare(t, &c.lake, box)
				if !c.state.Complete() {
					t.Errorf("not proven complete: %+v", c.state.Done)
				}
				t.Logf("%d turns, %d began inside a stage", c.turns, c.inside)
				inside += c.inside
			})
		})
	}
	if inside < 3*cuts {
		t.Errorf("only %d turns began inside a stage: the test shows little", inside)
	}
}

// TestScrollBetweenTurns takes the scroll up within its minute and begins
// another one after it.
func TestScrollBetweenTurns(t *testing.T) {
	for gap, lost := range map[time.Duration]bool{50 * time.Second: false, 70 * time.Second: true} {
		t.Run(gap.String(), func(t *testing.T) {
			o := sandbox.Options{Seed: 3, Contacts: -1, Companies: 870, Segments: -1, Latency: 100 * time.Millisecond}
			inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
				j, long := &journal{}, 550*time.Millisecond // of which the segments and the count take the first two hundred
				cut := inTurns(t, membership.Config{Client: client, Log: j.log()}, func() (time.Duration, time.Duration) {
					defer func() { long = time.Hour }()
					return long, gap
				})
				compare(t, &cut.lake, box)
				scrolls, calls := 1, pages(len(cut.tables["company"]), 100)+1 // the empty page too
				if lost {
					scrolls, calls = 2, calls+4+1 // those of the first turn, and the one that tells
				}
				if stats := box.Stats(); cut.turns != 2 || stats.Scrolls != scrolls || stats.Calls["GET /companies/scroll"] != calls {
					t.Errorf("%d turns, %d scrolls, %d calls, want 2, %d, %d", cut.turns, stats.Scrolls, stats.Calls["GET /companies/scroll"], scrolls, calls)
				}
				if told := strings.Contains(j.String(), "broke off and begins again"); told != lost {
					t.Errorf("the log tells of a lost scroll: %v\n%s", told, j)
				}
			})
		})
	}
}

// TestAScrollTakenUpIsReadOnceMore where Intercom counts no companies: its empty last page
// proves a scroll that one turn has read from the beginning, and no other.
func TestAScrollTakenUpIsReadOnceMore(t *testing.T) {
	o := sandbox.Options{Seed: 3, Contacts: -1, Companies: 870, Segments: -1, Latency: 100 * time.Millisecond, Dialect: []string{"total-count-absent"}}
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		long := 550 * time.Millisecond
		cut := inTurns(t, membership.Config{Client: client}, func() (time.Duration, time.Duration) {
			defer func() { long = time.Hour }()
			return long, 50 * time.Second
		})
		compare(t, &cut.lake, box)
		if stats := box.Stats(); cut.turns != 2 || stats.Scrolls != 2 || len(cut.state.Done[membership.Companies].Unproven) > 0 {
			t.Errorf("%d turns, %d scrolls, want 2 of each; unproven %v", cut.turns, stats.Scrolls, cut.state.Done[membership.Companies].Unproven)
		}
	})
}

// TestScrollsLastAnswerIsWaitedFor ends a walk while the scroll's next page is
// on its way: for some seconds, but no longer.
func TestScrollsLastAnswerIsWaitedFor(t *testing.T) {
	for latency, cursor := range map[time.Duration]bool{3 * time.Second: true, 30 * time.Second: false} {
		o := sandbox.Options{Seed: 3, Contacts: -1, Companies: 870, Segments: -1, Latency: latency}
		inBubble(t, o, func(t *testing.T, _ *sandbox.Sandbox, client *intercom.Client) {
			start := time.Now()
			l := &lake{}
			w := membership.New(membership.Config{Client: client, Until: start.Add(2*latency + latency/2)}, membership.Begin(start, time.UTC))
			err := w.Run(t.Context(), membership.Companies, l.row)
			over := time.Since(start) - 2*latency - latency/2
			at := w.State().Places[membership.Companies]
			if !errors.Is(err, membership.ErrOver) || len(at.Lists) != 1 || at.Rows[tables.Company] != int64(len(l.tables["company"])) {
				t.Fatalf("%v: %v, %+v, %d companies", latency, err, at, len(l.tables["company"]))
			}
			if (at.Lists[0].Cursor != "") != cursor || over > 10*time.Second {
				t.Errorf("%v: the place is %+v, %v after the end", latency, at.Lists[0], over)
			}
		})
	}
}

// TestWorkspaceThatMovesBetweenTurns takes days for a walk: contacts, companies
// and memberships come and go meanwhile. What was there all the time must be
// there, and nothing that never was, and nothing twice.
func TestWorkspaceThatMovesBetweenTurns(t *testing.T) {
	o := sandbox.Options{Seed: 8, Contacts: 900, Companies: 350, Segments: 5, Tags: 20, Latency: 100 * time.Millisecond, PageShift: shifts}
	inBubble(t, o, func(t *testing.T, box *sandbox.Sandbox, client *intercom.Client) {
		always, ever := map[string]int{}, map[string]bool{}
		days := 0
		look := func() {
			days++
			for key := range truthOf(box) {
				ever[key] = true
				always[key]++
			}
		}
		cut := inTurns(t, membership.Config{Client: client}, func() (time.Duration, time.Duration) {
			look()
			if days < 4 {
				return 500 * time.Millisecond, 24 * time.Hour
			}
			return time.Hour, 0
		})
		if days != 4 {
			t.Fatalf("it took %d days", days)
		}
		came := map[string]bool{}
		for table, rows := range cut.tables {
			for key, n := range rows {
				if n > 1 {
					t.Errorf("%s %s came %d times", table, key, n)
				}
				came[table+" "+key] = true
			}
		}
		moved := 0
		for key := range ever {
			if always[key] < days {
				moved++
			} else if !came[key] {
				t.Errorf("%s was always there and did not come", key)
			}
		}
		for _, table := range []string{"contact", "contact_tag", "contact_segment", "company", "company_tag", "company_segment"} {
			for key := range cut.tables[table] {
				if !ever[table+" "+key] {
					t.Errorf("%s %s was never there", table, key)
				}
			}
		}
		if moved < 20 {
			t.Errorf("%d rows came or went: the test shows nothing", moved)
		}
	})
}

// truthOf lists all rows that are there now.
func truthOf(box *sandbox.Sandbox) map[string]bool {
	truth, all := box.TruthMembership(), map[string]bool{}
	for table, ids := range map[string]iter.Seq[string]{"contact": truth.Contacts, "company": truth.Companies} {
		for id := range ids {
			all[table+" "+id] = true
		}
	}
	for table, pairs := range map[string]iter.Seq2[string, string]{
		"contact_tag": truth.ContactTags, "contact_segment": truth.ContactSegments,
		"company_tag": truth.CompanyTags, "company_segment": truth.CompanySegments,
	} {
		for a, b := range pairs {
			all[table+" "+a+" "+b] = true
		}
	}
	return all
}
