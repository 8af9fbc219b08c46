package engagement

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plays reads all that is to be read at a time, in days since the first, and says in
// which ranges.
func (s *State) plays(now int64, lookback int64) (ranges []string) {
	const epoch = 1000 * day
	today := func(t int64) bool { return t/day >= (epoch+now)/day }
	for reached := false; len(ranges) < 20; {
		w, ok := s.next(epoch+now, lookback*day, today, reached)
		if !ok {
			break
		}
		ranges = append(ranges, fmt.Sprintf("%v %.1f–%.1f", w.purpose, float64(w.from-epoch)/day, float64(w.to-epoch)/day))
		reached = reached || w.purpose != earlierMessages && w.to == epoch+now
		s.read(w, epoch+now, lookback*day, epoch+now+60)
	}
	return ranges
}

// What a life of syncs reads: ranges of the first overlap by the look-back; later
// ones reach back to it once a day, and a day in between.
func TestRanges(t *testing.T) {
	s := NewState(1000*day-90*day, 1000*day-90*day)
	for _, step := range []struct {
		what  string
		do    func()
		now   int64
		reach int64
		want  []string
	}{
		{"the first sync, of ninety days", nil, day / 2, 30, []string{"look-back -90.0–-29.0", "look-back -59.0–0.5"}},
		{"an hour later", nil, day/2 + 3600, 30, []string{"new messages -0.5–0.5"}},
		{"the same moment again", nil, day/2 + 3600, 30, []string{"new messages -0.5–0.5"}},
		{"the clock was set back", nil, day / 2, 30, nil},
		{"the next day", nil, day + 3600, 30, []string{"look-back -29.5–1.0"}},
		{"without a look-back", nil, day + 9*3600, 0, []string{"new messages 1.0–1.4"}},
		{"after two months of silence", nil, 60 * day, 30, []string{"look-back -29.0–32.0", "look-back 2.0–60.0"}},
		{"the start moves back", func() { s.BeginEarlier(900*day, 900*day) }, 60*day + 3600, 30, []string{"new messages 59.0–60.0", "earlier messages -100.0–-60.0"}},
		{"a job may have told more, and the clock was set back", func() { s.Job = &Job{ID: "j", From: 1059 * day, To: 1060*day + 9000} }, 60*day + 7200, 30, nil},
		{"ranges of twenty days at most", func() { s.drop(); s.Bears = 20 * day }, 61*day + 7200, 30, []string{"look-back 41.0–61.0", "look-back 42.0–61.1"}},
	} {
		if step.do != nil {
			step.do()
		}
		if diff := cmp.Diff(step.want, s.plays(step.now, step.reach)); diff != "" {
			t.Errorf("%s: %s", step.what, diff)
		}
		if !s.Sound() {
			t.Errorf("%s: %+v is not sound", step.what, s)
		}
	}
}

// A table that nobody wanted is told from where it was left out; where the state is of a
// version that did not note that, from the start.
func TestTablesThatWereNotWanted(t *testing.T) {
	for text, want := range map[string]int64{
		`{"floor":100,"cursor":500,"told":400}`:                                            100,
		`{"floor":100,"cursor":500,"told":400,"untold":null}`:                              100,
		`{"floor":100,"cursor":500,"told":400,"untold":{}}`:                                400,
		`{"floor":100,"cursor":500,"told":400,"untold":{"message_event":300}}`:             300,
		`{"floor":100,"cursor":500,"told":400,"untold":{},"earlier":{"at":60,"start":50}}`: 100,
	} {
		var s State
		read := func(text []byte) {
			if err := json.Unmarshal(text, &s); err != nil {
				t.Fatal(err)
			}
		}
		read([]byte(text))
		for _, wanted := range []bool{false, false, true} {
			s.Want(map[string]bool{ReceiptTable: true, EventTable: wanted})
			if wanted {
				break
			}
			s.Cursor, s.Told = s.Cursor+1000, s.Told+1000
			kept, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			s = State{}
			read(kept)
		}
		if s.Cursor != want || s.Told != want || len(s.Untold) > 0 {
			t.Errorf("%s: read again from %d and %d, want %d", text, s.Cursor, s.Told, want)
		}
		s.Cursor = want + 1000
		if s.Want(map[string]bool{ReceiptTable: true, EventTable: true}); s.Cursor != want+1000 {
			t.Errorf("%s: read again twice", text)
		}
	}
}

