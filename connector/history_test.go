package connector

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/export/exporttest"
	"intercom-connector/connector/state"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// history is a random life of a workspace and its connection: rows that appear
// late and change within the look-back, syncs that are cut off at any message,
// clocks that step, days of silence.
type history struct {
	random   *rand.Rand
	begin    time.Time
	days     int // of the workspace's life
	lookback int // with 0, nothing is read twice: rows then do not change
	deleted  map[string]sandbox.Deletion
	slow     bool           // of its jobs, some take up to fifty minutes
	mixed    bool           // the workspace speaks a mixture of dialects
	steady   bool           // columns, selection, clocks and what is sent stay as they are: what is remembered lasts
	vanish   bool           // some rows are gone from exports some time after they appeared
	lapses   []lapse        // of its rows, in the order of their beginnings
	planned  []planned      // the next syncs, where they are planned
	columns  *columnHistory // nil where they stay as they are
}

// lapse is a time in which a row is otherwise than before and after.
type lapse struct{ from, to time.Time }

// planned is when a sync begins, and after how many messages with rows it is cut off.
type planned struct {
	at           time.Time
	cutAfterRows int
}

func newHistory(seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 1))
	begins := []time.Time{
		time.Date(2026, 3, 6, 15, 0, 0, 0, time.UTC),   // clocks go forward on the 8th
		time.Date(2026, 10, 30, 15, 0, 0, 0, time.UTC), // back on November 1st
		time.Date(2026, 6, 10, 3, 59, 59, 0, time.UTC),
	}
	return &history{
		random:   random,
		begin:    begins[random.IntN(len(begins))],
		days:     3 + random.IntN(5),
		lookback: random.IntN(5),
		slow:     random.IntN(3) == 0 && seed%2 == 0, // mixtures make their own windows narrow
		mixed:    seed%2 == 1,
		steady:   seed%4 < 2,
	}
}

// moment is a time of the workspace's life, often one at which things go wrong.
func (h *history) moment() time.Time {
	at := h.begin.Add(-day + time.Duration(h.random.Int64N(int64(h.days+1)*int64(day)))).Truncate(time.Second)
	switch h.random.IntN(6) {
	case 0: // full hours, where windows end
		return at.Truncate(time.Hour)
	case 1: // the two hours around New York's transition
		return time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC).Add(time.Duration(h.random.IntN(7200)) * time.Second)
	default:
		return at
	}
}

func (h *history) within(most time.Duration) time.Duration {
	return time.Duration(h.random.Int64N(int64(most))).Truncate(time.Second)
}

// before gives a moment after a row's time, but none later than half a day after
// the workspace's days are over: what the last syncs read is then the truth,
// however long their jobs take.
func (h *history) before(after time.Time, most time.Duration) time.Time {
	at, still := after.Add(h.within(most)), h.still()
	if at.After(still) && after.Before(still) {
		return still
	}
	return at
}

// still is when nothing happens any more.
func (h *history) still() time.Time { return h.begin.Add(time.Duration(h.days)*day + 12*time.Hour) }

