package connector

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

func smallWorkspace() sandbox.Options {
	return sandbox.Options{
		Timezone: "UTC", Epoch: monday.Add(-10 * day), Datasets: []sandbox.Dataset{calls(monday.Add(-day), 96)},
		Contacts: 400, Companies: 30, Segments: 5, Tags: 12,
	}
}

// pairs are a table's rows as "one other".
func (d *destination) pairs(table string, columns ...string) []string {
	var list []string
	for _, row := range d.tables[table] {
		var cells []string
		for _, c := range columns {
			cells = append(cells, textOf(row[c]))
		}
		list = append(list, strings.Join(cells, " "))
	}
	slices.Sort(list)
	return list
}

func truePairs(seq func(func(string, string) bool)) []string {
	var list []string
	for one, other := range seq {
		list = append(list, one+" "+other)
	}
	slices.Sort(list)
	return list
}

func TestCurrentMemberships(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "current", "lookback_days", "0")
		d := w.sync()
		for _, differs := range w.membershipDiffers() {
			t.Error(differs)
		}
		if diff := cmp.Diff([]string{"2026-03-09 true"}, d.pairs("membership_snapshot", "snapshot_date", "complete")); diff != "" {
			t.Error(diff)
		}
		w.equalsTruth("call")
		time.Sleep(2 * time.Hour)
		if d := w.sync(); d.upserts["contact"] != 0 {
			t.Errorf("%d contacts for the second time on one day", d.upserts["contact"])
		}
		time.Sleep(day)
		if d := w.sync(); d.upserts["contact"] == 0 {
			t.Error("no contacts on the next day")
		}
	})
}

// membershipDiffers is where the tables and the workspace part.
func (w *world) membershipDiffers() (differs []string) {
	truth := w.sandbox.TruthMembership()
	for table, want := range map[string][]string{
		"contact_segment": truePairs(truth.ContactSegments),
		"contact_tag":     truePairs(truth.ContactTags),
		"company_segment": truePairs(truth.CompanySegments),
		"company_tag":     truePairs(truth.CompanyTags),
	} {
		one, other, _ := strings.Cut(table, "_")
		if diff := cmp.Diff(want, w.destination.pairs(table, one+"_id", other+"_id")); diff != "" || len(want) == 0 {
			differs = append(differs, table+": "+diff)
		}
	}
	if diff := cmp.Diff(slices.Sorted(truth.Contacts), w.destination.pairs("contact", "id")); diff != "" {
		differs = append(differs, "contact: "+diff)
	}
	return differs
}

// With changed the tables are the workspace's after each sync, wherever earlier ones
// were cut off, few rows travel, and a list that is not proven deletes nothing.
func TestChangedMemberships(t *testing.T) {
	options := smallWorkspace()
	options.Epoch = monday.Add(-40 * day)
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "memberships", "changed", "lookback_days", "0")
		deleted := 0
		for n := range 8 {
			for cut := 3 * (n % 3); cut > 0; cut -= 3 {
				w.destination.cutAfter = 4 + cut
				_ = w.destination.sync(w.connector, w.configuration)
			}
			w.destination.cutAfter = 0
			w.sync()
			if differs := w.membershipDiffers(); len(differs) > 0 {
				t.Fatalf("day %d: %s", n, differs)
			}
			if rows := w.destination.upserts["contact_segment"] + w.destination.upserts["contact_tag"]; n > 0 && rows > 100 {
				t.Errorf("day %d: %d memberships are sent", n, rows)
			}
			deleted += w.destination.deletes["contact_segment"] + w.destination.deletes["contact_tag"]
			time.Sleep(3 * day)
		}
		if deleted == 0 {
			t.Error("nobody left a segment or lost a tag: the test shows nothing")
		}
		w.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/contacts" {
				return nil
			}
			return answer(200, `{"type":"list","total_count":90,"pages":{"type":"pages","page":1,"per_page":150,"total_pages":1},"data":[]}`)
		}
		if d := w.sync(); d.deletes["contact"]+d.deletes["contact_tag"] > 0 || len(d.tables["contact"]) < 400 {
			t.Errorf("of a list that is not proven %v are deleted", d.deletes)
		}
		w.intercept = nil
		time.Sleep(day)
		w.sync()
		for _, differs := range w.membershipDiffers() {
			t.Error(differs)
		}
	})
}

