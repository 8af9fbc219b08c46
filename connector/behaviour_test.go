package connector

import (
	"fmt"
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
	"intercom-connector/sandbox/faults"
)

// calls is a dataset of tests: a call an hour, from a start.
func calls(start time.Time, n int, more ...sandbox.Attribute) sandbox.Dataset {
	d := sandbox.Dataset{
		ID: "call", TimeAttribute: "call_initiated_at",
		Attributes: append([]sandbox.Attribute{
			{QualifiedID: "call.call_id"},
			{QualifiedID: "timestamp.call_initiated_at"},
			{QualifiedID: "call.call_state"},
		}, more...),
	}
	for i := range n {
		d.Rows = append(d.Rows, sandbox.Row{
			Time:   start.Add(time.Duration(i) * time.Hour),
			Values: map[string]string{"call.call_id": fmt.Sprintf("c%04d", i), "call.call_state": "Completed"},
		})
	}
	return d
}

func TestSecondSyncSendsWhatIsNew(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-48*time.Hour+time.Minute), 100)}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		if got := w.sync().upserts["call"]; got != 24 {
			t.Errorf("first sync: %d rows, want 24", got)
		}
		time.Sleep(2 * time.Hour)
		want := []string{"c0047", "c0048", "c0049"} // the hour of lag, and two new ones
		var sent []string
		w.destination.onMessage = func(m *sdk.UpdateResponse) {
			for _, r := range m.GetRecords().GetRecords() {
				sent = append(sent, r.GetData()["call_id"].GetString_())
			}
		}
		w.sync()
		slices.Sort(sent)
		if diff := cmp.Diff(want, slices.Compact(sent)); diff != "" {
			t.Error(diff)
		}
		w.equalsTruth("call")
	})
}

// Two weeks of hourly syncs: each reads the new rows and the last day, and once a
// day the look-back: one job, as soon as windows have grown so wide.
func TestHourlySchedule(t *testing.T) {
	const hours = 14 * 24
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-40*day), 40*24+hours+24)}}, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2026-01-31", "lookback_days", "30", "send", "all")
		w.sync()
		var perSync []int
		lookbacks := 0
		for hour := range hours {
			time.Sleep(time.Hour)
			before := w.sandbox.Stats().Jobs
			rows := w.sync().upserts["call"]
			jobs := w.sandbox.Stats().Jobs - before
			if rows > 29*24 {
				lookbacks++
				if lookbacks > 4 && jobs != 1 {
					t.Errorf("hour %d, with a look-back: %d jobs", hour, jobs)
				}
				continue
			}
			perSync = append(perSync, jobs)
			if jobs != 1 || rows < 23 || rows > 27 {
				t.Errorf("hour %d: %d jobs, %d rows", hour, jobs, rows)
			}
		}
		if lookbacks != 14 || len(perSync) != hours-14 {
			t.Errorf("%d syncs with a look-back and %d without, want 14 and %d", lookbacks, len(perSync), hours-14)
		}
		w.equalsTruth("call")
	})
}

// An hourly sync of one dataset without news costs one job, and besides its own
// calls GET /me and get_datasets.
func TestQuietSyncIsCheap(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 30)}}, func(w *world) {
		w.set("dataset_id", "call")
		w.sync()
		time.Sleep(time.Hour)
		w.sync()
		time.Sleep(time.Hour)
		before := w.sandbox.Stats()
		if err := w.destination.update(w.connector, w.configuration, nil); err != nil {
			t.Fatal(err)
		}
		after := w.sandbox.Stats()
		got := map[string]int{}
		for pattern, n := range after.Calls {
			if n > before.Calls[pattern] {
				got[pattern] = n - before.Calls[pattern]
			}
		}
		want := map[string]int{
			"GET /me": 1, "GET /export/reporting_data/get_datasets": 1, "GET /conversations/deleted": 1, "GET /admins": 1, "GET /teams": 1,
			"POST /export/reporting_data/enqueue": 1, "GET /export/reporting_data/{job_identifier}": 1,
			"GET /download/reporting_data/{job_identifier}": 1,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFixedWindows(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-48*time.Hour), 50)}}, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "7200", "lookback_days", "0")
		w.sync()
		if got := w.sandbox.Stats().Jobs; got != 12 {
			t.Errorf("%d jobs for a day in windows of two hours", got)
		}
	})
}