// rows become visible and change within the look-back after they start.
func (h *history) rows(n int, values func(i int) map[string]string) []sandbox.Row {
	var rows []sandbox.Row
	for i := range n {
		at := h.moment()
		row := sandbox.Row{Time: at, Values: values(i)}
		if h.random.IntN(4) == 0 && h.lookback > 0 {
			row.Visible = h.before(at, time.Duration(h.lookback)*day)
		} else {
			row.Visible = at.Add(h.within(20 * time.Minute))
		}
		for range min(h.random.IntN(3), 2*h.lookback) {
			change := h.before(at, time.Duration(h.lookback)*day)
			row.Changes = append(row.Changes, sandbox.Change{At: change, Set: map[string]string{"standard.channel": channels[h.random.IntN(len(channels))]}})
		}
		sortChanges(row.Changes)
		if before := row.Values["standard.channel"]; before != "" && h.lookback > 0 && h.random.IntN(2) == 0 {
			first := h.before(at, time.Duration(h.lookback)*day-2*time.Hour)
			if h.random.IntN(2) == 0 { // while every sync reads it
				first = h.before(at, 20*time.Hour)
			}
			again := h.before(first, 2*time.Hour)
			row.Changes = []sandbox.Change{ // and soon as it was
				{At: first, Set: map[string]string{"standard.channel": "Phone"}},
				{At: again, Set: map[string]string{"standard.channel": before}},
			}
			if again.After(first) {
				h.lapses = append(h.lapses, lapse{first, again})
			}
		}
		if h.vanish && h.random.IntN(4) == 0 && row.Visible.Before(h.still()) {
			row.Gone = h.before(row.Visible, time.Duration(h.days)*day)
		}
		rows = append(rows, row)
		if h.random.IntN(5) == 0 && values(0)["standard.conversation_state"] != "" {
			twin := row // the same key, other values
			twin.Values = map[string]string{"standard.conversation_id": row.Values["standard.conversation_id"], "standard.conversation_state": "twin" + strconv.Itoa(i)}
			twin.Changes = nil
			if h.vanish && h.random.IntN(2) == 0 {
				twin.Gone = time.Time{}
			}
			rows = append(rows, twin)
		}
	}
	return rows
}

// channels are few, so that a row is often as it was before.
var channels = []string{"Chat", "Email", "Phone"}

func sortChanges(changes []sandbox.Change) {
	if len(changes) == 2 && changes[1].At.Before(changes[0].At) {
		changes[0], changes[1] = changes[1], changes[0]
	}
}

func (h *history) options() sandbox.Options {
	conversation := sandbox.Dataset{
		ID: "conversation", TimeAttribute: "conversation_started_at",
		Attributes: []sandbox.Attribute{
			{QualifiedID: "standard.conversation_id"},
			{QualifiedID: "timestamp.conversation_started_at"},
			{QualifiedID: "standard.channel"},
		},
		Rows: h.rows(40, func(i int) map[string]string {
			return map[string]string{"standard.conversation_id": fmt.Sprint(1000 + i), "standard.channel": "Chat"}
		}),
	}
	states := sandbox.Dataset{
		ID: "conversation_state", TimeAttribute: "conversation_state_started_at",
		Attributes: []sandbox.Attribute{
			{QualifiedID: "standard.conversation_id"},
			{QualifiedID: "timestamp.conversation_state_started_at"},
			{QualifiedID: "standard.conversation_state"},
			{QualifiedID: "standard.channel"},
		},
		Rows: h.rows(40, func(i int) map[string]string {
			return map[string]string{"standard.conversation_id": fmt.Sprint(1000 + i%7), "standard.conversation_state": "Open"}
		}),
	}
	var dialect []string
	if h.mixed {
		dialect = []string{fmt.Sprintf("all-mixed=%d", h.random.Uint64())}
	}
	if !slices.Contains(sandbox.New(sandbox.Options{Dialect: dialect}).Dialect(), "row-id-empty") { // nobody could tell whose they are
		h.delete(conversation.Rows, states.Rows)
	}
	slices.SortFunc(h.lapses, func(a, b lapse) int { return a.from.Compare(b.from) })
	pace := h.random.IntN(3000)
	o := sandbox.Options{
		Dialect:       dialect,
		Deletions:     slices.Collect(maps.Values(h.deleted)),
		Body:          sandbox.Plain, // the cheapest: others are tested elsewhere
		Datasets:      []sandbox.Dataset{conversation, states},
		ExclusiveEnd:  h.random.IntN(2) == 0,
		RowsAtEnqueue: h.random.IntN(2) == 0,
		ClockSkew:     time.Duration(h.random.IntN(3)-1) * time.Minute,
		JobTime: func(_ string, rows int, span time.Duration) time.Duration {
			took := time.Duration(1+(pace*(rows+1)+int(span.Seconds()))%3000) * time.Millisecond
			if h.slow && took%(6*time.Millisecond) == 0 {
				return 1000 * took
			}
			return took
		},
	}
	return o
}

