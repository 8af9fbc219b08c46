package connector

import (
	"os"
	"testing"
	"time"

	"intercom-connector/connector/state"
	"intercom-connector/sandbox"
)

// A state that 82197ad wrote goes on: its jobs in flight are taken up, names stay,
// nothing is announced, and no more is sent than the new rows and the last day.
func TestStateOfAnEarlierVersionGoesOn(t *testing.T) {
	text, err := os.ReadFile("testdata/state-82197ad.json")
	if err != nil {
		t.Fatal(err)
	}
	other := calls(monday.Add(-day), 24, sandbox.Attribute{QualifiedID: "conversation.Brand"})
	other.ID = "conversation_state"
	options := sandbox.Options{Timezone: "UTC", Contacts: 20, Companies: 4, Datasets: []sandbox.Dataset{
		calls(monday.Add(-3*day), 100, sandbox.Attribute{QualifiedID: "conversation.Brand"}, sandbox.Attribute{QualifiedID: "people.Plan"}), other,
	}}
	inBubble(t, monday.Add(95*time.Minute), options, func(w *world) {
		w.set("dataset_id", "all", "memberships", "current", "initial_start_time", "2026-03-07")
		w.destination.state = string(text)
		d := w.sync()
		if len(d.warnings) > 0 || d.changes > 0 {
			t.Errorf("warnings %q, %d schema changes", d.warnings, d.changes)
		}
		if n := d.upserts["call"]; n < 24 || n > 29 {
			t.Errorf("%d calls", n)
		}
		if d.upserts["contact"] > 0 {
			t.Error("the day's snapshot is read again")
		}
		s, err := state.Parse(d.state)
		if err != nil || s.Datasets["call"].Floor != 1772841600 || s.Datasets["call"].Columns["conversation_brand"] != "conversation.Brand" {
			t.Errorf("state %s, %v", d.state, err)
		}
	})
}
