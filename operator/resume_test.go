package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/compact"
	"intercom-connector/operator/lake/erase"
	"intercom-connector/operator/lake/part"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/operator/reporting"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// inBubble runs a test against a workspace and a lake, in memory, whose time is the
// bubble's: runs and pauses cost none.
func inBubble(t *testing.T, o sandbox.Options, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{memory: &storetest.Memory{}, Sandbox: sandbox.New(o)}
		transport, closeBox := w.InMemory()
		defer closeBox()
		var err error
		if w.client, err = intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: transport}); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// run takes the day's next run, or its first.
func (w *world) run(ctx context.Context, store lake.Store, long time.Duration, s Snapshot) (Outcome, error) {
	s.Until = time.Now().Add(long)
	if s.Most == 0 {
		s.Most = 1000
	}
	l := lake.New(store, lake.Options{Now: time.Now})
	return Take(ctx, l, membership.Config{Client: w.client}, membership.Begin(time.Now(), time.UTC), s)
}

// note is where the one note in the lake lies, and what it says.
func (w *world) note(t *testing.T) (key string, all map[string]json.RawMessage, u *lake.Unfinished) {
	t.Helper()
	keys := w.keys(t, "_runs/")
	if len(keys) != 1 {
		t.Fatalf("notes: %v", keys)
	}
	err := json.Unmarshal(w.file(t, keys[0]), &all)
	if err == nil {
		err = json.Unmarshal(all["unfinished"], &u)
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys[0], all, u
}

// left is what the last run has left unfinished.
func (w *world) left(t *testing.T) *lake.Unfinished {
	t.Helper()
	_, _, u := w.note(t)
	return u
}

// change changes what the last run has left unfinished.
func (w *world) change(t *testing.T, how func(*lake.Unfinished)) {
	t.Helper()
	key, all, u := w.note(t)
	how(u)
	var err error
	if all["unfinished"], err = json.Marshal(u); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err == nil {
		err = w.store(t).Put(t.Context(), key, bytes.NewReader(text))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// holds wants a day, published in runs, to be the truth of now, and nothing to
// be beside it.
func (w *world) holds(t *testing.T, dt string, tables []string) {
	t.Helper()
	truth := w.truth()
	for table, want := range truth {
		if len(tables) > 0 && !slices.Contains(tables, table) {
			continue
		}
		var columns []string
		for _, c := range keyColumns(table) {
			columns = append(columns, c.Name)
		}
		if got := values(w.read(t, table, dt), columns...); !slices.Equal(got, want) {
			t.Errorf("%s holds %d rows, not the %d that it should", table, len(got), len(want))
		}
	}
	if v := w.sound(t); len(v.Incomplete) > 0 {
		t.Errorf("not proven complete: %v", v.Incomplete)
	}
	if left := w.litter(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// again asks for a day that is published, or given up, once more.
func again(s Snapshot) Snapshot {
	s.Again = true
	return s
}

var slow = sandbox.Options{Seed: 1, Contacts: 500, Companies: 260, Segments: 5, Tags: 25, Latency: 100 * time.Millisecond}

// TestRunsOfAnyLength takes a day in runs that end at random, some by the
// death of their machine, with all that goes wrong with Intercom.
func TestRunsOfAnyLength(t *testing.T) {
	inside, deaths := 0, 0
	for seed := range uint64(lengths) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 2))
			o := slow
			o.Seed = seed
			o.PageShift = func(r sandbox.Request) int { return []int{0, 5, 0, 30}[r.Nth%4] }
			o.Faults = func(r sandbox.Request) faults.Fault {
				if r.Pattern == "GET /companies/scroll" {
					return map[int]faults.Fault{4: faults.ScrollBroken, 9: faults.ResetMiddle}[r.Nth]
				}
				return map[int]faults.Fault{12: faults.ServerError500, 22: faults.RateLimitedRetry}[r.Index%40]
			}
			s := Snapshot{NoPII: seed%2 == 0}
			if seed%3 == 2 { // without the tables that tell the ids
				s.Tables = []string{"contact_tag", "company_segment"}
			}
			inBubble(t, o, func(t *testing.T, w *world) {
				for runs := 1; ; runs++ {
					deadly := &dying{Store: w.store(t)}
					deadly.left.Store(1 << 40)
					if chance.IntN(3) == 0 {
						deadly.left.Store(chance.Int64N(20))
					}
					out, err := w.run(t.Context(), deadly, time.Duration(chance.IntN(1500))*time.Millisecond, s)
					if err == nil && !out.Unfinished {
						break
					}
					switch gaveUp := (*lake.GivenUpError)(nil); {
					case errors.Is(err, errDead):
						deaths++
					case errors.As(err, &gaveUp): // too short a run for anything: once more from the start
						if _, err := w.run(t.Context(), w.store(t), 400*time.Millisecond, again(s)); err != nil && !errors.As(err, &gaveUp) {
							t.Fatal(err)
						}
					case err != nil:
						t.Fatal(err)
					case len(w.left(t).Walk.Places) > 0:
						inside++
					}
					if runs > 500 {
						t.Fatal("it does not end")
					}
					time.Sleep([]time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Minute}[chance.IntN(3)])
				}
				w.holds(t, time.Now().UTC().Format(time.DateOnly), s.Tables)
			})
		})
	}
	if inside < lengths || deaths < 1+lengths/4 {
		t.Errorf("%d runs ended inside a stage, %d died: the test shows little", inside, deaths)
	}
	t.Logf("%d runs ended inside a stage, %d died", inside, deaths)
}