// A job that fails is split until it goes through.
func TestFailedJobsAreSplit(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-24*time.Hour), 24)},
		Faults: func(q sandbox.Request) faults.Fault {
			if q.Pattern == "GET /export/reporting_data/{job_identifier}" && q.Nth == 2 {
				return faults.JobFailed
			}
			return ""
		},
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "parallel_jobs", "1")
		w.sync()
		w.equalsTruth("call")
	})
}

// One dataset that fails does not stop the others; then the sync fails and
// names it, and the next one completes it. An attribute that get_datasets still
// lists is never dropped on one word of an enqueue: the dataset fails, and no
// column becomes null.
func TestOneBadDataset(t *testing.T) {
	bad := calls(monday.Add(-day), 24)
	bad.ID = "tickets"
	bad.Attributes = append(bad.Attributes, sandbox.Attribute{QualifiedID: "standard.ticket_id"})
	for i := range bad.Rows {
		bad.Rows[i].Values["standard.ticket_id"] = bad.Rows[i].Values["call.call_id"]
	}
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{bad, calls(monday.Add(-day), 24)}}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "all", "window_seconds", "7200")
		w.intercept = func(r *http.Request) *http.Response {
			if asksFor(r, "tickets") {
				return answer(400, `{"type":"error.list","request_id":"r1","errors":[{"code":"bad_request","message":"attribute_ids invalid for tickets dataset: call.call_state"}]}`)
			}
			return nil
		}
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "dataset tickets, 2026-03-08T12:00:00Z to 2026-03-08T14:00:00Z (new rows): ") || !strings.Contains(err.Error(), "(request r1)") || strings.Contains(err.Error(), "dataset call") {
			t.Errorf("got %v", err)
		}
		if len(w.destination.warnings) > 0 || len(w.destination.tables["tickets"]) > 0 {
			t.Errorf("warnings %q, %d tickets", w.destination.warnings, len(w.destination.tables["tickets"]))
		}
		w.equalsTruth("call")
		w.intercept = nil
		time.Sleep(2 * time.Hour)
		w.sync()
		w.equalsTruth("tickets")
	})
}

// What the plan or a permission keeps from one dataset ends that one, in
// Intercom's own words. Under "all" it is a warning as long as it never was read
// and another one was; asked for by name the sync fails, after the others.
func TestOneForbiddenDataset(t *testing.T) {
	tickets := calls(monday.Add(-day), 24)
	tickets.ID = "conversation_state"
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{tickets, calls(monday.Add(-day), 24)}}
	forbid := func(dataset string) func(*http.Request) *http.Response {
		return func(r *http.Request) *http.Response {
			if asksFor(r, dataset) {
				return answer(402, `{"type":"error.list","request_id":"r1","errors":[{"code":"api_plan_restricted","message":"Active subscription needed."}]}`)
			}
			return nil
		}
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "all")
		w.intercept = forbid("call")
		d := w.sync()
		if len(d.warnings) != 1 || !strings.Contains(d.warnings[0], "dataset call, ") || !strings.Contains(d.warnings[0], "402 api_plan_restricted: Active subscription needed. (request r1)") || len(d.tasks) > 0 {
			t.Errorf("warnings %q, tasks %q", d.warnings, d.tasks)
		}
		w.equalsTruth("conversation_state")
		w.set("dataset_id", "call, conversation_state")
		err := w.destination.sync(w.connector, w.configuration)
		if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "dataset call, ") || len(w.destination.tasks) != 1 {
			t.Errorf("asked for by name: %v, tasks %q", err, w.destination.tasks)
		}
		w.set("dataset_id", "all")
		w.intercept = forbid("conversation_state")
		err = w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "dataset conversation_state, ") || strings.Contains(err.Error(), "dataset call") {
			t.Errorf("one that was read before: %v", err)
		}
		w.equalsTruth("call")
	})
}