func TestDailyMemberships(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "daily", "lookback_days", "0")
		w.sync()
		first := len(w.destination.tables["contact_tag"])
		time.Sleep(day)
		w.sync()
		days := w.destination.pairs("contact_tag", "snapshot_date")
		if diff := cmp.Diff([]string{"2026-03-09", "2026-03-10"}, slices.Compact(days)); diff != "" {
			t.Error(diff)
		}
		if both := len(w.destination.tables["contact_tag"]); both <= first {
			t.Errorf("%d rows on one day, %d on two", first, both)
		}
		if n := len(w.destination.tables["contact"]); n > 500 {
			t.Errorf("%d contacts: a row a day?", n)
		}
	})
}

// Another setting of memberships that makes other keys is refused before a row is read,
// by the name of the setting; one that does not is taken.
func TestMembershipsWithOtherKeys(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		const want = `the state of this connection has rows of contact_tag, contact_segment, company_tag, company_segment with memberships "current", and "daily" gives these tables another key: put memberships back, or re-sync the tables (locally: reset one of them, which resets all)`
		w.set("dataset_id", "call", "lookback_days", "0")
		for _, taken := range []string{"current", "changed", "none", "current"} {
			w.set("memberships", taken)
			w.sync()
			w.set("memberships", "daily")
			if err := w.destination.sync(w.connector, w.configuration); taken == "current" && status.Convert(err).Message() != want || err == nil {
				t.Errorf("after %s: got %v", taken, err)
			}
		}
	})
}

// A snapshot that is cut off goes on at the next table, with its date and time.
func TestSnapshotIsTakenUp(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "current", "lookback_days", "0")
		for messages := 1; ; messages += 2 {
			w.destination.cutAfter = messages
			if err := w.destination.sync(w.connector, w.configuration); err == nil {
				break
			}
			time.Sleep(10 * time.Minute)
		}
		calls := w.sandbox.Stats().Calls
		if calls["GET /segments"] > 12 || calls["GET /tags"] > 6 {
			t.Errorf("stages that were done are read again: %v", calls)
		}
		truth := w.sandbox.TruthMembership()
		if diff := cmp.Diff(truePairs(truth.ContactSegments), w.destination.pairs("contact_segment", "contact_id", "segment_id")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"2026-03-09T12:00:00Z"}, w.destination.pairs("membership_snapshot", "snapshot_at")); diff != "" {
			t.Error(diff)
		}
	})
}

// A list that takes long is behind a checkpoint every ten minutes while its rows
// come. One that is cut off after such a checkpoint is read again.
func TestLongSnapshotIsKeptMeanwhile(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "current", "lookback_days", "0")
		pages := 0 // every other call for a page is refused
		w.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/contacts" {
				return nil
			}
			if pages++; pages%2 == 0 {
				return nil
			}
			busy := answer(http.StatusTooManyRequests, `{"type":"error.list","errors":[{"code":"rate_limit_exceeded","message":"slow down"}]}`)
			busy.Header.Set("Retry-After", "300")
			return busy
		}
		var longest time.Duration
		kept := time.Now()
		w.destination.onMessage = func(m *sdk.UpdateResponse) {
			if m.GetCheckpoint() != nil {
				longest, kept = max(longest, time.Since(kept)), time.Now()
				if n := w.destination.upserts["contact"]; n > 0 && n < 400 {
					w.destination.cutAfter = w.destination.messages + 1
				}
			}
		}
		if err := w.destination.sync(w.connector, w.configuration); err == nil {
			t.Errorf("no checkpoint while contacts came: the longest stretch was %v", longest)
		}
		w.destination.cutAfter, w.destination.onMessage, w.intercept = 0, nil, nil
		w.sync()
		if diff := cmp.Diff(slices.Sorted(w.sandbox.TruthMembership().Contacts), w.destination.pairs("contact", "id")); diff != "" || longest > 15*time.Minute {
			t.Errorf("%v without a checkpoint; contacts: %s", longest, diff)
		}
	})
}

func TestMembershipSelection(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "current")
		tables := &sdk.TablesWithNoSchema{Tables: []*sdk.TableSelection{
			{Included: true, TableName: "tag", Columns: map[string]bool{"name": false}, IncludeNewColumns: true},
		}}
		if err := w.destination.syncSelected(w.connector, w.configuration, &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: tables}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"tag"}, slices.Collect(maps.Keys(w.destination.upserts))); diff != "" {
			t.Error(diff)
		}
		for _, row := range w.destination.tables["tag"] {
			if row["id"] == nil || row["name"] != nil || row["last_seen_date"] == nil {
				t.Fatalf("got %v", row)
			}
		}
		if calls := w.sandbox.Stats().Calls; calls["GET /contacts"] != 0 {
			t.Errorf("contacts are read for nothing: %v", calls)
		}
	})
}