// delete deletes some conversations, after all that happens to them. Exports hold
// their rows no longer, or a while longer, or as long as there are exports.
func (h *history) delete(tables ...[]sandbox.Row) {
	h.deleted = map[string]sandbox.Deletion{}
	last := map[string]time.Time{}
	for _, rows := range tables {
		for _, row := range rows {
			id := row.Values["standard.conversation_id"]
			for _, at := range append([]time.Time{row.Time, last[id]}, changesOf(row)...) {
				if at.After(last[id]) {
					last[id] = at
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(last)) {
		if h.random.IntN(3) == 0 {
			at := h.before(last[id], time.Duration(h.days)*day)
			if at.After(h.still()) { // as it is where the last change is the latest there may be
				at = last[id]
			}
			h.deleted[id] = sandbox.Deletion{ConversationID: id, At: at, MetricsRetained: h.random.IntN(3) == 0}
		}
	}
	for _, rows := range tables {
		for i := range rows {
			d, deleted := h.deleted[rows[i].Values["standard.conversation_id"]]
			if lives := h.random.IntN(3); deleted && !d.MetricsRetained && lives < 2 {
				rows[i].Gone = d.At.Add(time.Duration(lives) * h.within(2*day))
			}
		}
	}
}

func changesOf(row sandbox.Row) (at []time.Time) {
	for _, c := range row.Changes {
		at = append(at, c.At)
	}
	return at
}

// revivesNone: a sync sends no row of a conversation that was deleted before it
// began, although exports may hold it.
func (h *history) revivesNone(w *world) {
	began := time.Now()
	if h.withheld(w) {
		return
	}
	w.destination.onMessage = func(m *sdk.UpdateResponse) {
		for _, r := range m.GetRecords().GetRecords() {
			id := r.GetData()["conversation_id"].GetString_()
			d, deleted := h.deleted[id]
			if deleted && !d.MetricsRetained && d.At.Before(began) && r.GetType() == sdk.RecordType_UPSERT && r.GetTableName() != "deleted_conversation" {
				w.t.Errorf("at %v %s has a row of %s, which was deleted at %v", began, r.GetTableName(), id, d.At)
			}
		}
	}
}

func (*history) withheld(w *world) bool {
	return slices.Contains(w.sandbox.Dialect(), "deletions-forbidden")
}

// withoutDeleted leaves out of the truth and of the tables the rows of deleted
// conversations, as models do; of conversation the table must have none.
func (h *history) withoutDeleted(w *world) {
	withheld := h.withheld(w)
	w.leftOut = map[string]bool{}
	for id, d := range h.deleted {
		if d.MetricsRetained || d.At.After(time.Now()) {
			continue
		}
		w.leftOut[id] = true
		if _, there := w.destination.tables["conversation"][id]; there && !withheld && (h.columns == nil || h.columns.includes("conversation")) {
			w.t.Errorf("conversation has %s, which was deleted at %v", id, d.At)
		}
	}
	if withheld {
		return
	}
	floor := w.floor("conversation")
	for id, d := range h.deleted {
		row := w.destination.tables["deleted_conversation"][id]
		if row == nil && (d.At.Unix() < floor || d.At.After(time.Now())) {
			continue
		}
		if row == nil || textOf(row["deleted_at"]) != d.At.UTC().Format(time.RFC3339) || textOf(row["metrics_retained"]) != fmt.Sprint(d.MetricsRetained) {
			w.t.Errorf("deleted_conversation has %v of %v", row, d)
		}
	}
}

// configuration varies what must not matter for the truth.
func (h *history) configure(w *world) {
	w.set("dataset_id", "all", "lookback_days", strconv.Itoa(h.lookback),
		"initial_start_time", strconv.FormatInt(h.begin.Add(-20*time.Hour).Unix(), 10),
		"parallel_jobs", strconv.Itoa(1+h.random.IntN(5)))
	if h.random.IntN(4) == 0 {
		w.set("parallel_jobs", "1")
	}
	if h.random.IntN(3) == 0 {
		w.set("window_seconds", strconv.Itoa(3600*(1+h.random.IntN(20))))
	}
	w.destination.late = h.random.IntN(2) == 0
}

// TestHistories: after any sequence of syncs, cut-offs and restarts, once a
// whole sync with its look-back has run, the tables equal the truth.
//
// Every other workspace speaks a mixture of dialects: there a sync may also fail,
// if it names the dataset that it does not read.
func TestHistories(t *testing.T) {
	for seed := *firstHistory; seed < *firstHistory+max(*manyHistories, histories); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHistory(uint64(seed))
			options := h.options()
			if h.columns = newColumnHistory(uint64(seed), h); !h.mixed {
				h.columns.extend(&options)
			}
			inBubble(t, h.begin, options, func(w *world) {
				h.configure(w)
				o := h.live(w)
				if o.Warnings = slices.DeleteFunc(o.Warnings, expected.MatchString); len(o.Warnings) > 0 && !h.mixed {
					t.Errorf("warnings: %q", o.Warnings)
				}
				h.withoutDeleted(w)
				for _, id := range o.Read(w.sandbox, []string{"conversation", "conversation_state"}) {
					h.columns.compare(w, id)
				}
				if t.Failed() {
					t.Logf("dialects %q", w.sandbox.Dialect())
				}
			})
		})
	}
}