// A dataset that was read before and is gone is a warning that names it, and the
// others go on; one that never was is refused.
func TestDatasetIsGone(t *testing.T) {
	other := calls(monday.Add(-day), 24)
	other.ID = "call_team_stats"
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{other, calls(monday.Add(-day), 24)}}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call, call_team_stats")
		w.sync()
		w.set("dataset_id", "call, call_team_stats, tickets")
		w.intercept = func(r *http.Request) *http.Response { return nil }
		if err := w.destination.update(w.connector, w.configuration, nil); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), `dataset_id: this workspace has no dataset "tickets"`) {
			t.Errorf("one that never was: %v", err)
		}
		state := w.destination.state
		w.destination.state = strings.Replace(state, `"call_team_stats":`, `"tickets":`, 1)
		w.set("dataset_id", "call, tickets")
		if _, err := w.connector.Schema(w.t.Context(), &sdk.SchemaRequest{Configuration: w.configuration}); err != nil {
			t.Errorf("its schema: %v", err)
		}
		if err := w.destination.update(w.connector, w.configuration, nil); err != nil {
			t.Fatal(err)
		}
		want := []string{"the workspace has no dataset tickets any more: its table stays as it is"}
		if diff := cmp.Diff(want, w.destination.warnings); diff != "" {
			t.Error(diff)
		}
		w.set("dataset_id", "all")
		if err := w.destination.update(w.connector, w.configuration, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, w.destination.warnings); diff != "" {
			t.Error("of all datasets: " + diff)
		}
	})
}

func TestTokenRefused(t *testing.T) {
	inBubble(t, monday, sandbox.Options{}, func(w *world) {
		w.set("access_token", "dG9rOnNlY3JldA==")
		err := w.destination.update(w.connector, w.configuration, nil)
		if status.Code(err) != codes.Unauthenticated || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "dG9r") {
			t.Errorf("got %v", err)
		}
		want := "Intercom refuses the access token: create a new one (Settings > Integrations > Developer Hub > your app > Configure > Authentication) and save it in the configuration. intercom: read workspace: 401 unauthorized: Access Token Invalid"
		if len(w.destination.tasks) != 1 || !strings.HasPrefix(w.destination.tasks[0], want) {
			t.Errorf("tasks: %q", w.destination.tasks)
		}
	})
}

func TestStateOfAnotherWorkspaceIsRefused(t *testing.T) {
	inBubble(t, monday, sandbox.Options{AppID: "acme"}, func(w *world) {
		w.destination.state = `{"version":1,"workspace":"sandbox"}`
		err := w.destination.sync(w.connector, w.configuration)
		if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), `belongs to workspace "sandbox", and this access token to "acme"`) {
			t.Errorf("got %v", err)
		}
	})
}

// Where a person must act, the last message is a task that says what to do; where
// the next sync may do by itself, there is none. The destination of the tests takes
// no message after a task.
func TestTasks(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(w *world)
		task  string
	}{
		{"a configuration", func(w *world) { w.set("lookback_days", "often") }, "lookback_days"},
		{"a dataset that is not there", func(w *world) { w.set("dataset_id", "shoes") }, "shoes"},
		{"a state that cannot be read", func(w *world) { w.destination.state = `{"version":` }, "the state of this connection"},
		{"a state of another workspace", func(w *world) { w.destination.state = `{"version":1,"workspace":"another"}` }, "belongs to workspace"},
		{"Intercom is down", func(w *world) {
			w.intercept = func(*http.Request) *http.Response { return answer(http.StatusServiceUnavailable, "") }
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, monday, sandbox.Options{}, func(w *world) {
				test.spoil(w)
				err := w.destination.update(w.connector, w.configuration, nil)
				if tasks := w.destination.tasks; err == nil || (test.task == "") != (len(tasks) == 0) || len(tasks) > 1 || !strings.Contains(strings.Join(tasks, ""), test.task) {
					t.Errorf("got %v, tasks %q", err, tasks)
				}
			})
		})
	}
}

