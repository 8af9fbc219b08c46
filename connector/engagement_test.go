package connector

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/export/exporttest"
	"intercom-connector/connector/state"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// told is what a receipt's row tells: when it first met with each event.
func told(row map[string]*sdk.ValueType) map[string]int64 {
	first := map[string]int64{}
	for column, value := range row {
		if event, ok := strings.CutPrefix(column, "first_"); ok && value.GetUtcDatetime() != nil {
			first[event] = value.GetUtcDatetime().GetSeconds()
		}
	}
	return first
}

// neverTellsLess watches that no row takes away what an earlier one told.
func (w *world) neverTellsLess() {
	best := map[string]map[string]int64{}
	w.destination.onMessage = func(m *sdk.UpdateResponse) {
		for _, r := range m.GetRecords().GetRecords() {
			if r.GetTableName() != "message_receipt" {
				continue
			}
			id, now := r.GetData()["receipt_id"].GetString_(), told(r.GetData())
			for event, at := range best[id] {
				if now[event] == 0 || now[event] > at {
					w.t.Errorf("receipt %s had its first %s at %d, and now at %d", id, event, at, now[event])
				}
			}
			best[id] = now
		}
	}
}

// engagement holds the destination against the workspace: of every message sent
// since the floor all that happened within the look-back, and nothing that did not.
func (w *world) engagement(floor time.Time, lookback time.Duration) {
	w.t.Helper()
	for _, difference := range w.engagementDifferences(floor, lookback) {
		w.t.Error(difference)
	}
}

// engagementDifferences are where they part.
func (w *world) engagementDifferences(floor time.Time, lookback time.Duration) (found []string) {
	wrong := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	state, err := state.Parse(w.destination.state)
	if err != nil || state == nil || state.Engagement == nil {
		return []string{fmt.Sprintf("no state: %v", err)}
	}
	// The state may not promise less than the last sync had to read, however long that took.
	sent, settled := time.Unix(state.Engagement.Cursor, 0), time.Unix(state.Engagement.Told, 0)
	if began := w.destination.began; began.Sub(sent) > 8*time.Hour || lookback > 0 && began.Sub(settled) > 26*time.Hour {
		wrong("messages are read to %v, and what happened to them to %v", sent, settled)
	}
	rows, events := maps.Clone(w.destination.tables["message_receipt"]), maps.Clone(w.destination.tables["message_event"])
	receipts := 0
	for r := range w.sandbox.TruthReceipts() {
		if r.Sent.Before(floor) {
			continue
		}
		receipts++
		row := rows[r.ID]
		delete(rows, r.ID)
		if row == nil {
			if !r.Sent.After(sent) {
				wrong("receipt %s of %v is not there", r.ID, r.Sent)
			}
			continue
		}
		if got := row["received_at"].GetUtcDatetime().GetSeconds(); got != r.Sent.Unix() {
			wrong("receipt %s was received at %d, want %d", r.ID, got, r.Sent.Unix())
		}
		first, counted := told(row), map[string]int{}
		for _, e := range r.Events {
			must := !e.At.After(r.Sent.Add(lookback)) && !e.At.After(settled)
			key := fmt.Sprint(r.ID, "|", e.Name, "|", e.At.UTC().Format(time.RFC3339Nano))
			n := counted[key]
			counted[key]++
			id := fmt.Sprint(key, "|", n)
			event := events[id]
			delete(events, id)
			switch {
			case event != nil:
				got := map[string]string{}
				if text := event["details"].GetJson(); text != "" {
					if err := json.Unmarshal([]byte(text), &got); err != nil {
						wrong("event %s: %v", id, err)
					}
				}
				delete(got, "user_id") // what a dialect repeats of the receipt
				delete(got, "received_at")
				if !maps.Equal(got, e.Values) {
					wrong("event %s has details %v, want %v", id, got, e.Values)
				}
			case must:
				wrong("event %s of a message of %v is not there", id, r.Sent)
			}
			if at, ok := first[e.Name]; ok && at < e.At.Unix() {
				continue
			}
			if at := first[e.Name]; at != e.At.Unix() && must {
				wrong("receipt %s first met with %s at %d, want %d", r.ID, e.Name, at, e.At.Unix())
			}
			first[e.Name] = e.At.Unix()
		}
	}
	for id := range rows {
		wrong("receipt %s is not of the workspace", id)
	}
	for id := range events {
		wrong("event %s is not of the workspace", id)
	}
	if receipts > 0 && len(w.destination.tables["message_receipt"]) == 0 {
		wrong("nothing came of %d receipts", receipts)
	}
	return found
}