// TestVanishedHistories: rows that are gone from exports are gone from the tables
// too, once two readings half a day apart were without them, wherever syncs are cut
// off.
func TestVanishedHistories(t *testing.T) {
	for seed := *firstHistory / 10; seed < (*firstHistory+max(*manyHistories, histories))/10; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHistory(2 * uint64(seed))
			h.lookback, h.vanish = 20, true
			inBubble(t, h.begin, h.options(), func(w *world) {
				h.configure(w)
				w.set("remove_vanished", "true")
				o := h.live(w)
				for range 5 { // a clock that was two days ahead puts look-backs off
					time.Sleep(day)
					if err := w.destination.sync(w.connector, w.configuration); err != nil {
						t.Fatal(err)
					}
				}
				if len(o.Warnings) > 0 {
					t.Errorf("warnings: %q", o.Warnings)
				}
				h.withoutDeleted(w)
				w.equalsTruth("conversation")
				w.equalsTruth("conversation_state")
			})
		})
	}
}

// manyHistories is for make torture; firstHistory is for playing them in pieces.
var (
	manyHistories = flag.Int("histories", 0, "how many histories TestHistories plays")
	firstHistory  = flag.Int("first", first, "the first history's seed")
)

// live runs syncs until the workspace's days are over, then waits for another
// day and runs two to their end: the first may have a look-back to finish that
// was cut off on an earlier day, the second then begins its own.
func (h *history) live(w *world) (o exporttest.Outcome) {
	end := h.begin.Add(time.Duration(h.days) * day)
	for h.cutOff(w.destination); time.Now().Before(end); h.rest(w.destination) {
		w.skew = 0
		if w.destination.state != "" && !h.steady && h.random.IntN(4) == 0 {
			w.skew = time.Duration(h.random.IntN(96)-48) * time.Hour
			w.skew = max(w.skew, time.Until(h.begin.Add(-19*time.Hour))) // a start that has not come yet is refused
		}
		if w.set("send", "changed"); h.random.IntN(12) == 0 && !h.vanish && !h.steady {
			w.set("send", "all")
		}
		state := w.destination.state
		h.revivesNone(w)
		err := w.destination.syncSelected(w.connector, w.configuration, h.selection(w))
		if err != nil && w.destination.cutAfter+w.destination.cutAfterRows == 0 {
			h.refused(w, err)
		}
		o.Warnings = append(o.Warnings, w.destination.warnings...)
		movedOn(w.t, state, w.destination.state)
	}
	w.skew, w.destination.cutAfter, w.destination.cutAfterRows = 0, 0, 0
	time.Sleep(day)
	selected := h.selection(w)
	if h.columns != nil {
		h.columns.settle(w, h.lookback)
	}
	for range 2 {
		h.revivesNone(w)
		if err := w.destination.syncSelected(w.connector, w.configuration, selected); err != nil {
			h.refused(w, err)
			o.Err = errors.Join(o.Err, err) // the look-back of what either did not read is not done
		}
	}
	o.Warnings = append(o.Warnings, w.destination.warnings...)
	return o
}