// TestDeathAtEveryMomentOfARun lets the machine go off before each change that
// a run makes which begins, and ends, inside all stages.
func TestDeathAtEveryMomentOfARun(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		deaths := 0
		for changes := int64(0); ; changes += moments {
			if out, err := w.run(t.Context(), w.store(t), 250*time.Millisecond, Snapshot{Again: true}); err != nil || !out.Unfinished {
				t.Fatalf("the first run: %+v, %v", out, err)
			}
			was := w.left(t)
			if len(was.Walk.Places) != 3 || len(was.Half) != 6 {
				t.Fatalf("the first run left %v", was.Walk.Places)
			}
			deadly := &dying{Store: w.store(t)}
			deadly.left.Store(changes)
			out, err := w.run(t.Context(), deadly, 200*time.Millisecond, Snapshot{})
			if err == nil && !out.Unfinished {
				t.Fatal("the second run was the last: the test shows nothing")
			}
			if err != nil {
				deaths++
				if !errors.Is(err, errDead) {
					t.Fatalf("after %d changes: %v", changes, err)
				}
			}
			for _, p := range was.Half {
				for _, part := range p.Parts {
					if _, openErr := w.store(t).Open(t.Context(), part.Key); openErr != nil {
						t.Fatalf("after %d changes: %v", changes, openErr)
					}
				}
			}
			time.Sleep(2 * time.Minute)
			if out, err := w.run(t.Context(), w.store(t), time.Hour, Snapshot{}); err != nil || len(out.Publications) != 9 || out.Runs != 2+int(min(changes, 1)) {
				t.Fatalf("after %d changes, the last run: %+v, %v", changes, out, err)
			}
			w.holds(t, time.Now().UTC().Format(time.DateOnly), nil)
			time.Sleep(2 * time.Minute)
			if err == nil {
				break
			}
		}
		if deaths*moments < 5 { // its lock, its note, a part for each stage
			t.Errorf("only %d deaths", deaths)
		}
	})
}

