package torture

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/status"

	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// cell is one sync with one fault, and the sync after it.
type cell struct {
	trouble trouble
	body    sandbox.BodyForm
	kind    kind
	nth     int  // call of the kind, from 0
	ever    bool // the fault stays, for all later calls of the kind
}

func (c cell) String() string {
	return fmt.Sprintf("%s on %s %d, ever %v, %s", c.trouble.fault, c.kind, c.nth, c.ever, c.body)
}

// ending is how the cell's first sync should end.
func (c cell) ending() ending {
	end := c.trouble.once
	switch {
	case !slices.Contains(c.trouble.on, c.kind), c.body == sandbox.Plain && c.trouble.fault == faults.BadChecksum:
		return well
	case c.ever:
		end = c.trouble.ever
	}
	if words := c.trouble.words[c.kind]; words != "" && end != well {
		end.words = words
	}
	return end
}

// until is the end of what a sync that began at that moment reads: the smaller
// of both clocks.
func (c cell) until(began time.Time) int64 {
	if c.trouble.fault == faults.ClockSkewed && c.kind == me {
		return began.Add(-time.Hour).Unix()
	}
	return began.Unix()
}

// TestMatrix spoils every call of a sync in every way. The sync ends right, or
// with the right error; its checkpoints promise nothing that was not sent; the
// next sync completes the truth.
func TestMatrix(t *testing.T) {
	results := tally{}
	for _, c := range cells(t) {
		for _, wrong := range c.run(t, results) {
			t.Errorf("%v: %s", c, wrong)
		}
	}
	results.print()
}

// cells are the whole matrix, or, in the short form, every tenth cell of the
// second call of each kind.
func cells(t *testing.T) []cell {
	calls := callsOf(t)
	var list []cell
	n := 0
	add := func(c cell, of ...kind) {
		for _, c.kind = range of {
			for c.nth = range calls[c.kind] {
				if second := c.nth == min(1, calls[c.kind]-1); second {
					n++
				} else if !*long {
					continue
				}
				if *long || n%10 == 0 {
					list = append(list, c)
				}
			}
		}
	}
	for _, trouble := range troubles {
		for _, ever := range []bool{false, true} {
			add(cell{trouble: trouble, body: sandbox.ContentEncodingGzip, ever: ever}, kinds...)
		}
	}
	for _, fault := range packed {
		i := slices.IndexFunc(troubles, func(t trouble) bool { return t.fault == fault })
		for _, body := range sandbox.BodyForms()[1:] {
			for _, ever := range []bool{false, true} {
				add(cell{trouble: troubles[i], body: body, ever: ever}, download)
			}
		}
	}
	return list
}

// matrixWorld is the small sync that the matrix spoils: two tables in two
// windows each.
func matrixWorld(t *testing.T, body sandbox.BodyForm, test func(*world)) {
	options := sandbox.Options{
		Timezone: "UTC", Datasets: quiet(monday), Body: body,
		PendingJobs: 1000, // jobs that are stuck for ever must not stop the sync that comes after
		JobTime:     func(string, int, time.Duration) time.Duration { return 300 * time.Millisecond },
	}
	inBubble(t, monday, options, nil, func(w *world) {
		w.set("dataset_id", "all", "window_seconds", "43200", "lookback_days", "1", "parallel_jobs", "2",
			"initial_start_time", monday.Add(-day).Format(time.RFC3339))
		if err := w.destination.schema(w.connector, w.configuration); err != nil {
			t.Fatal(err)
		}
		w.saboteur.sabotage(nil)
		test(w)
	})
}

// callsOf is how many calls of each kind the sync has when nothing goes wrong.
func callsOf(t *testing.T) (calls map[kind]int) {
	matrixWorld(t, sandbox.ContentEncodingGzip, func(w *world) {
		if err := w.sync(); err != nil {
			t.Fatal(err)
		}
		_, calls = w.saboteur.made()
		for _, part := range w.destination.parts(w.sandbox, both, time.Now().Unix()) {
			t.Fatal(part)
		}
	})
	return calls
}

var both = []string{"call", "conversation_state"}

