package connector

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/doctor"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/sandbox"
)

func TestExamine(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC", AppName: "Acme", Region: "EU", EmptyCopilot: true,
		JobTime: func(string, int, time.Duration) time.Duration { return 3 * time.Second },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call, conversation_state, copilot_prompt_response_pair", "initial_start_time", "2026-02-09T12:00:00Z")
		x, err := doctor.Examine(context.Background(), w.configuration, w.connector.workspaceOptions())
		if err != nil {
			t.Fatal(err)
		}
		want := doctor.Examination{
			Workspace: doctor.Identity{ID: "sandbox", Name: "Acme", Region: "EU", Timezone: "UTC", APIVersion: "2.16"},
			RateLimit: doctor.Budget{Remaining: x.RateLimit.Remaining, Limit: 1667},
			Scopes: []doctor.Scope{
				{Name: "Export reporting data", Needed: true, Granted: true}, {Name: "Read and list users and companies", Granted: true}, {Name: "Read tags", Granted: true},
			},
			Exports: doctor.Exports{SlotFree: true, JobSeconds: x.Exports.JobSeconds, RetentionYears: 2},
			Datasets: []doctor.Examined{
				{ID: "call", Attributes: 7, Key: []string{"call_id"}},
				{ID: "conversation_state", Attributes: 53, Key: []string{"conversation_state_started_at", "conversation_id", "occurrence"}},
				{ID: "copilot_prompt_response_pair", Skipped: "Intercom lists no attributes for it"},
			},
			FirstSync: doctor.Estimate{Start: at("2026-02-09T12:00:00Z"), Jobs: 48, Minutes: x.FirstSync.Minutes},
		}
		want.Datasets[1].Attributes = x.Datasets[1].Attributes
		for i, d := range want.Datasets[:2] {
			rows := int64(0)
			for row := range w.sandbox.Truth(d.ID) {
				if row.Time.After(monday.Add(-7*day)) && !row.Time.After(monday) {
					rows++
				}
			}
			if rows == 0 {
				t.Errorf("%s has no rows", d.ID)
			}
			want.Datasets[i].Bill = &doctor.Bill{Rows: rows * 30 / 7, All: 2 * (rows * 30 / 7)}
		}
		if diff := cmp.Diff(want, x); diff != "" {
			t.Error(diff)
		}
		if x.Exports.JobSeconds < 3 || x.Exports.JobSeconds > 4 || x.FirstSync.Minutes < 0.5 || x.FirstSync.Minutes > 0.8 {
			t.Errorf("a job takes %v s, the sync %v minutes", x.Exports.JobSeconds, x.FirstSync.Minutes)
		}
	})
}

// The tables of segments and tags are counted as they are, those of tags by a page.
func TestExamineCountsPeople(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Contacts: 120, Companies: 20}, func(w *world) {
		truth := w.sandbox.TruthMembership()
		for mode, days := range map[string]int64{"changed": 1, "daily": 30} {
			w.set("dataset_id", "call", "memberships", mode)
			x, err := doctor.Examine(context.Background(), w.configuration, w.connector.workspaceOptions())
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]doctor.Counted{}
			for _, c := range x.People {
				got[c.Table] = c
			}
			for table, want := range map[string]struct {
				rows, days int64
				sampled    bool
			}{
				"contact":         {rows: int64(len(slices.Collect(truth.Contacts))), days: 1},
				"company":         {rows: int64(len(slices.Collect(truth.Companies))), days: 1},
				"contact_segment": {rows: int64(len(truePairs(truth.ContactSegments))), days: days},
				"company_segment": {int64(len(truePairs(truth.CompanySegments))), days, true},
				"contact_tag":     {int64(len(truePairs(truth.ContactTags))), days, true},
				"company_tag":     {int64(len(truePairs(truth.CompanyTags))), days, true},
			} { // a company without users is in no list, and an eleventh tag in no page
				c := got[table]
				if c.Rows < want.rows*9/10 || c.Rows > want.rows || c.Rows == 0 || c.Active != c.Rows*want.days || c.Sampled != want.sampled {
					t.Errorf("%s, %s: %+v, want %+v", mode, table, c, want)
				}
			}
			if got["segment"].Rows == 0 || got["tag"].Rows == 0 {
				t.Errorf("%d segments, %d tags", got["segment"].Rows, got["tag"].Rows)
			}
		}
	})
}

