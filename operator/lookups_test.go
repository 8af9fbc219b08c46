package operator

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

// The teammates and teams of each day are there as they were on it, in one run of
// the day, and without what is about persons where nobody wants that.
func TestLookupsByDay(t *testing.T) {
	o := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-day), 20)}}
	exportInBubble(t, monday, o, func(e *exporting) {
		e.inFolder()
		e.set("dataset_id", "all", "initial_start_time", "2026-03-08")
		calls, code := 0, 0
		e.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/admins" {
				return nil
			}
			if calls++; code == 0 {
				return nil
			}
			return answer(code, `{"type":"error.list","errors":[{"code":"forbidden","message":"no"}]}`)
		}
		e.mustRun()
		e.mustRun()
		if calls != 1 {
			t.Errorf("the list was read %d times on a day", calls)
		}
		mates, teams, members := e.rows("teammate"), e.rows("team"), e.rows("team_member")
		var want []string
		for _, m := range e.sandbox.TruthTeammates() {
			want = append(want, fmt.Sprint(m.ID, m.Name, m.Email, m.Role, m.Away, m.InboxSeat))
		}
		var got []string
		for _, row := range mates["2026-03-09"] {
			got = append(got, fmt.Sprint(row["id"], row["name"], row["email"], row["role"], row["away"], row["has_inbox_seat"]))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		inTeams := 0
		for _, team := range e.sandbox.TruthTeams() {
			inTeams += len(team.AdminIDs)
		}
		if len(teams["2026-03-09"]) != len(e.sandbox.TruthTeams()) || len(members["2026-03-09"]) != inTeams || inTeams == 0 {
			t.Errorf("%d teams, %d members of %d", len(teams["2026-03-09"]), len(members["2026-03-09"]), inTeams)
		}
		time.Sleep(day)
		code = 500 // a Warning, and the day is read by the next run
		e.mustRun()
		if len(e.warnings) != 1 || !strings.Contains(e.warnings[0], "teammates and teams") {
			t.Errorf("warnings %q", e.warnings)
		}
		code = 403 // nothing is said
		e.mustRun()
		if len(e.warnings) > 0 || len(e.rows("teammate")) != 1 {
			t.Errorf("warnings %q, days %v", e.warnings, e.rows("teammate"))
		}
		code, e.exports.NoPII = 0, true
		e.mustRun()
		for _, row := range e.rows("teammate")["2026-03-10"] {
			if row["name"] != nil || row["email"] != nil || row["id"] == nil {
				t.Errorf("without persons: %v", row)
			}
		}
		e.exports.NoPII = false
		time.Sleep(day)
		e.mustRun()
		e.exports.NoPII = true // from now on, and what the day has already goes
		e.mustRun()
		for _, row := range e.rows("teammate")["2026-03-11"] {
			if row["name"] != nil || row["id"] == nil {
				t.Errorf("without persons, of a day that had them: %v", row)
			}
		}
		time.Sleep(day)
		e.set("lookups", "none").mustRun()
		if len(e.rows("teammate")) != 3 {
			t.Error("lookups that nobody wants are read")
		}
		e.wellKept()
	})
}
