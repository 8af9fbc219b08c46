package connector

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/state"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// deletions is a workspace of four conversations, which began hours before a
// sync on Monday, each with a state. "held" stays in exports when it is deleted, for
// ever or for as long as it is shown.
// A hundred others are deleted too, of which no export ever held a row.
func deletions(at map[string]time.Duration) sandbox.Options {
	conversations := sandbox.Dataset{
		ID: "conversation", TimeAttribute: "conversation_started_at",
		Attributes: []sandbox.Attribute{{QualifiedID: "standard.conversation_id"}, {QualifiedID: "timestamp.conversation_started_at"}},
	}
	states := sandbox.Dataset{
		ID: "conversation_state", TimeAttribute: "conversation_state_started_at",
		Attributes: []sandbox.Attribute{{QualifiedID: "standard.conversation_id"}, {QualifiedID: "timestamp.conversation_state_started_at"}, {QualifiedID: "standard.channel"}},
	}
	o := sandbox.Options{Timezone: "UTC"}
	for _, id := range []string{"alive", "gone", "held", "kept"} {
		row := sandbox.Row{Time: monday.Add(-10 * time.Hour), Values: map[string]string{"standard.conversation_id": id}}
		if after, deleted := at[id]; deleted {
			o.Deletions = append(o.Deletions, sandbox.Deletion{ConversationID: id, At: monday.Add(after), MetricsRetained: id == "kept"})
			if shown, ends := at[id+" shown"]; ends || id == "gone" {
				row.Gone = monday.Add(max(after, shown))
			}
		}
		conversations.Rows, states.Rows = append(conversations.Rows, row), append(states.Rows, row)
	}
	for i := range 100 {
		o.Deletions = append(o.Deletions, sandbox.Deletion{ConversationID: fmt.Sprint(i), At: monday.Add(at["others"])})
	}
	o.Datasets = []sandbox.Dataset{conversations, states}
	return o
}