// TestAScrollThatADeadRunReadOn: a scroll over the companies moves on with every
// page, and a run that dies takes the pages with it that it has read. Whoever
// comes next, within the minute in which Intercom remembers the scroll, must not
// take it up where it is now.
func TestAScrollThatADeadRunReadOn(t *testing.T) {
	o := slow
	o.Companies = 800
	for changes, died := int64(0), true; died; changes += moments {
		inBubble(t, o, func(t *testing.T, w *world) {
			if out, err := w.run(t.Context(), w.store(t), 250*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished {
				t.Fatalf("%+v, %v", out, err)
			}
			if lists := w.left(t).Walk.Places[membership.Companies].Lists; len(lists) != 1 || lists[0].Cursor == "" {
				t.Fatalf("the companies were left at %+v: the test shows nothing", lists)
			}
			time.Sleep(2 * time.Second)
			deadly := &dying{Store: w.store(t)}
			deadly.left.Store(changes)
			read := w.Stats().Calls["GET /companies/scroll"]
			_, err := w.run(t.Context(), deadly, time.Hour, Snapshot{})
			if died = err != nil; died && !errors.Is(err, errDead) {
				t.Fatalf("after %d changes: %v", changes, err)
			}
			if cursor := w.scroll(t); cursor != "" && w.Stats().Calls["GET /companies/scroll"] > read {
				t.Errorf("after %d changes the scroll that was read on is left to be taken up", changes)
			}
			time.Sleep(2 * time.Second)
			if out, err := w.run(t.Context(), w.store(t), time.Hour, Snapshot{}); err != nil || out.Unfinished {
				t.Fatalf("after %d changes: %+v, %v", changes, out, err)
			}
			w.holds(t, "2000-01-01", nil)
		})
	}
}

// scroll is the one that the last run has left for the next; empty where there is none.
func (w *world) scroll(t *testing.T) (cursor string) {
	t.Helper()
	runs := 0
	for _, key := range w.keys(t, "_runs/") {
		var n struct{ Unfinished *lake.Unfinished }
		if err := json.Unmarshal(w.file(t, key), &n); err != nil {
			t.Fatal(err)
		}
		if u := n.Unfinished; u != nil && u.Runs > runs {
			runs, cursor = u.Runs, ""
			for _, l := range u.Walk.Places[membership.Companies].Lists {
				cursor = l.Cursor
			}
		}
	}
	return cursor
}

func TestARunThatBringsNothingIsTheLast(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		var gaveUp *lake.GivenUpError
		contacts := Snapshot{Tables: []string{"contact"}}
		if out, err := w.run(t.Context(), w.store(t), 250*time.Millisecond, contacts); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		_, err := w.run(t.Context(), w.store(t), 50*time.Millisecond, contacts)
		if !errors.As(err, &gaveUp) || !strings.Contains(err.Error(), "a whole run brought nothing new of what is left: [contacts]") {
			t.Errorf("a run too short for a page: %v", err)
		}
		if _, err := w.run(t.Context(), w.store(t), time.Hour, contacts); !errors.As(err, &gaveUp) {
			t.Errorf("once given up: %v", err)
		}
		if out, err := w.run(t.Context(), w.store(t), time.Hour, again(contacts)); err != nil || len(out.Publications) != 1 {
			t.Errorf("again: %+v, %v", out, err)
		}
		w.holds(t, "2000-01-01", contacts.Tables)
	})
}

