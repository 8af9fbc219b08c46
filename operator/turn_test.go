package operator

import (
	"context"
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
	"intercom-connector/sandbox"
)

// inBubble runs a test against a workspace and a lake whose time is the
// bubble's: turns and pauses cost none.
func inBubble(t *testing.T, o sandbox.Options, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{root: t.TempDir(), Sandbox: sandbox.New(o)}
		transport, closeBox := w.InMemory()
		defer closeBox()
		var err error
		if w.client, err = intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://localhost", Transport: transport}); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// turn takes the day's next turn, or its first.
func (w *world) turn(ctx context.Context, storage Storage, long time.Duration, t Turn) (Outcome, error) {
	t.Until = time.Now().Add(long)
	if t.Most == 0 {
		t.Most = 1000
	}
	lake := NewLake(storage, Options{Now: time.Now})
	return lake.SnapshotTurn(ctx, membership.Config{Client: w.client}, membership.Begin(time.Now(), time.UTC), t)
}

// note is the one note in the lake.
func (w *world) note(t *testing.T) *journal {
	t.Helper()
	notes, err := w.lake(t).notes(t.Context())
	if err != nil || len(notes) != 1 {
		t.Fatalf("%d notes, %v", len(notes), err)
	}
	return notes[0]
}

// holds wants a day, published in turns, to be the truth of now, and nothing to
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
		if got := keys(w.read(t, table, dt), columns...); !slices.Equal(got, want) {
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

var slow = sandbox.Options{Seed: 1, Contacts: 500, Companies: 260, Segments: 5, Tags: 25, Latency: 100 * time.Millisecond}

// TestTurnsOfAnyLength takes a day in turns that end at random, some by the
// death of their machine, with all that goes wrong with Intercom.
func TestTurnsOfAnyLength(t *testing.T) {
	inside, deaths := 0, 0
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 2))
			o := slow
			o.Seed = seed
			o.PageShift = func(r sandbox.Request) int { return []int{0, 5, 0, 30}[r.Nth%4] }
			o.Faults = func(r sandbox.Request) sandbox.Fault {
				if r.Pattern == "GET /companies/scroll" {
					return map[int]sandbox.Fault{4: sandbox.ScrollBroken, 9: sandbox.ResetMiddle}[r.Nth]
				}
				return map[int]sandbox.Fault{12: sandbox.ServerError500, 22: sandbox.RateLimitedRetry}[r.Index%40]
			}
			s := Snapshot{NoPII: seed%2 == 0}
			if seed%3 == 2 { // without the tables that tell the ids
				s.Tables = []string{"contact_tag", "company_segment"}
			}
			inBubble(t, o, func(t *testing.T, w *world) {
				for turns := 1; ; turns++ {
					deadly := &dying{Storage: w.folder(t)}
					deadly.left.Store(1 << 40)
					if chance.IntN(3) == 0 {
						deadly.left.Store(chance.Int64N(20))
					}
					out, err := w.turn(t.Context(), deadly, time.Duration(chance.IntN(1500))*time.Millisecond, Turn{Snapshot: s})
					if err == nil && !out.Unfinished {
						break
					}
					switch gaveUp := (*GivenUpError)(nil); {
					case errors.Is(err, errDead):
						deaths++
					case errors.As(err, &gaveUp): // too short a turn for anything: once more from the start
						if _, err := w.turn(t.Context(), w.folder(t), 400*time.Millisecond, Turn{Snapshot: s, Again: true}); err != nil && !errors.As(err, &gaveUp) {
							t.Fatal(err)
						}
					case err != nil:
						t.Fatal(err)
					case len(w.note(t).Unfinished.Walk.Places) > 0:
						inside++
					}
					if turns > 500 {
						t.Fatal("it does not end")
					}
					time.Sleep([]time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Minute}[chance.IntN(3)])
				}
				w.holds(t, time.Now().UTC().Format(time.DateOnly), s.Tables)
			})
		})
	}
	if inside < 10 || deaths < 3 {
		t.Errorf("%d turns ended inside a stage, %d died: the test shows little", inside, deaths)
	}
	t.Logf("%d turns ended inside a stage, %d died", inside, deaths)
}

// TestDeathAtEveryMomentOfATurn lets the machine go off before each change that
// a turn makes which begins, and ends, inside all stages.
func TestDeathAtEveryMomentOfATurn(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		deaths := 0
		for changes := int64(0); ; changes++ {
			if out, err := w.turn(t.Context(), w.folder(t), 250*time.Millisecond, Turn{Again: true}); err != nil || !out.Unfinished {
				t.Fatalf("the first turn: %+v, %v", out, err)
			}
			was := w.note(t).Unfinished
			if len(was.Walk.Places) != 3 || len(was.Half) != 6 {
				t.Fatalf("the first turn left %v", was.Walk.Places)
			}
			deadly := &dying{Storage: w.folder(t)}
			deadly.left.Store(changes)
			out, err := w.turn(t.Context(), deadly, 200*time.Millisecond, Turn{})
			if err == nil && !out.Unfinished {
				t.Fatal("the second turn was the last: the test shows nothing")
			}
			if err != nil {
				deaths++
				if !errors.Is(err, errDead) {
					t.Fatalf("after %d changes: %v", changes, err)
				}
			}
			for _, p := range was.Half {
				for _, part := range p.Parts {
					if _, openErr := w.folder(t).Open(t.Context(), part.Key); openErr != nil {
						t.Fatalf("after %d changes: %v", changes, openErr)
					}
				}
			}
			time.Sleep(2 * time.Minute)
			if out, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{}); err != nil || len(out.Publications) != 9 || out.Turns != 2+int(min(changes, 1)) {
				t.Fatalf("after %d changes, the last turn: %+v, %v", changes, out, err)
			}
			w.holds(t, time.Now().UTC().Format(time.DateOnly), nil)
			time.Sleep(2 * time.Minute)
			if err == nil {
				break
			}
		}
		if deaths < 5 { // its lock, its note, a part for each stage
			t.Errorf("only %d deaths", deaths)
		}
	})
}