// ids are the conversations of a table's rows, without the hundred others.
func (w *world) ids(table string) string {
	var ids []string
	for _, row := range w.destination.tables[table] {
		if id := textOf(row["conversation_id"]); strings.Trim(id, "0123456789") != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// has holds the tables to the conversations that they should have rows of.
func (w *world) has(conversation, state, deleted string) {
	w.t.Helper()
	want := map[string]string{"conversation": conversation, "conversation_state": state, "deleted_conversation": deleted}
	got := map[string]string{}
	for table := range want {
		got[table] = w.ids(table)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("at %v: %s", time.Now().UTC(), diff)
	}
}

// A deleted conversation leaves the tables whose key its id is, and the others as
// far as exports still show the rest of the key. None of its rows comes back, and
// none is sent of one that was deleted before.
func TestDeletions(t *testing.T) {
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	o := deletions(map[string]time.Duration{"gone": hours(1), "held": hours(1), "kept": hours(1), "others": hours(3)})
	inBubble(t, monday, o, func(w *world) {
		w.set("dataset_id", "all", "initial_start_time", "2026-03-07")
		w.sync()
		w.has("alive gone held kept", "alive gone held kept", "")
		time.Sleep(hours(2))
		w.sync()
		w.has("alive kept", "alive gone kept", "gone held kept")
		if got := w.destination.deletes; !maps.Equal(got, map[string]int{"conversation": 2, "conversation_state": 1}) {
			t.Errorf("deleted %v", got)
		}
		w.destination.onMessage = noUpsertOf(t, "held")
		for range 2 { // since then a hundred others, more than a page
			time.Sleep(hours(3))
			w.sync()
		}
		if n := len(w.destination.tables["deleted_conversation"]); n != 103 {
			t.Errorf("%d deletions are known", n)
		}
		time.Sleep(hours(30))
		w.sync()
		w.has("alive kept", "alive gone kept", "gone held kept")
		fresh := newDestination(t)
		fresh.onMessage = noUpsertOf(t, "held")
		w.destination = fresh
		w.sync()
		w.has("alive kept", "alive kept", "gone held kept")
	})
}

func noUpsertOf(t *testing.T, id string) func(*sdk.UpdateResponse) {
	return func(m *sdk.UpdateResponse) {
		for _, r := range m.GetRecords().GetRecords() {
			if r.GetType() == sdk.RecordType_UPSERT && r.GetTableName() != "deleted_conversation" && textOf(r.GetData()["conversation_id"]) == id {
				t.Errorf("%s has a row of %s again", r.GetTableName(), id)
			}
		}
	}
}

// A list that cannot be had is a Warning, once a day, and nothing else. Rows that
// come back meanwhile, from exports that still hold them, are deleted when it can
// be had again.
func TestNoListOfDeletions(t *testing.T) {
	for name, refusal := range map[string]string{
		"403 a scope":   `{"type":"error.list","errors":[{"code":"forbidden","message":"You do not have the required scope"}]}`,
		"400 a version": `{"type":"error.list","errors":[{"code":"intercom_version_invalid","message":"The requested version is not valid"}]}`,
		"404 no path":   `{"type":"error.list","errors":[{"code":"not_found","message":"Resource Not Found"}]}`,
		"200 no list":   `{"type":"conversation"}`,
	} {
		t.Run(name, func(t *testing.T) {
			o := deletions(map[string]time.Duration{"gone": time.Hour, "held": time.Hour, "held shown": 7 * time.Hour})
			inBubble(t, monday, o, func(w *world) {
				w.set("dataset_id", "all", "initial_start_time", "2026-03-07")
				w.sync()
				for range 2 {
					time.Sleep(2 * time.Hour)
					w.sync()
					w.has("alive kept", "alive gone kept", "gone held")
				}
				w.intercept = func(r *http.Request) *http.Response {
					if r.URL.Path != "/conversations/deleted" {
						return nil
					}
					var code int
					_, _ = fmt.Sscan(name, &code)
					return answer(code, refusal)
				}
				for sync, warnings := range []int{1, 0, 0} { // at 16, 17 and 18 o'clock
					if w.sync(); len(w.destination.warnings) != warnings || warnings == 1 && !strings.Contains(w.destination.warnings[0], "list of deleted conversations cannot be had") {
						t.Errorf("sync %d warns %q", sync, w.destination.warnings)
					}
					time.Sleep(time.Hour)
				}
				w.has("alive held kept", "alive gone held kept", "gone held")
				w.intercept = nil
				w.sync()
				w.has("alive kept", "alive gone held kept", "gone held")
			})
		})
	}
}

// A table that was not selected when deletions were read, or whose state knows
// nothing of them, is told of them later.
func TestDeletionsAreToldLater(t *testing.T) {
	without := &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
		IncludeNewTables: true, Tables: []*sdk.TableSelection{{TableName: "conversation"}, {TableName: "deleted_conversation"}},
	}}}
	o := deletions(map[string]time.Duration{"gone": time.Hour})
	for name, between := range map[string]func(*world) error{
		"selected again": func(w *world) error { return w.destination.syncSelected(w.connector, w.configuration, without) },
		"an earlier version": func(w *world) error {
			s, err := state.Parse(w.destination.state)
			s.Deletions = nil
			w.destination.state = s.Encode()
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, monday, o, func(w *world) {
				w.set("dataset_id", "all", "initial_start_time", "2026-03-07", "lookback_days", "0")
				w.sync()
				time.Sleep(2 * time.Hour)
				if err := between(w); err != nil {
					t.Fatal(err)
				}
				w.has("alive gone held kept", "alive gone held kept", "")
				time.Sleep(70 * 24 * time.Hour)
				w.sync()
				w.has("alive held kept", "alive gone held kept", "gone")
			})
		})
	}
}

// A re-sync begins with an empty state, and in the destination are the rows of before:
// those of conversations that were deleted meanwhile, which no export shows, go too, also
// where the re-sync begins later.
func TestDeletionsBeforeAReSync(t *testing.T) {
	for _, start := range []string{"2026-03-07", "2026-03-09T16:30:00Z"} {
		inBubble(t, monday, deletions(map[string]time.Duration{"gone": time.Hour}), func(w *world) {
			w.set("dataset_id", "all", "initial_start_time", "2026-03-07")
			w.sync()
			w.has("alive gone held kept", "alive gone held kept", "")
			time.Sleep(5 * time.Hour)
			w.destination.state = "{}"
			w.set("initial_start_time", start)
			w.sync()
			w.has("alive held kept", "alive gone held kept", "gone")
		})
	}
}