func TestKeyChangeIsRefused(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
		w.set("dataset_id", "call")
		w.sync()
		w.set("primary_keys", `{"call": "call_id, call_initiated_at"}`)
		err := w.destination.sync(w.connector, w.configuration)
		want := `the state of this connection does not fit: the table call is keyed by call_id, and now its key would be call_id, call_initiated_at: put primary_keys back if you changed it; else Intercom exports its rows by another time than before, or this version tells them apart better, and the table must be re-synced (locally: --reset)`
		if err == nil || status.Convert(err).Message() != want {
			t.Errorf("got %v", err)
		}
	})
}

// While all export slots of the workspace are taken, the sync waits, quietly.
func TestWaitsForExportSlots(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)},
		ForeignJobs: func(now time.Time) int {
			if now.Before(monday.Add(20 * time.Minute)) {
				return 5
			}
			return 3
		},
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call")
		w.sync()
		w.equalsTruth("call")
		if waited := time.Since(monday); waited < 20*time.Minute || waited > 25*time.Minute {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestGivesUpOnExportSlotsAfterAnHour(t *testing.T) {
	options := sandbox.Options{
		Timezone:    "UTC",
		Datasets:    []sandbox.Dataset{calls(monday.Add(-day), 24)},
		ForeignJobs: func(time.Time) int { return 5 },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call")
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "dataset call") || !strings.Contains(err.Error(), "Exceeded rate limit of 5 pending reporting dataset export jobs") {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(monday); waited < time.Hour || waited > time.Hour+2*time.Minute {
			t.Errorf("waited %v", waited)
		}
	})
}

// A sync that was cut off while jobs were in flight takes them up.
func TestJobsSurviveARestart(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)},
		JobTime:  func(string, int, time.Duration) time.Duration { return 10 * time.Minute },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "21600", "lookback_days", "0", "parallel_jobs", "1")
		w.cutOnceJobsAreKept()
		if err := w.destination.sync(w.connector, w.configuration); err == nil {
			t.Fatal("the sync was not cut off")
		}
		enqueued := w.sandbox.Stats().Jobs
		time.Sleep(15 * time.Minute)
		w.destination.cutAfter, w.destination.onMessage = 0, nil
		w.sync()
		w.equalsTruth("call")
		// six hours a window: four for the day, one for what came since
		if got := w.sandbox.Stats().Jobs; got != 5 || enqueued == 0 {
			t.Errorf("%d jobs, %d of them before the restart", got, enqueued)
		}
	})
}

// While a job goes on, the state is kept every ten minutes, though nothing comes.
func TestLongJobIsKeptMeanwhile(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)},
		JobTime:  func(string, int, time.Duration) time.Duration { return 55 * time.Minute },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "172800", "lookback_days", "0")
		kept, longest := time.Now(), time.Duration(0)
		w.destination.onMessage = func(m *sdk.UpdateResponse) {
			if m.GetCheckpoint() != nil {
				longest, kept = max(longest, time.Since(kept)), time.Now()
			}
		}
		w.sync()
		w.equalsTruth("call")
		if longest < 9*time.Minute || longest > 10*time.Minute {
			t.Errorf("%v without a checkpoint", longest)
		}
	})
}

// cutOnceJobsAreKept cuts the next sync off at the checkpoint that holds a job.
func (w *world) cutOnceJobsAreKept() {
	w.destination.onMessage = func(m *sdk.UpdateResponse) {
		if strings.Contains(m.GetCheckpoint().GetStateJson(), `"jobs":[`) {
			w.destination.cutAfter = w.destination.messages + 1
		}
	}
}

func TestOldJobsAreNotTakenUp(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-day), 30)},
		JobTime:  func(string, int, time.Duration) time.Duration { return 10 * time.Minute },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "86400", "lookback_days", "0", "lookups", "none")
		w.destination.cutAfter = 2 // of which the first is about deletions
		_ = w.destination.sync(w.connector, w.configuration)
		time.Sleep(61 * time.Minute)
		w.destination.cutAfter = 0
		before := w.sandbox.Stats().Jobs
		w.sync()
		w.equalsTruth("call")
		if got := w.sandbox.Stats().Jobs - before; got != 2 {
			t.Errorf("%d jobs after an hour", got)
		}
	})
}

