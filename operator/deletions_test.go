package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/plan"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/sandbox"
)

// deletionsOf are conversations that are deleted at some hours after monday.
func deletionsOf(hours ...int) (all []sandbox.Deletion) {
	for i, h := range hours {
		all = append(all, sandbox.Deletion{
			ConversationID: fmt.Sprint(1000 + i), At: monday.Add(time.Duration(h) * time.Hour), MetricsRetained: i%3 == 2,
		})
	}
	return all
}

// deleted are the rows of deleted_conversation by day, a line each.
func (e *exporting) deleted() map[string][]string {
	e.t.Helper()
	got := map[string][]string{}
	for dt, rows := range e.rows("deleted_conversation") {
		got[dt] = nil
		for _, row := range rows {
			got[dt] = append(got[dt], fmt.Sprint(row["conversation_id"], " ", row["deleted_at"], " ", row["metrics_retained"]))
		}
		slices.Sort(got[dt])
	}
	return got
}

// deletedTruth is what the workspace has deleted, by day, from a first day on;
// the first is there, and today, without any too.
func (e *exporting) deletedTruth(zone *time.Location, since string) map[string][]string {
	want := map[string][]string{}
	want[since], want[plan.DayOf(time.Now(), zone).Date] = nil, nil
	for _, d := range e.sandbox.TruthDeletions() {
		if dt := plan.DayOf(d.At, zone).Date; dt >= since {
			want[dt] = append(want[dt], fmt.Sprint(d.ConversationID, " ", d.At.UTC().Format(time.DateTime), " ", d.MetricsRetained))
		}
	}
	for dt := range want {
		slices.Sort(want[dt])
	}
	return want
}

func (e *exporting) deletionsAre(zone *time.Location, since string) {
	e.t.Helper()
	want, got := e.deletedTruth(zone, since), e.deleted()
	for dt, rows := range got {
		if _, is := want[dt]; !is && len(rows) == 0 { // an earlier run's today
			delete(got, dt)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		e.t.Errorf("at %v (- the workspace's): %s", time.Now().UTC(), diff)
	}
}

// wellKept holds the lake to its own rules.
func (e *exporting) wellKept() {
	e.t.Helper()
	if v, err := audit.Verify(context.Background(), e.lake()); err != nil || len(v.Problems) > 0 || v.Unpublished > 0 {
		e.t.Errorf("%+v, %v", v, err)
	}
	all, _, err := audit.Status(context.Background(), e.lake())
	if err != nil {
		e.t.Fatal(err)
	}
	for _, table := range all {
		if table.Name == "deleted_conversation" && len(table.Missing) > 0 {
			e.t.Errorf("%s lacks the days %v", table.Name, table.Missing)
		}
	}
}

// Deletions lie by the day of their deletion, whenever the machine goes off before
// a change of the lake.
func TestDeletionsByDay(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	o := sandbox.Options{
		Timezone: zone.String(), Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-4*day), 90)},
		Deletions: deletionsOf(-200, -50, -49, -26, -8, -7, -1, 3, 26, 27, 60),
	}
	exportInBubble(t, monday, o, func(e *exporting) {
		e.inFolder()
		e.set("dataset_id", "all", "initial_start_time", "2026-03-06", "lookback_days", "3")
		whole, deaths := e.store, 0
		for run, since := range []time.Duration{0, 5 * time.Hour, 30 * time.Hour, 80 * time.Hour} {
			time.Sleep(time.Until(monday.Add(since)))
			for changes := int64(run); ; changes += 2 {
				deadly := &dying{Store: whole}
				deadly.left.Store(changes)
				e.store = deadly
				err := e.run(context.Background())
				e.store = whole
				if err == nil {
					break
				}
				if deaths++; !errors.Is(err, errDead) {
					t.Fatal(err)
				}
			}
			e.deletionsAre(zone, "2026-03-05")
			e.wellKept()
			e.mustRun()
			for _, published := range e.days {
				if strings.HasPrefix(published, "deleted_conversation") {
					t.Errorf("%s is published again, though nothing is new", published)
				}
			}
		}
		if deaths < 20 {
			t.Errorf("only %d deaths", deaths)
		}
		e.set("initial_start_time", "2026-02-28").mustRun() // earlier rows, and earlier deletions
		e.deletionsAre(zone, "2026-02-27")
		complete := map[string]bool{}
		all, err := e.lake().Publications(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Table == "deleted_conversation" {
				complete[p.Dt] = p.Complete
			}
		}
		if !complete["2026-03-11"] || complete["2026-03-12"] {
			t.Errorf("the last days are complete: %v", complete)
		}
	})
}

