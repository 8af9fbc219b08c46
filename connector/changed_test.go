package connector

import (
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/export/dataset"
	"intercom-connector/intercom"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// changing are calls of ten days, an hour apart. Every fortieth is another from noon
// to one o'clock of monday, and as it was before and after.
func changing() sandbox.Dataset {
	d := calls(monday.Add(-10*day+30*time.Minute), 10*24, sandbox.Attribute{QualifiedID: "call.Score"})
	for i := range d.Rows {
		d.Rows[i].Values["call.Score"] = "1"
		if i%40 == 0 {
			d.Rows[i].Changes = []sandbox.Change{
				{At: monday, Set: map[string]string{"call.call_state": "Missed"}},
				{At: monday.Add(time.Hour), Set: map[string]string{"call.call_state": "Completed"}},
			}
		}
	}
	return d
}

// Of rows that are read again the ones that changed are sent, each time that they
// do, and a quiet sync sends none.
func TestOnlyWhatChangedIsSent(t *testing.T) {
	inBubble(t, monday.Add(-20*time.Hour), sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{changing()}}, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2026-02-27", "lookback_days", "20")
		if n := w.sync().upserts["call"]; n != 220 {
			t.Errorf("the first sync sends %d rows", n)
		}
		for _, step := range []struct {
			at          time.Time
			least, most int
		}{
			{monday.Add(10 * time.Minute), 20 + 6, 20 + 12}, // new rows, and those that changed
			{monday.Add(20 * time.Minute), 0, 0},
			{monday.Add(25 * time.Hour), 6, 60}, // as they were before; a day of 24 rows has few sums
			{monday.Add(50 * time.Hour), 0, 0},  // another look-back
		} {
			time.Sleep(time.Until(step.at))
			if n := w.sync().upserts["call"]; n < step.least || n > step.most {
				t.Errorf("%v: %d rows", step.at, n)
			}
			w.equalsTruth("call")
		}
		w.set("send", "all")
		time.Sleep(day)
		if n := w.sync().upserts["call"]; n != 240 {
			t.Errorf("all: %d rows", n)
		}
	})
}

// Wherever a sync is cut off that sends what changed, or sends it otherwise than
// before, the next one leaves the truth, though all is again as it was.
func TestCutOffsAtEveryPoint(t *testing.T) {
	without := &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
		IncludeNewTables: true,
		Tables:           []*sdk.TableSelection{{Included: true, TableName: "call", Columns: map[string]bool{"score": false}, IncludeNewColumns: true}},
	}}}
	for name, between := range map[string]struct {
		configuration []string
		selection     *sdk.Selection
		hides         bool
	}{
		"rows change":               {},
		"everything is sent":        {configuration: []string{"send", "all"}},
		"nothing is read again":     {configuration: []string{"lookback_days", "0", "initial_start_time", "2026-02-26"}},
		"another zone":              {configuration: []string{"timezone", "Europe/Helsinki"}},
		"a column is not selected":  {selection: without},
		"an attribute is not asked": {configuration: []string{"attribute_ids", "call_id, call_initiated_at, call_state"}},
		"an attribute is gone":      {hides: true},
	} {
		t.Run(name, func(t *testing.T) {
			cut := true
			for after := 1; cut; after += points {
				options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{changing()}, Hidden: func(_, attribute string, now time.Time) bool {
					return between.hides && attribute == "call.Score" && !now.Before(monday) && now.Before(monday.Add(time.Hour))
				}}
				inBubble(t, monday.Add(-20*time.Hour), options, func(w *world) {
					w.set("dataset_id", "call", "initial_start_time", "2026-02-27", "lookback_days", "20", "window_seconds", "172800")
					w.sync()
					before := map[string]string{}
					for key, value := range w.configuration {
						before[key] = value
					}
					time.Sleep(time.Until(monday.Add(10 * time.Minute)))
					w.set(between.configuration...)
					w.destination.cutAfter = after
					cut = w.destination.syncSelected(w.connector, w.configuration, between.selection) != nil && w.destination.messages >= after
					w.configuration, w.destination.cutAfter = before, 0
					time.Sleep(time.Hour)
					w.sync()
					time.Sleep(day) // for its look-back
					w.sync()
					w.equalsTruth("call")
					if t.Failed() {
						t.Fatalf("cut off after %d messages", after)
					}
				})
			}
		})
	}
}

// Attributes that Intercom lists in another order are asked for as before, and
// nothing is forgotten.
func TestOrderOfAttributes(t *testing.T) {
	var requests []dataset.Request
	d := intercom.Dataset{ID: "conversation", TimeAttributeID: "conversation_started_at"}
	for _, id := range []string{"standard.channel", "standard.conversation_id", "timestamp.conversation_started_at", "people.Brand", "conversation.Brand"} {
		_, bare, _ := strings.Cut(id, ".")
		d.Attributes = append(d.Attributes, intercom.Attribute{ID: bare, QualifiedID: id})
	}
	for range 2 {
		table, err := dataset.New(d, "conversation", dataset.Choice{})
		if err != nil {
			t.Fatal(err)
		}
		requests = append(requests, dataset.NewRequest(dataset.Selected{Table: table, Sorted: true}, nil, time.UTC))
		slices.Reverse(d.Attributes)
	}
	if a, b := requests[0], requests[1]; !slices.Equal(a.Attributes, b.Attributes) || len(a.Attributes) != 5 || shapeOf(a.CSV) != shapeOf(b.CSV) || keyShapeOf(a.CSV) != keyShapeOf(b.CSV) {
		t.Errorf("%q\n%q", a.Attributes, b.Attributes)
	}
}

// What is remembered is in the state, and goes with its dataset.
func TestWhatIsRememberedGoesWithTheState(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-10*day+time.Minute), 10*24)}}, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2026-02-28", "lookback_days", "20")
		w.sync()
		for _, reset := range []string{"", "{}", strings.Replace(w.destination.state, `"datasets":{"call":`, `"datasets":{"tickets":`, 1)} {
			w.destination.state = reset
			if n := w.sync().upserts["call"]; n != 9*24+12 {
				t.Errorf("after a re-sync %d rows", n)
			}
		}
		time.Sleep(time.Hour)
		if n := w.sync().upserts["call"]; n != 0 {
			t.Errorf("then %d rows", n)
		}
		if !strings.Contains(w.destination.state, `"sent":{"call":{"shape":"`) {
			t.Errorf("state %.200s", w.destination.state)
		}
	})
}