// run makes the cell's two syncs and says what was wrong with them.
func (c cell) run(t *testing.T, results tally) (wrong []string) {
	matrixWorld(t, c.body, func(w *world) {
		began := time.Now()
		met := false
		w.saboteur.sabotage(func(k kind, nth int) faults.Fault {
			if k != c.kind || nth < c.nth || nth > c.nth && !c.ever {
				return ""
			}
			met = true
			return c.trouble.fault
		})
		err := w.sync()
		if !met {
			wrong = append(wrong, "the call was never made")
		}
		wrong = append(wrong, c.ended(w, err)...)
		if err == nil {
			wrong = append(wrong, w.destination.parts(w.sandbox, both, c.until(began))...)
		} else {
			wrong = append(wrong, w.destination.parts(w.sandbox, both, promised)...)
		}
		calls, _ := w.saboteur.made()
		results.add(c, err, time.Since(began), calls)
		w.saboteur.sabotage(nil)
		w.sandbox.Heal()
		time.Sleep(10 * time.Minute)
		if err := w.sync(); err != nil {
			wrong = append(wrong, fmt.Sprintf("the next sync: %v", err))
		}
		wrong = append(wrong, w.destination.parts(w.sandbox, both, time.Now().Unix())...)
		wrong = append(wrong, w.secrets()...)
	})
	return wrong
}

// ended holds the end of a sync against what it should be.
func (c cell) ended(w *world, err error) (wrong []string) {
	want := c.ending()
	got := status.Convert(err)
	if got.Code() != want.code || !strings.Contains(got.Message(), want.words) {
		wrong = append(wrong, fmt.Sprintf("ended with %v %q, want %v and %q", got.Code(), got.Message(), want.code, want.words))
	}
	act := want == token401 || want == scope403
	if act != (w.destination.tasks == 1) {
		wrong = append(wrong, fmt.Sprintf("%d tasks: %q", w.destination.tasks, w.destination.told))
	}
	ofWindow := c.kind == enqueue || c.kind == poll || c.kind == download
	if err != nil && ofWindow && !act && !strings.Contains(got.Message(), "dataset call, 2026-03-") && !strings.Contains(got.Message(), "dataset conversation_state, 2026-03-") {
		wrong = append(wrong, fmt.Sprintf("no dataset and window in %q", got.Message()))
	}
	return wrong
}

// tally counts the cells by fault and kind of call.
type tally map[faults.Fault]map[kind]*outcomes

type outcomes struct {
	landed, refused int
	longest         time.Duration // of the workspace's time
	calls           int           // the most of one sync
}

func (r tally) add(c cell, err error, took time.Duration, calls int) {
	if r[c.trouble.fault] == nil {
		r[c.trouble.fault] = map[kind]*outcomes{}
	}
	o := r[c.trouble.fault][c.kind]
	if o == nil {
		o = &outcomes{}
		r[c.trouble.fault][c.kind] = o
	}
	if err == nil {
		o.landed++
	} else {
		o.refused++
	}
	o.longest, o.calls = max(o.longest, took), max(o.calls, calls)
}

// print makes the table: for each fault and kind of call how many syncs landed
// the truth at once, and how many ended with the right error and landed it
// with the next sync.
func (r tally) print() {
	figure("%-22s %12s %12s %12s %12s %12s  %9s %6s", "fault", me, datasets, enqueue, poll, download, "longest", "calls")
	cells, landed := 0, 0
	for _, fault := range slices.Sorted(maps.Keys(r)) {
		line := fmt.Sprintf("%-22s", fault)
		var longest time.Duration
		calls := 0
		for _, k := range kinds {
			o := r[fault][k]
			if o == nil {
				line += fmt.Sprintf(" %12s", "")
				continue
			}
			line += fmt.Sprintf(" %5d + %4d", o.landed, o.refused)
			longest, calls = max(longest, o.longest), max(calls, o.calls)
			cells += o.landed + o.refused
			landed += o.landed
		}
		figure("%s  %9s %6d", line, longest.Round(time.Second), calls)
	}
	figure("matrix: %d cells; %d landed the truth at once, %d ended with the right error and landed it with the next sync; nothing lost", cells, landed, cells-landed)
}