// Round counts are not believed: the halves are read too, and the rows land.
func TestRoundCountIsReadAgain(t *testing.T) {
	d := calls(monday.Add(-day), 0)
	for i := range 10_000 { // from an hour ago on, 4 a second
		d.Rows = append(d.Rows, sandbox.Row{
			Time:   monday.Add(-time.Hour).Add(time.Duration(i) * time.Second / 4).Truncate(time.Second),
			Values: map[string]string{"call.call_id": fmt.Sprint(i)},
		})
	}
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", fmt.Sprint(monday.Add(-time.Hour).Unix()))
		w.sync()
		w.equalsTruth("call")
		if got := w.sandbox.Stats().Jobs; got != 3 {
			t.Errorf("%d jobs, want the window and its halves", got)
		}
	})
}

func TestStartBeforeRetention(t *testing.T) {
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-800*day), 800*24)}}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2020-01-01", "lookback_days", "0")
		d := w.sync()
		want := []string{"call: rows from before 2024-03-10T12:00:00Z are not fetched: Intercom keeps them no longer"}
		if diff := cmp.Diff(want, d.warnings); diff != "" {
			t.Error(diff)
		}
		w.equalsTruth("call")
		time.Sleep(time.Hour)
		if d := w.sync(); len(d.warnings) > 0 || d.upserts["call"] > 4 {
			t.Errorf("the second sync: %q, %d rows", d.warnings, d.upserts["call"])
		}
	})
}

func TestEarlierStart(t *testing.T) {
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-20*day), 21*24)}}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		w.sync()
		if n := len(w.destination.tables["call"]); n != 25 {
			t.Errorf("%d rows of the last day", n)
		}
		w.set("initial_start_time", "2026-02-17")
		w.sync()
		w.equalsTruth("call")
		if n := len(w.destination.tables["call"]); n != 20*24+1 {
			t.Errorf("%d rows of twenty days", n)
		}
		time.Sleep(time.Minute)
		if n := w.sync().upserts["call"]; n > 3 {
			t.Errorf("%d rows read again although the start did not move", n)
		}
	})
}

// The start is moved back minutes after the first sync: of the rows between, some are
// yet to appear, and with no look-back the next sync must read them.
func TestEarlierStartOfYoungRows(t *testing.T) {
	late := sandbox.Row{Time: monday.Add(-30 * time.Minute), Visible: monday.Add(10 * time.Minute), Values: map[string]string{"call.call_id": "late"}}
	d := calls(monday.Add(-day), 30)
	d.Rows = append(d.Rows, late)
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", fmt.Sprint(monday.Add(-20*time.Minute).Unix()))
		w.sync()
		w.set("initial_start_time", "2026-03-09")
		w.sync()
		time.Sleep(3 * time.Hour)
		w.sync()
		w.equalsTruth("call")
	})
}

func TestDatasetWithoutAttributesIsSkipped(t *testing.T) {
	inBubble(t, monday, sandbox.Options{EmptyCopilot: true}, func(w *world) {
		w.set("dataset_id", "all")
		d := w.sync()
		want := []string{"dataset copilot_prompt_response_pair has nothing to read: Intercom lists no attributes for it"}
		if diff := cmp.Diff(want, d.warnings); diff != "" {
			t.Error(diff)
		}
	})
}

// Without a zone nothing is read: it is never guessed.
func TestNoTimezoneIsRefused(t *testing.T) {
	for zone, want := range map[string]string{`null`: "timezone is needed: Intercom did not say", `"Nowhere/Land"`: `timezone is needed: Intercom says "Nowhere/Land"`} {
		inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
			w.set("dataset_id", "call")
			w.intercept = func(r *http.Request) *http.Response {
				if r.URL.Path != "/me" {
					return nil
				}
				return answer(200, `{"type":"admin","app":{"id_code":"sandbox","timezone":`+zone+`}}`)
			}
			err := w.destination.sync(w.connector, w.configuration)
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), ":", ""), strings.ReplaceAll(want, ":", "")) || w.sandbox.Stats().Jobs > 0 {
				t.Errorf("%s: %v, %d jobs", zone, err, w.sandbox.Stats().Jobs)
			}
			w.set("timezone", "UTC").sync()
			w.equalsTruth("call")
		})
	}
}