// A list that tells less, or cannot be had, takes nothing from the lake; one that
// tells something else of a conversation is believed.
func TestDeletionsAreKept(t *testing.T) {
	page := `{"type":"conversations.list","conversations":[%s],"pages":{"page":1,"total_pages":1,"next":null}}`
	element := func(id string, retained bool) string {
		return fmt.Sprintf(`{"id":%q,"deleted_at":%d,"metrics_retained":%t}`, id, monday.Add(-2*time.Hour).Unix(), retained)
	}
	o := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-day), 20)}}
	exportInBubble(t, monday, o, func(e *exporting) {
		e.set("dataset_id", "all", "initial_start_time", "2026-03-08")
		code, body := 200, ""
		e.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/conversations/deleted" {
				return nil
			}
			return answer(code, body)
		}
		has := func(warnings int, want ...string) {
			t.Helper()
			e.mustRun()
			got := e.deleted()["2026-03-09"]
			for i := range got {
				got[i] = strings.Replace(got[i], " 2026-03-09 10:00:00", "", 1)
			}
			if !slices.Equal(got, want) || len(e.warnings) != warnings {
				t.Errorf("%v, want %v; warnings %q", got, want, e.warnings)
			}
			time.Sleep(time.Minute)
		}
		body = fmt.Sprintf(page, element("1", false)+","+element("2", false))
		has(0, "1 false", "2 false")
		body = fmt.Sprintf(page, element("3", false)+","+element("2", true))
		has(0, "1 false", "2 true", "3 false")
		code, body = 403, `{"type":"error.list","errors":[{"code":"forbidden","message":"You do not have the required scope"}]}`
		has(1, "1 false", "2 true", "3 false")
		has(0, "1 false", "2 true", "3 false") // said once a day
		code, body = 200, fmt.Sprintf(page, "")
		has(0, "1 false", "2 true", "3 false")
		e.wellKept()
	})
}

// The list is read down to what is known, and once a day through the look-back.
func TestDeletionsAreReadDownToWhatIsKnown(t *testing.T) {
	var hours []int
	for i := range 200 { // four pages
		hours = append(hours, -60+i/10)
	}
	o := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-3*day), 20)}, Deletions: deletionsOf(hours...)}
	exportInBubble(t, monday, o, func(e *exporting) {
		e.set("dataset_id", "all", "initial_start_time", "2026-03-06", "lookback_days", "5")
		pages := 0
		e.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path == "/conversations/deleted" {
				pages++
			}
			return nil
		}
		for _, run := range []struct {
			after time.Duration
			pages int
		}{{0, 4}, {time.Hour, 1}, {day, 4}, {time.Hour, 1}} {
			time.Sleep(run.after)
			pages = 0
			e.mustRun()
			if pages != run.pages {
				t.Errorf("at %v: %d pages, want %d", time.Now().UTC(), pages, run.pages)
			}
		}
		e.deletionsAre(time.UTC, "2026-03-05")
	})
}

// A damaged publication of deletions does not stop the datasets: the run ends with
// its name, and what could not be read is read once it is there again.
func TestADamagedDayOfDeletions(t *testing.T) {
	o := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-2*day), 100)}, Deletions: deletionsOf(-30, -20)}
	exportInBubble(t, monday, o, func(e *exporting) {
		root := e.inFolder()
		e.set("dataset_id", "all", "initial_start_time", "2026-03-07").mustRun()
		const key = "_published/deleted_conversation/dt=2026-03-08.json"
		sound, err := os.ReadFile(filepath.Join(root, key))
		if err != nil {
			t.Fatal(err)
		}
		put := func(text []byte) {
			if err := os.WriteFile(filepath.Join(root, key), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		put([]byte("{"))
		time.Sleep(day)
		if err := e.run(context.Background()); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("got %v", err)
		}
		if got := e.rows("call")["2026-03-10"]; len(got) == 0 {
			t.Error("the dataset was not read")
		}
		put(sound)
		e.mustRun()
		e.deletionsAre(time.UTC, "2026-03-06")
		e.wellKept()
		// A part that is damaged: the list tells its rows again.
		p, _, err := e.lake().Published(context.Background(), "deleted_conversation", "2026-03-08")
		if err != nil || len(p.Parts) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := os.WriteFile(filepath.Join(root, p.Parts[0].Key), []byte("no gzip"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(day)
		e.mustRun()
		if len(e.warnings) != 1 || !strings.Contains(e.warnings[0], "a part was damaged, and what is listed now has taken the place of its rows") {
			t.Errorf("warnings %q", e.warnings)
		}
		e.deletionsAre(time.UTC, "2026-03-06")
		e.wellKept()
	})
}
