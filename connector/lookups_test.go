package connector

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/sandbox"
)

// lookupsTruth is who works in the workspace now, a line for each row.
func (w *world) lookupsTruth() map[string][]string {
	orNull := func(text string) string {
		if text == "" {
			return "∅"
		}
		return text
	}
	want := map[string][]string{}
	for _, m := range w.sandbox.TruthTeammates() {
		want["teammate"] = append(want["teammate"], strings.Join([]string{m.ID, m.Name, m.Email, m.Role, fmt.Sprint(m.Away), fmt.Sprint(m.InboxSeat), "∅"}, "|"))
	}
	for _, t := range w.sandbox.TruthTeams() {
		want["team"] = append(want["team"], strings.Join([]string{t.ID, t.Name, orNull(t.Distribution), "∅"}, "|"))
		for _, id := range t.AdminIDs {
			want["team_member"] = append(want["team_member"], t.ID+"|"+id)
		}
	}
	for _, lines := range want {
		slices.Sort(lines)
	}
	return want
}

func (d *destination) lookups() map[string][]string {
	got := map[string][]string{}
	for table, columns := range map[string]string{
		"teammate": "id name email role away has_inbox_seat unparsed_values", "team": "id name distribution unparsed_values", "team_member": "team_id teammate_id",
	} {
		for _, row := range d.tables[table] {
			var values []string
			for _, column := range strings.Fields(columns) {
				values = append(values, textOf(row[column]))
			}
			got[table] = append(got[table], strings.Join(values, "|"))
		}
		slices.Sort(got[table])
	}
	return got
}

// Teammates and teams are what they are now: who is gone is deleted, and what did
// not change is not sent again.
func TestLookups(t *testing.T) {
	var hidden string
	options := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)},
		HiddenAdmin: func(id string, now time.Time) bool { return id == hidden && now.After(monday.Add(time.Hour)) },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call")
		d := w.sync()
		whole := w.lookupsTruth()
		if diff := cmp.Diff(whole, d.lookups()); diff != "" || len(whole["team_member"]) == 0 {
			t.Error(diff)
		}
		w.sync()
		if n := d.upserts["teammate"] + d.upserts["team"] + d.upserts["team_member"]; n != 0 {
			t.Errorf("%d rows are sent again", n)
		}
		hidden = w.sandbox.TruthTeammates()[1].ID
		time.Sleep(2 * time.Hour)
		w.sync()
		if diff := cmp.Diff(w.lookupsTruth(), d.lookups()); diff != "" {
			t.Error(diff)
		}
		if d.deletes["teammate"] != 1 || d.deletes["team_member"] == 0 || d.deletes["team"] != 0 || d.upserts["teammate"] != 0 {
			t.Errorf("deleted %v, sent %v", d.deletes, d.upserts)
		}
		hidden = ""
		w.sync()
		if diff := cmp.Diff(whole, d.lookups()); diff != "" || d.upserts["teammate"] != 1 {
			t.Errorf("%s, sent %v", diff, d.upserts)
		}
	})
}

// Without the permission nothing is said and nothing deleted; lists that are not
// what they should be are a Warning, and delete nothing either.
func TestNoLookups(t *testing.T) {
	forbidden := `{"type":"error.list","errors":[{"code":"forbidden","message":"You do not have the required scope (Read admins)"}]}`
	for name, c := range map[string]struct {
		path, body string
		status     int
		warning    string
	}{
		"a scope":            {"/admins", forbidden, 403, ""},
		"a scope, by 401":    {"/admins", forbidden, 401, ""},
		"a scope for teams":  {"/teams", forbidden, 403, ""},
		"nobody":             {"/admins", `{"type":"admin.list","admins":[]}`, 200, "no teammate at all"},
		"no list":            {"/teams", `{"type":"team.list"}`, 200, "no list in it"},
		"members of no kind": {"/teams", `{"teams":[{"id":"1","name":"A","admin_ids":7}]}`, 200, "the list of its teammates cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)}}, func(w *world) {
				w.set("dataset_id", "call")
				d := w.sync()
				w.intercept = func(r *http.Request) *http.Response {
					if r.URL.Path != c.path {
						return nil
					}
					return answer(c.status, c.body)
				}
				w.sync()
				if diff := cmp.Diff(w.lookupsTruth(), d.lookups()); diff != "" {
					t.Error(diff)
				}
				warned := strings.Join(d.warnings, "; ")
				if (warned == "") != (c.warning == "") || !strings.Contains(warned, c.warning) {
					t.Errorf("warned %q", warned)
				}
			})
		})
	}
}

// A teammate who was gone while a sync was cut off, whose rows are kept, is there again
// when the next one has found them back.
func TestLookupsOfASyncThatIsCutOff(t *testing.T) {
	var hidden string
	options := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)},
		HiddenAdmin: func(id string, _ time.Time) bool { return id == hidden },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call")
		d := w.sync()
		for _, of := range []string{w.sandbox.TruthTeammates()[1].ID, ""} { // one goes, and one comes
			before := hidden
			hidden = of
			d.cutAfterRows = 1
			if err := d.sync(w.connector, w.configuration); err == nil || len(d.lookups()["teammate"]) == 0 {
				t.Fatal("the sync was not cut off")
			}
			hidden, d.cutAfterRows = before, 0
			w.sync()
			if diff := cmp.Diff(w.lookupsTruth(), d.lookups()); diff != "" {
				t.Errorf("hidden %q: %s", of, diff)
			}
			hidden = of
			w.sync()
			if diff := cmp.Diff(w.lookupsTruth(), d.lookups()); diff != "" {
				t.Errorf("hidden %q: %s", of, diff)
			}
		}
	})
}

func TestLookupsAreNotWanted(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)}}, func(w *world) {
		d := w.set("dataset_id", "call", "lookups", "none").sync()
		if d.keys["teammate"] != nil || len(d.tables["teammate"]) > 0 || w.sandbox.Stats().Calls["GET /admins"] > 0 {
			t.Errorf("%v, %v", d.keys, w.sandbox.Stats().Calls)
		}
	})
}

// Tables that were left out for a while may be empty, or hold who is gone since: they
// are sent anew, and who is gone is deleted.
func TestLookupsLeftOutForAWhile(t *testing.T) {
	for name, leaveOut := range map[string]func(*world) error{
		"deselected": func(w *world) error {
			return w.destination.syncSelected(w.connector, w.configuration, without("teammate", "team", "team_member"))
		},
		"none": func(w *world) error {
			w.set("lookups", "none")
			defer w.set("lookups", "on")
			return w.destination.sync(w.connector, w.configuration)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var hidden string
			options := sandbox.Options{
				Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)},
				HiddenAdmin: func(id string, _ time.Time) bool { return id == hidden },
			}
			inBubble(t, monday, options, func(w *world) {
				w.set("dataset_id", "call")
				d := w.sync()
				if err := leaveOut(w); err != nil {
					t.Fatal(err)
				}
				delete(d.tables, "team")
				hidden = w.sandbox.TruthTeammates()[1].ID
				w.sync()
				if diff := cmp.Diff(w.lookupsTruth(), d.lookups()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