// Where no row of a window lies inside it, the zone is wrong: the dataset fails,
// naming the zone that would fit, and nothing is sent.
func TestWrongTimezoneIsRefused(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "Europe/Helsinki", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
		w.set("dataset_id", "call", "timezone", "UTC", "lookback_days", "0")
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "none has a time inside the window that was asked for: the time zone may be wrong (key timezone); a zone at UTC+02:00 would fit") {
			t.Errorf("got %v", err)
		}
		if n := len(w.destination.tables["call"]); n > 0 {
			t.Errorf("%d rows were sent", n)
		}
	})
}

// So it is in a zone by which the rows seem to be from before the first start: rows that
// nobody seems to want are no reason to go on.
func TestWrongTimezoneBeforeTheStart(t *testing.T) {
	for _, rows := range []int{24, 1} { // one: of the first hour
		inBubble(t, monday, sandbox.Options{Timezone: "America/New_York", Datasets: []sandbox.Dataset{calls(monday.Add(-day+time.Minute), rows)}}, func(w *world) {
			w.set("dataset_id", "call", "timezone", "UTC", "lookback_days", "0")
			err := w.destination.sync(w.connector, w.configuration)
			if err == nil || !strings.Contains(err.Error(), "2026-03-08T12:00:00Z to 2026-03-08T13:00:00Z (new rows): 1 rows, and none has a time inside the window that was asked for: the time zone may be wrong (key timezone); a zone at UTC-04:00 would fit") {
				t.Errorf("%d rows: %v", rows, err)
			}
			w.set("timezone", "")
			w.sync()
			w.equalsTruth("call")
		})
	}
}

// Where some rows lie outside, all are sent, and a warning names the zone that
// would fit.
func TestWrongTimezoneIsNamed(t *testing.T) {
	for _, test := range []struct {
		zone, fits string
		minute     time.Duration // of the rows
		outside    int
	}{
		{"Europe/Helsinki", "UTC+02:00", 59, 2},
		{"America/New_York", "UTC-04:00", 1, 4}, // they seem to be from before the start
	} {
		inBubble(t, monday, sandbox.Options{Timezone: test.zone, Datasets: []sandbox.Dataset{calls(monday.Add(-day+test.minute*time.Minute), 24)}}, func(w *world) {
			w.set("dataset_id", "call", "timezone", "UTC", "lookback_days", "0", "window_seconds", "86400")
			d := w.sync()
			want := fmt.Sprintf("%d rows have a time outside the window they were exported for: the time zone may be wrong (key timezone); a zone at %s would fit", test.outside, test.fits)
			if len(d.warnings) != 1 || !strings.Contains(d.warnings[0], want) {
				t.Errorf("%s: warnings: %q", test.zone, d.warnings)
			}
			if n := len(w.destination.tables["call"]); n != 24 {
				t.Errorf("%s: %d rows", test.zone, n)
			}
		})
	}
}

// A row whose id is empty gets a key made of the row, the same at every reading,
// and costs no other row.
func TestEmptyRowID(t *testing.T) {
	d := calls(monday.Add(-day), 3)
	d.Rows[1].Values = map[string]string{"call.call_state": "Missed"}
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "86400")
		for range 2 {
			d := w.sync()
			if len(d.warnings) != 1 || !strings.HasPrefix(d.warnings[0], "call: rows without a row id, which have one made of the row: 1; the first is row 2 of 2026-03-08T12:00:00Z to 2026-03-09T12:00") {
				t.Errorf("warnings: %q", d.warnings)
			}
			if n := len(w.destination.tables["call"]); n != 3 {
				t.Errorf("%d rows", n)
			}
		}
	})
}