// Without the permission the person is told, by a task.
func TestMembershipScopeIsMissing(t *testing.T) {
	options := smallWorkspace()
	options.Scopes = []string{sandbox.ScopeReporting}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "memberships", "current")
		err := w.destination.sync(w.connector, w.configuration)
		if status.Code(err) != codes.PermissionDenied || len(w.destination.tasks) != 1 || !strings.Contains(w.destination.tasks[0], `"Read and list users and companies"`) {
			t.Errorf("got %v, tasks %q", err, w.destination.tasks)
		}
	})
}

// A list that cannot be read does not take the others of the day with it; the
// sync fails and names it, and the next one reads what is left.
func TestOneListIsForbidden(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "current")
		w.intercept = func(r *http.Request) *http.Response {
			if strings.HasPrefix(r.URL.Path, "/companies") {
				return answer(402, `{"type":"error.list","request_id":"r1","errors":[{"code":"api_plan_restricted","message":"Active subscription needed."}]}`)
			}
			return nil
		}
		err := w.destination.sync(w.connector, w.configuration)
		if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "companies") || len(w.destination.tables["contact_tag"]) == 0 || len(w.destination.tables["call"]) == 0 {
			t.Errorf("%v, %d memberships, %d calls", err, len(w.destination.tables["contact_tag"]), len(w.destination.tables["call"]))
		}
		if n := len(w.destination.tables["membership_snapshot"]); n > 0 {
			t.Error("the day is called read")
		}
		w.intercept = nil
		before := w.sandbox.Stats().Calls["GET /contacts"]
		w.sync()
		truth := w.sandbox.TruthMembership()
		if diff := cmp.Diff(truePairs(truth.CompanyTags), w.destination.pairs("company_tag", "company_id", "tag_id")); diff != "" {
			t.Error(diff)
		}
		if calls := w.sandbox.Stats().Calls["GET /contacts"] - before; calls > 2 {
			t.Errorf("the contacts are read again: %d calls", calls)
		}
	})
}

// A walk that was cut off is not continued on another day: its rows would be of
// two days.
func TestYesterdaysWalkIsNotContinued(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "daily")
		w.destination.cutAfter = 5
		if err := w.destination.sync(w.connector, w.configuration); err == nil {
			t.Fatal("the sync was not cut off")
		}
		time.Sleep(day)
		w.destination.cutAfter = 0
		w.sync()
		if diff := cmp.Diff([]string{"2026-03-10T12:00:00Z"}, w.destination.pairs("membership_snapshot", "snapshot_at")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"2026-03-10"}, slices.Compact(w.destination.pairs("company_tag", "snapshot_date"))); diff != "" {
			t.Error(diff)
		}
	})
}

// A snapshot that is not proven complete is a warning.
func TestUnprovenSnapshotIsAWarning(t *testing.T) {
	inBubble(t, monday, smallWorkspace(), func(w *world) {
		w.set("dataset_id", "call", "memberships", "current")
		w.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/contacts" {
				return nil
			}
			return answer(200, `{"type":"list","total_count":90,"pages":{"type":"pages","page":1,"per_page":150,"total_pages":1},"data":[{"type":"contact","id":"p1","role":"user","tags":{"type":"list","data":[],"total_count":0,"has_more":false}}]}`)
		}
		warnings := w.sync().warnings
		if !slices.ContainsFunc(warnings, func(warning string) bool {
			return strings.Contains(warning, "the snapshot of segments and tags of 2026-03-09 could not be proven complete")
		}) {
			t.Errorf("warnings: %q", warnings)
		}
	})
}

// Tables that were deselected for a while may be empty, or hold what is gone since: they
// are sent anew, and what is gone is deleted.
func TestChangedMembershipsDeselectedForAWhile(t *testing.T) {
	options := smallWorkspace()
	options.Epoch = monday.Add(-40 * day)
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "memberships", "changed", "lookback_days", "0")
		w.sync()
		for range 2 {
			time.Sleep(3 * day)
			if err := w.destination.syncSelected(w.connector, w.configuration, without("contact_tag", "contact_segment")); err != nil {
				t.Fatal(err)
			}
			if n := w.destination.deletes["contact_tag"] + w.destination.deletes["contact_segment"]; n > 0 {
				t.Errorf("%d rows of deselected tables are deleted", n)
			}
		}
		delete(w.destination.tables, "contact_segment")
		time.Sleep(3 * day)
		d := w.sync()
		for _, differs := range w.membershipDiffers() {
			t.Error(differs)
		}
		if d.deletes["contact_tag"] == 0 {
			t.Error("nobody lost a tag: the test shows nothing")
		}
	})
}