// What Intercom does not count is not known, rather than none.
func TestExamineOfWhatIsNotCounted(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Contacts: 40, Companies: 10, Dialect: []string{"total-count-null"}}, func(w *world) {
		w.set("dataset_id", "call", "memberships", "current")
		x, err := doctor.Examine(context.Background(), w.configuration, w.connector.workspaceOptions())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range x.People {
			if strings.HasPrefix(c.Table, "contact") && c.Table != "contact_segment" || strings.HasPrefix(c.Table, "company") {
				t.Errorf("counted %+v", c)
			}
		}
		if all := strings.Join(x.Warnings, "\n"); len(x.People) < 2 || !strings.Contains(all, "the rows of contact are not known") || !strings.Contains(all, "the rows of company_tag are not known") {
			t.Errorf("counted %+v, warned of %q", x.People, x.Warnings)
		}
	})
}

func TestExamineNamesWhatIsMissing(t *testing.T) {
	options := sandbox.Options{Timezone: "UTC", Scopes: []string{sandbox.ScopeReporting}, ForeignJobs: func(time.Time) int { return 5 }}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "memberships", "daily", "region", "AU", "app_id", "another", "lokback_days", "7")
		x, err := doctor.Examine(context.Background(), w.configuration, w.connector.workspaceOptions())
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Problems) != 4 || x.Exports.SlotFree || x.Scopes[1].Granted {
			t.Errorf("got %+v", x)
		}
		if diff := cmp.Diff([]string{`the key "lokback_days" is not known, and does nothing; did you mean "lookback_days"?`}, x.Warnings); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLookRunsNoExports(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC"}, func(w *world) {
		w.set("dataset_id", "all")
		x, err := doctor.Look(context.Background(), w.configuration, w.connector.workspaceOptions())
		if err != nil || len(x.Problems) > 0 || len(x.Datasets) != len(dataset.IDs()) || x.Exports != (doctor.Exports{}) {
			t.Errorf("got %+v, %v", x, err)
		}
		w.set("access_token", "another-token")
		x, err = doctor.Look(context.Background(), w.configuration, w.connector.workspaceOptions())
		if err == nil || len(x.Problems) != 1 || !strings.Contains(x.Problems[0], "create a new one") {
			t.Errorf("got %q, %v", x.Problems, err)
		}
	})
}

// The estimate of jobs is what the first sync takes, of one dataset and of many. Where
// two share the slots, jobs that end at the same moment take turns by chance, and with
// it the windows grow sooner than told: by what two of them ahead of a dataset take,
// not three.
func TestEstimateOfJobs(t *testing.T) {
	for _, test := range []struct {
		datasets, parallel string
		least              int // of ten jobs that are told
	}{{"call", "4", 10}, {"all", "4", 10}, {"call, tickets", "1", 10}, {"call, tickets", "4", 7}} {
		inBubble(t, monday, sandbox.Options{Timezone: "UTC", RowsPerDay: 2}, func(w *world) {
			w.set("dataset_id", test.datasets, "initial_start_time", "2026-01-10", "parallel_jobs", test.parallel)
			x, err := doctor.Examine(context.Background(), w.configuration, w.connector.workspaceOptions())
			if err != nil {
				t.Fatal(err)
			}
			before := w.sandbox.Stats().Jobs
			w.sync()
			took, told := w.sandbox.Stats().Jobs-before, x.FirstSync.Jobs
			if took > told || 10*took < test.least*told {
				t.Errorf("%s, %s at once: %d jobs are told, the sync took %d", test.datasets, test.parallel, told, took)
			}
		})
	}
}

// The estimate is near what TestYear takes.
func TestEstimateOfAYear(t *testing.T) {
	if jobs := plan.Jobs(365*day, 0, 4, 1); jobs < 40 || jobs > 60 {
		t.Errorf("%d jobs", jobs)
	}
	if jobs := plan.Jobs(day, time.Hour, 4, 1); jobs != 24 {
		t.Errorf("%d jobs", jobs)
	}
}

// A start before what Intercom keeps is moved in the estimate as a sync moves it.
func TestExamineMovesAnEarlyStart(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC"}, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2015-01-01")
		x, err := doctor.Examine(context.Background(), w.configuration, w.connector.workspaceOptions())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"initial_start_time is earlier than Intercom keeps rows: the first sync begins at 2024-03-10"}
		if diff := cmp.Diff(want, x.Warnings); diff != "" || x.FirstSync.Start.Format(time.DateOnly) != "2024-03-10" {
			t.Errorf("%s; from %v", diff, x.FirstSync.Start)
		}
	})
}