// TestNothingElseEndsASnapshot: whatever else is done with the lake, a snapshot that is
// left in the middle is gone on with, with all that it has read.
func TestNothingElseEndsASnapshot(t *testing.T) {
	others := map[string]func(context.Context, *lake.Lake, *world) error{
		"verify": func(ctx context.Context, l *lake.Lake, _ *world) error {
			_, err := audit.Verify(ctx, l)
			return err
		},
		"verify --repair": func(ctx context.Context, l *lake.Lake, _ *world) error {
			_, err := audit.Repair(ctx, l)
			return err
		},
		"forget": func(ctx context.Context, l *lake.Lake, _ *world) error {
			_, err := erase.Contact(ctx, l, "5ba682d23d7cf92bef87bfd4")
			return err
		},
		"compact": func(ctx context.Context, l *lake.Lake, _ *world) error {
			_, err := compact.Months(ctx, l, 31)
			return err
		},
		"adopt": func(ctx context.Context, l *lake.Lake, _ *world) error {
			_, err := l.Adopt(ctx)
			return err
		},
		"the reporting export": func(ctx context.Context, l *lake.Lake, _ *world) error {
			sink, err := reporting.Open(ctx, l, reporting.Options{Workspace: "sandbox", Zone: time.UTC})
			if err != nil {
				return err
			}
			return sink.Close(ctx)
		},
		"a snapshot of another table": func(ctx context.Context, l *lake.Lake, w *world) error {
			_, err := Take(ctx, l, membership.Config{Client: w.client}, membership.Begin(time.Now(), time.UTC), Snapshot{Tables: []string{"tag"}})
			return err
		},
	}
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.run(t.Context(), w.store(t), 600*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		key, _, before := w.note(t)
		parts := w.keys(t, "contact")
		l := lake.New(w.store(t), lake.Options{Now: time.Now, Workspace: "sandbox"})
		for name, do := range others {
			if err := do(t.Context(), l, w); err != nil {
				t.Fatal(name, err)
			}
			if after, _, left := w.note(t); after != key || left.Runs != before.Runs || len(parts) == 0 || !slices.Equal(w.keys(t, "contact"), parts) {
				t.Fatalf("%s: %s of %d runs became %s of %d; the parts %q became %q", name, key, before.Runs, after, left.Runs, parts, w.keys(t, "contact"))
			}
		}
		time.Sleep(2 * time.Minute)
		out, err := Take(t.Context(), l, membership.Config{Client: w.client}, membership.Begin(time.Now(), time.UTC), Snapshot{Until: time.Now().Add(time.Hour), Most: 1000})
		if err != nil || out.Runs != 2 || len(out.Publications) != 9 {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

// TestAnotherSnapshotIsNotGoneOnWith: what was left of yesterday's is not today's, and
// what was read with personal data is nothing for a run that leaves them out.
func TestAnotherSnapshotIsNotGoneOnWith(t *testing.T) {
	for name, test := range map[string]struct {
		later  time.Duration
		now    Snapshot
		goesOn bool
	}{
		"the same":              {2 * time.Minute, Snapshot{}, true},
		"of the next day":       {24 * time.Hour, Snapshot{}, false},
		"without personal data": {2 * time.Minute, Snapshot{NoPII: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, slow, func(t *testing.T, w *world) {
				if out, err := w.run(t.Context(), w.store(t), 600*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished || len(w.left(t).Kept) == 0 {
					t.Fatalf("%+v, %v", out, err)
				}
				time.Sleep(test.later)
				out, err := w.run(t.Context(), w.store(t), time.Hour, test.now)
				if err != nil || len(out.Publications) != 9 || (out.Runs == 2) != test.goesOn {
					t.Fatalf("%+v, %v", out, err)
				}
				w.equalsTruth(t, time.Now().UTC().Format(time.DateOnly))
				for _, p := range out.Publications {
					if test.now.NoPII && slices.ContainsFunc(p.Columns, func(c part.Column) bool { return c.Name == "email" || p.Table == "contact" && c.Name == "name" }) {
						t.Errorf("%s has %v", p.Table, p.Columns)
					}
				}
			})
		})
	}
}

func TestRunsAreBoundedInsideAStage(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		var err error
		runs := 0
		for err == nil {
			runs++
			_, err = w.run(t.Context(), w.store(t), 250*time.Millisecond, Snapshot{Most: 2})
		}
		if runs != 2 || !strings.Contains(err.Error(), "2 runs were not enough") {
			t.Errorf("after %d runs: %v", runs, err)
		}
	})
}

// TestARunThatFails removes what it has written itself, and nothing that the
// run before has left.
func TestARunThatFails(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.run(t.Context(), w.store(t), 250*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := w.run(ctx, w.store(t), time.Hour, Snapshot{OnRow: func(table string) {
			if table == "company_tag" {
				cancel()
			}
		}})
		left := w.left(t)
		if err == nil || left.Runs != 2 {
			t.Fatalf("the second run: %v, %d runs", err, left.Runs)
		}
		for _, p := range slices.Concat(left.Kept, left.Half) {
			for _, part := range p.Parts {
				if err := w.lake(t).Scan(t.Context(), part, func([]byte) error { return nil }); err != nil {
					t.Error(err)
				}
			}
		}
		time.Sleep(2 * time.Minute)
		if out, err := w.run(t.Context(), w.store(t), time.Hour, Snapshot{}); err != nil || len(out.Publications) != 9 || out.Runs != 3 {
			t.Fatalf("the third run: %+v, %v", out, err)
		}
		w.holds(t, "2000-01-01", nil)
	})
}