// The cursors stay behind what may be yet to appear, and no range tells less of a
// message than another has.
func TestNothingIsToldLess(t *testing.T) {
	const epoch = 1000 * day
	s := NewState(epoch, epoch)
	s.plays(40*day, 30)
	if want := epoch + 40*day + 60 - lag; s.Cursor != want || s.Told != want || s.Until != epoch+40*day {
		t.Errorf("the cursor is %d, told is %d, until %d; want %d", s.Cursor, s.Told, s.Until, want)
	}
	if got := s.own(span{earlierMessages, epoch - day, epoch + day}); got != epoch-1 {
		t.Errorf("a range from before the floor tells of messages up to %d", got)
	}
	// Earlier messages are not read while those just before the floor may be to come.
	young := NewState(epoch, epoch)
	young.BeginEarlier(epoch-day, epoch-day)
	for _, now := range []int64{600, 2 * lag} {
		r := span{earlierMessages, young.Earlier.At, epoch}
		if young.read(r, epoch+now, 0, epoch+now); (young.Earlier == nil) != (now > lag) {
			t.Errorf("%d seconds after the floor: %+v", now, young.Earlier)
		}
	}
	// Months without a look-back, and then one.
	for now := int64(41); now <= 140; now += 9 {
		s.plays(now*day, 0)
	}
	want := []string{"look-back 10.0–140.0", "look-back 110.0–141.0"}
	if diff := cmp.Diff(want, s.plays(141*day, 30)); diff != "" {
		t.Error(diff)
	}
}

// A job that an earlier run left does for the same range while its result is kept, and
// for one that ends a little later while it is young; never for one that begins before
// it.
func TestTakesUp(t *testing.T) {
	const epoch = 1000 * day
	for _, test := range []struct {
		what string
		want span
		job  Job
		age  int64
		does bool
	}{
		{"the same", span{lookBack, epoch, epoch + day}, Job{From: epoch, To: epoch + day}, 40 * 3600, true},
		{"the same, too old", span{lookBack, epoch, epoch + day}, Job{From: epoch, To: epoch + day}, 48 * 3600, false},
		{"one that ends earlier", span{lookBack, epoch, epoch + day}, Job{From: epoch, To: epoch + day - 600}, 600, true},
		{"one that ended hours earlier", span{lookBack, epoch, epoch + day}, Job{From: epoch, To: epoch + day - 9000}, 9000, false},
		{"one that begins later", span{lookBack, epoch, epoch + day}, Job{From: epoch + 60, To: epoch + day}, 600, false},
		{"one that ends later", span{lookBack, epoch, epoch + day}, Job{From: epoch, To: epoch + day + 60}, 600, false},
		{"a much wider one", span{newMessages, epoch, epoch + day}, Job{From: epoch - 2*day, To: epoch + day - 600}, 600, false},
	} {
		s := NewState(epoch-day, epoch-day)
		test.job.AsOf = epoch + 5*day
		s.Job = &test.job
		if got, does := s.takesUp(test.want, test.job.AsOf+test.age); does != test.does || does && (got.from != test.job.From || got.to != test.job.To) {
			t.Errorf("%s: %v, %v", test.what, does, got)
		}
	}
}

// Files are told by their names, and times by their columns'.
func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{
		"receipt_2026-01-01_2026-02-01.csv": "receipt", "data/Checklist_Step_Open_20260101.csv": "checklist_step_open",
		`x\open-1.csv.gz`: "open", "click.csv": "click", "2026-01-01.csv": "", "": "",
	} {
		if got := streamOf(name); got != want {
			t.Errorf("%q is about %q, want %q", name, got, want)
		}
	}
	for _, test := range []struct {
		event string
		names []string
		want  int
	}{
		{"open", []string{"receipt_id", "opened_at"}, 1},
		{"reply", []string{"received_at", "receipt_id", "created_at", "replied_at"}, 3},
		{"goal_success", []string{"goal_succeeded_at", "receipt_id"}, 0},
		{"webhook_failure", []string{"receipt_id", "created_at", "other_at"}, 1},
		{"open", []string{"receipt_id", "received_at"}, -1},
	} {
		if got := timeColumn(test.event, test.names); got != test.want {
			t.Errorf("%s of %q: %d, want %d", test.event, test.names, got, test.want)
		}
	}
}