// floorOf is the start of what is read of message engagement.
func (w *world) floorOf() time.Time {
	s, err := state.Parse(w.destination.state)
	if err != nil || s == nil || s.Engagement == nil {
		w.t.Fatalf("no state: %v", err)
	}
	return time.Unix(s.Engagement.Floor, 0)
}

// TestEngagement: messages that are opened, clicked and answered weeks later, over
// daily and hourly syncs.
func TestEngagement(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	options := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 48)},
		Receipts: exporttest.Messages(random, 300, monday.Add(-100*day), monday.Add(45*day)),
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "engagement", "on", "initial_start_time", monday.Add(-90*day).Format(time.DateOnly))
		w.neverTellsLess()
		for i := range 50 {
			w.sync()
			if len(w.destination.warnings) > 0 {
				t.Fatalf("warnings %q", w.destination.warnings)
			}
			if i%7 == 3 {
				time.Sleep(time.Hour)
				w.sync()
			}
			time.Sleep(23 * time.Hour)
		}
		w.sync()
		w.engagement(w.floorOf(), 30*day)
	})
}

// startEarlier has the person move the start back, and runs syncs that are cut off
// until those of another day are whole.
func (h *history) startEarlier(w *world, start time.Time) {
	w.set("initial_start_time", strconv.FormatInt(start.Unix(), 10))
	for cut := 12; cut >= 0; cut -= 1 + h.random.IntN(4) {
		w.destination.cutAfter = cut
		_ = w.destination.sync(w.connector, w.configuration)
		time.Sleep(time.Minute)
	}
	w.destination.cutAfter = 0
	time.Sleep(day)
	for range 2 {
		w.sync()
	}
	if floor := w.floorOf(); !floor.Equal(start.Truncate(time.Second)) {
		w.t.Errorf("messages are read from %v, want %v", floor, start)
	}
}

// manyEngagements is for make torture.
var manyEngagements = flag.Int("engagements", 0, "how many histories TestEngagementHistories plays")

// TestEngagementHistories: after any sequence of syncs, cut-offs, clock steps and
// slow jobs, once a whole sync with its look-back has run, the destination is the
// truth within the look-back; and at no time did it tell less of a message than
// before.
func TestEngagementHistories(t *testing.T) {
	for seed := *firstHistory; seed < *firstHistory+max(*manyEngagements, histories/16); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHistory(uint64(seed))
			h.mixed = false
			h.days, h.lookback = 2+h.random.IntN(12), []int{30, 30, 7, 2, 0}[h.random.IntN(5)]
			back, pace := time.Duration(1+h.random.IntN(80))*day, h.random.IntN(1000)
			o := sandbox.Options{
				Datasets: []sandbox.Dataset{calls(h.begin.Add(-day), 3)},
				Receipts: exporttest.Messages(h.random, 50, h.begin.Add(-back-50*day), h.begin.Add(time.Duration(h.days)*day)),
				JobTime: func(_ string, rows int, span time.Duration) time.Duration { // not random: it is asked beside the test
					took := time.Duration((pace*(rows+1)+int(span.Seconds()))%60) * time.Second
					if h.slow && took%(3*time.Second) == 0 {
						return 50 * took
					}
					return took
				},
			}
			inBubble(t, h.begin, o, func(w *world) {
				w.set("dataset_id", "call", "engagement", "on", "lookback_days", strconv.Itoa(h.lookback),
					"initial_start_time", strconv.FormatInt(h.begin.Add(-back).Unix(), 10))
				w.destination.late = h.random.IntN(2) == 0
				w.neverTellsLess()
				h.live(w)
				if h.random.IntN(2) == 0 {
					h.startEarlier(w, h.begin.Add(-back-h.within(50*day)))
				}
				w.engagement(w.floorOf(), time.Duration(h.lookback)*day)
				if t.Failed() {
					t.Logf("look-back %d, %d days, start %v back: %s", h.lookback, h.days, back, w.destination.state)
				}
			})
		})
	}
}
