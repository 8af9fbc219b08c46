package connector

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/sandbox"
)

func TestAttributesComeAndGo(t *testing.T) {
	hidden := map[string]bool{"conversation.Brand": true}
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 72, sandbox.Attribute{QualifiedID: "conversation.Brand"}, sandbox.Attribute{QualifiedID: "people.Plan"})},
		Hidden:   func(_, attribute string, _ time.Time) bool { return hidden[attribute] },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		if d := w.sync(); d.changes != 0 || slices.Contains(d.columns["call"], "conversation_brand") {
			t.Errorf("first sync: %d changes, columns %v", d.changes, d.columns["call"])
		}
		delete(hidden, "conversation.Brand")
		time.Sleep(2 * time.Hour)
		d := w.sync()
		want := []string{"table call has new columns (conversation_brand): rows read before now lack them until they are read again; re-sync the table to fill them"}
		if diff := cmp.Diff(want, d.warnings); diff != "" || d.changes != 1 {
			t.Errorf("%d changes, %s", d.changes, diff)
		}
		w.set("attribute_ids", "call_state, people.Plan")
		w.sync()
		hidden["people.Plan"] = true
		time.Sleep(2 * time.Hour)
		d = w.sync()
		want = []string{`call: Intercom has no attribute "people.Plan" any more; column people_plan is null from now on`}
		if diff := cmp.Diff(want, d.warnings); diff != "" {
			t.Error(diff)
		}
		w.set("attribute_ids", "call_state, people.Plann")
		err := w.destination.sync(w.connector, w.configuration)
		if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), `attribute_ids: dataset call has no attribute "people.Plann"`) {
			t.Errorf("a misspelt attribute: %v", err)
		}
	})
}

// An attribute that vanishes in the middle of a sync.
func TestAttributeVanishesInMidSync(t *testing.T) {
	gone := monday.Add(time.Second)
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24, sandbox.Attribute{QualifiedID: "people.Plan"})},
		Hidden:   func(_, attribute string, now time.Time) bool { return attribute == "people.Plan" && now.After(gone) },
		JobTime:  func(string, int, time.Duration) time.Duration { return 2 * time.Second },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		d := w.sync()
		want := []string{`call: Intercom has no attribute "people.Plan" any more; column people_plan is null from now on`}
		if diff := cmp.Diff(want, d.warnings); diff != "" {
			t.Error(diff)
		}
		if n := len(d.tables["call"]); n != 24 {
			t.Errorf("%d rows", n)
		}
	})
}

// An attribute that Intercom refuses though it is not asked for any more ends its
// dataset: to leave it out again would go on without end.
func TestAttributeIsRefusedAgainAndAgain(t *testing.T) {
	var gone atomic.Bool
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24, sandbox.Attribute{QualifiedID: "people.Plan"})},
		Hidden:   func(_, attribute string, _ time.Time) bool { return attribute == "people.Plan" && gone.Load() },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call")
		w.intercept = func(r *http.Request) *http.Response {
			if !asksFor(r, "call") {
				return nil
			}
			gone.Store(true)
			return answer(400, `{"type":"error.list","request_id":"r1","errors":[{"code":"bad_request","message":"attribute_ids invalid for call dataset: people.Plan"}]}`)
		}
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "dataset call, ") || len(w.destination.warnings) != 1 {
			t.Errorf("got %v, warnings %q", err, w.destination.warnings)
		}
	})
}

// Where all attributes are asked for, one that Intercom no longer has is told, once: rows
// that are read again lose its value.
func TestAttributeOfAllIsGone(t *testing.T) {
	hidden := false
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 72, sandbox.Attribute{QualifiedID: "people.Plan"})},
		Hidden:   func(_, attribute string, _ time.Time) bool { return hidden && attribute == "people.Plan" },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call")
		w.sync()
		for i, want := range [][]string{
			{"table call: Intercom has no attributes any more for the columns people_plan: rows that are read from now on, also again, have null there"},
			nil,
			{"table call has new columns (people_plan): rows read before now lack them until they are read again; re-sync the table to fill them"},
		} {
			hidden = i < 2
			time.Sleep(2 * time.Hour)
			if diff := cmp.Diff(want, w.sync().warnings); diff != "" {
				t.Errorf("sync %d: %s", i, diff)
			}
		}
		w.set("attribute_ids", "call_state")
		if d := w.sync(); len(d.warnings) > 0 {
			t.Errorf("who asks for less is told %q", d.warnings)
		}
	})
}

// A list of datasets that says that it is not whole is not taken for whole, and one that
// is whole is taken, however it says so.
func TestDatasetsThatAreNotAll(t *testing.T) {
	for says, whole := range map[string]bool{
		`"has_more":true`: false, `"total_count":14`: false, `"pages":{"next":{"page":2}}`: false, `"pages":{"type":"pages","next":"https://api.intercom.io/x"}`: false,
		`"has_more":false,"total_count":1,"pages":{"next":null}`: true, `"has_more":null,"total_count":null,"pages":null`: true,
		`"has_more":"false","total_count":"1","pages":{"page":1,"total_pages":1}`: true, `"has_more":0,"total_count":0,"pages":{"next":""}`: true,
		`"total_count":10000,"pages":"none"`: true, `"pages":{"next":false}`: true, `"pages":[]`: true,
	} {
		inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)}}, func(w *world) {
			w.set("dataset_id", "all")
			w.intercept = func(r *http.Request) *http.Response {
				if !strings.HasSuffix(r.URL.Path, "/get_datasets") {
					return nil
				}
				return answer(200, `{"type":"list",`+says+`,"data":[{"id":"call","default_time_attribute_id":"call_initiated_at","attributes":[{"id":"call_id","qualified_id":"call.call_id"},{"id":"call_initiated_at","qualified_id":"timestamp.call_initiated_at"}]}]}`)
			}
			err := w.destination.sync(w.connector, w.configuration)
			if whole && (err != nil || len(w.destination.tables["call"]) == 0) {
				t.Errorf("%s: got %v, %d rows", says, err, len(w.destination.tables["call"]))
			}
			if !whole && (err == nil || !strings.Contains(err.Error(), "more datasets than the 1 that it lists")) {
				t.Errorf("%s: got %v", says, err)
			}
		})
	}
}

// Another zone than before is told, once.
func TestAnotherZone(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "Europe/London", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
		w.set("dataset_id", "call", "timezone", "UTC")
		for i, zone := range []string{"UTC", "", "Europe/London", "UTC"} { // the same, in March
			w.set("timezone", zone)
			told := strings.Contains(strings.Join(w.sync().warnings, "; "), "were read in")
			if told != (i == 1 || i == 3) {
				t.Errorf("sync %d warns %q", i, w.destination.warnings)
			}
		}
	})
}