// selection is what the person has selected when a sync begins.
func (h *history) selection(w *world) *sdk.Selection {
	if h.columns == nil || h.steady {
		return nil
	}
	selected := h.columns.selection()
	w.destination.wanted = h.columns.wants
	return selected
}

// refused holds an error to what it may be: of a mixture, one that names a
// dataset.
func (h *history) refused(w *world, err error) {
	if !h.mixed || !strings.Contains(err.Error(), "dataset ") {
		w.t.Fatalf("sync: %v; dialects %q", err, w.sandbox.Dialect())
	}
}

// rest waits for the next sync, and says where that is cut off.
func (h *history) rest(d *destination) {
	if h.steady && len(h.planned) == 0 && h.random.IntN(3) == 0 {
		h.plan()
	}
	if len(h.planned) == 0 {
		time.Sleep(h.pause())
		h.cutOff(d)
		return
	}
	time.Sleep(time.Until(h.planned[0].at))
	d.cutAfter, d.cutAfterRows = 0, h.planned[0].cutAfterRows
	h.planned = h.planned[1:]
}

// plan plans three syncs around the next lapse: a whole one before it, one that is cut
// off while it lasts, and a whole one after it, from which no memory of the first may
// hide what the second sent.
func (h *history) plan() {
	next := slices.IndexFunc(h.lapses, func(l lapse) bool { return l.from.After(time.Now().Add(time.Minute)) })
	if next < 0 {
		return
	}
	l := h.lapses[next]
	h.lapses = h.lapses[next+1:]
	h.planned = []planned{
		{l.from.Add(-time.Minute), 0},
		{l.from.Add(h.within(l.to.Sub(l.from))), 1 + h.random.IntN(2)},
		{l.to.Add(h.within(time.Hour)), 0},
	}
}

// cutOff draws where a sync is cut off, if it is.
func (h *history) cutOff(d *destination) {
	d.cutAfter, d.cutAfterRows = 0, 0
	switch h.random.IntN(3) {
	case 0:
		d.cutAfter = 1 + h.random.IntN(24)
	case 1:
		d.cutAfterRows = 1 + h.random.IntN(4)
	}
}

func (h *history) pause() time.Duration {
	switch h.random.IntN(4) {
	case 0:
		return h.within(10 * time.Minute)
	case 1:
		return h.within(3 * day)
	default:
		return time.Hour + h.within(10*time.Hour)
	}
}

// movedOn: no cursor moves back, and no floor forward.
func movedOn(t testing.TB, before, after string) {
	was, err := state.Parse(before)
	if err != nil || was == nil {
		return
	}
	is, err := state.Parse(after)
	if err != nil {
		t.Fatal(err)
	}
	for id, d := range was.Datasets {
		if is.Datasets[id].Cursor < d.Cursor || is.Datasets[id].Floor > d.Floor {
			t.Errorf("%s: cursor from %d to %d, floor from %d to %d", id, d.Cursor, is.Datasets[id].Cursor, d.Floor, is.Datasets[id].Floor)
		}
	}
}