func TestATurnThatBringsNothingIsTheLast(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		var gaveUp *GivenUpError
		contacts := Snapshot{Tables: []string{"contact"}}
		if out, err := w.turn(t.Context(), w.folder(t), 250*time.Millisecond, Turn{Snapshot: contacts}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		_, err := w.turn(t.Context(), w.folder(t), 50*time.Millisecond, Turn{Snapshot: contacts})
		if !errors.As(err, &gaveUp) || !strings.Contains(err.Error(), "a whole turn brought nothing new of what is left: [contacts]") {
			t.Errorf("a turn too short for a page: %v", err)
		}
		if _, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{Snapshot: contacts}); !errors.As(err, &gaveUp) {
			t.Errorf("once given up: %v", err)
		}
		if out, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{Snapshot: contacts, Again: true}); err != nil || len(out.Publications) != 1 {
			t.Errorf("again: %+v, %v", out, err)
		}
		w.holds(t, "2000-01-01", contacts.Tables)
	})
}

func TestTurnsAreBoundedInsideAStage(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		var err error
		turns := 0
		for err == nil {
			turns++
			_, err = w.turn(t.Context(), w.folder(t), 250*time.Millisecond, Turn{Most: 2})
		}
		if turns != 2 || !strings.Contains(err.Error(), "2 turns were not enough") {
			t.Errorf("after %d turns: %v", turns, err)
		}
	})
}

// TestATurnThatFails removes what it has written itself, and nothing that the
// turn before has left.
func TestATurnThatFails(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.turn(t.Context(), w.folder(t), 250*time.Millisecond, Turn{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := w.turn(ctx, w.folder(t), time.Hour, Turn{Snapshot: Snapshot{OnRow: func(table string) {
			if table == "company_tag" {
				cancel()
			}
		}}})
		note := w.note(t)
		if err == nil || note.Unfinished.Turns != 2 {
			t.Fatalf("the second turn: %v, %d turns", err, note.Unfinished.Turns)
		}
		for _, p := range slices.Concat(note.Unfinished.Kept, note.Unfinished.Half) {
			for _, part := range p.Parts {
				if err := w.lake(t).scan(t.Context(), part, func([]byte) error { return nil }); err != nil {
					t.Error(err)
				}
			}
		}
		time.Sleep(2 * time.Minute)
		if out, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{}); err != nil || len(out.Publications) != 9 || out.Turns != 3 {
			t.Fatalf("the third turn: %+v, %v", out, err)
		}
		w.holds(t, "2000-01-01", nil)
	})
}

// TestColumnsThatChangedBeginAnew goes on with what another version of this
// program has left.
func TestColumnsThatChangedBeginAnew(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.turn(t.Context(), w.folder(t), 250*time.Millisecond, Turn{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		note := w.note(t)
		for i, p := range note.Unfinished.Half {
			if p.Table == "contact" {
				note.Unfinished.Half[i].Columns = p.Columns[:len(p.Columns)-1]
			}
		}
		if err := w.lake(t).putJSON(t.Context(), journalKey(note.Run), note); err != nil {
			t.Fatal(err)
		}
		if out, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{}); err != nil || len(out.Publications) != 9 {
			t.Fatalf("%+v, %v", out, err)
		}
		w.holds(t, "2000-01-01", nil)
	})
}

// TestANoteOfAnOlderVersion is one that knows of whole stages only.
func TestANoteOfAnOlderVersion(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.turn(t.Context(), w.folder(t), 700*time.Millisecond, Turn{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		note := w.note(t)
		kept := len(note.Unfinished.Kept)
		note.Unfinished.Half, note.Unfinished.Walk.Places = nil, nil
		if err := w.lake(t).putJSON(t.Context(), journalKey(note.Run), note); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if out, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{}); err != nil || len(out.Publications) != 9 || kept < 3 {
			t.Fatalf("with %d tables kept: %+v, %v", kept, out, err)
		}
		w.holds(t, "2000-01-01", nil)
	})
}

// TestAKeptPartThatIsDamaged stops the turn: what was read before cannot be told.
func TestAKeptPartThatIsDamaged(t *testing.T) {
	inBubble(t, slow, func(t *testing.T, w *world) {
		if out, err := w.turn(t.Context(), w.folder(t), 250*time.Millisecond, Turn{}); err != nil || !out.Unfinished {
			t.Fatalf("%+v, %v", out, err)
		}
		p, _ := half(w.note(t).Unfinished.Half, "contact")
		if err := w.folder(t).Remove(t.Context(), p.Parts[0].Key); err != nil {
			t.Fatal(err)
		}
		_, err := w.turn(t.Context(), w.folder(t), time.Hour, Turn{})
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "reading back what an earlier turn has read") {
			t.Errorf("got %v", err)
		}
	})
}

func TestLeadingTexts(t *testing.T) {
	two := []membership.Column{{Name: "contact_id"}, {Name: "segment_id"}}
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