// TestColumnsThatChangedBeginAnew goes on with what another version of this
// program has left.
func TestColumnsThatChangedBeginAnew(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.run(t.Context(), w.store(t), 250*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		columns := 0
		w.change(t, func(u *lake.Unfinished) {
			for i, p := range u.Half {
				if p.Table == "contact" {
					columns = len(p.Columns)
					u.Half[i].Columns = p.Columns[:columns-1]
				}
			}
		})
		out, err := w.run(t.Context(), w.store(t), time.Hour, Snapshot{})
		if err != nil || len(out.Publications) != 9 {
			t.Fatalf("%+v, %v", out, err)
		}
		if i := slices.IndexFunc(out.Publications, func(p lake.Publication) bool { return p.Table == "contact" }); columns == 0 || len(out.Publications[i].Columns) != columns {
			t.Errorf("contact has %d columns, not %d", len(out.Publications[i].Columns), columns)
		}
		w.holds(t, "2000-01-01", nil)
	})
}

// TestANoteOfAnOlderVersion is one that knows of whole stages only.
func TestANoteOfAnOlderVersion(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.run(t.Context(), w.store(t), 600*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		kept := len(w.left(t).Kept)
		w.change(t, func(u *lake.Unfinished) { u.Half, u.Walk.Places = nil, nil })
		time.Sleep(2 * time.Minute)
		if out, err := w.run(t.Context(), w.store(t), time.Hour, Snapshot{}); err != nil || len(out.Publications) != 9 || kept < 2 {
			t.Fatalf("with %d tables kept: %+v, %v", kept, out, err)
		}
		w.holds(t, "2000-01-01", nil)
	})
}

// TestAKeptPartThatIsDamaged stops the run: what was read before cannot be told.
func TestAKeptPartThatIsDamaged(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.run(t.Context(), w.store(t), 250*time.Millisecond, Snapshot{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		p, _ := w.left(t).Table("contact")
		if err := w.store(t).Remove(t.Context(), p.Parts[0].Key); err != nil {
			t.Fatal(err)
		}
		_, err := w.run(t.Context(), w.store(t), time.Hour, Snapshot{})
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "reading back what an earlier run has read") {
			t.Errorf("got %v", err)
		}
	})
}

func TestLeadingTexts(t *testing.T) {
	two := []tables.Column{{Name: "contact_id"}, {Name: "segment_id"}}
	for line, want := range map[string]string{
		`{"contact_id":"a","segment_id":"b","x":"c"}`: "a b",
		`{"contact_id":"é\\\"","segment_id":"\""}`:    `é\" "`,
		`{"contact_id":"a"}`:                          "no",
		`{"contact_id":"a`:                            "no",
		`{"segment_id":"b","contact_id":"a"}`:         "no",
		`{"contact_id":7,"segment_id":"b"}`:           "no",
		``:                                            "no",
	} {
		got := make([]string, 2)
		if err := leadingTexts([]byte(line), two, got); err != nil {
			got = []string{"no"}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s gives %q, want %q", line, got, want)
		}
	}
}
