package connector

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/state"
	"intercom-connector/intercom"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// An export without a byte is not believed until a second job says the same.
func TestEmptyDownload(t *testing.T) {
	for _, times := range []int{1, 2} {
		inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
			w.set("dataset_id", "call", "lookback_days", "0", "window_seconds", "86400")
			downloads := 0
			w.intercept = func(r *http.Request) *http.Response {
				if strings.HasPrefix(r.URL.Path, "/download/") {
					if downloads++; downloads <= times {
						return answer(200, "\x1f\x8b\b\x00\x00\x00\x00\x00\x00\xff\x01\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00")
					}
				}
				return nil
			}
			w.sync()
			if times == 1 {
				w.equalsTruth("call")
			}
			if n := len(w.destination.tables["call"]); times == 2 && n != 0 {
				t.Errorf("%d rows, though two jobs said that there are none", n)
			}
			if downloads != 2 {
				t.Errorf("%d downloads", downloads)
			}
		})
	}
}

// An answer without a byte whose Content-Type is no export's is a fault, however
// often it comes: to believe it would lose the window's rows in silence.
func TestEmptyAnswer(t *testing.T) {
	for kind, want := range map[string]codes.Code{
		"": codes.Unavailable, "text/html": codes.Unavailable, "application/json; charset=utf-8": codes.Unavailable,
		"text/csv": codes.OK, "application/octet-stream": codes.OK,
	} {
		inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
			w.set("dataset_id", "call", "lookback_days", "0", "window_seconds", "86400")
			w.intercept = func(r *http.Request) *http.Response {
				if !strings.HasPrefix(r.URL.Path, "/download/") {
					return nil
				}
				empty := answer(200, "")
				empty.Header.Set("Content-Type", kind)
				return empty
			}
			err := w.destination.sync(w.connector, w.configuration)
			if status.Code(err) != want {
				t.Errorf("Content-Type %q: %v, want %v", kind, err, want)
			}
		})
	}
}

// Retention never moves a cursor that was read up to: rows would be missed in
// silence.
func TestRetentionMovesNoCursor(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 24)}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		w.sync()
		cursor := w.cursor("call")
		time.Sleep((2*365 + 10) * day)
		if err := w.destination.sync(w.connector, w.configuration); err == nil || !strings.Contains(err.Error(), "dataset call, ") {
			t.Errorf("got %v", err)
		}
		if got := w.cursor("call"); got != cursor {
			t.Errorf("the cursor moved from %d to %d", cursor, got)
		}
	})
}

func (w *world) cursor(dataset string) int64 {
	s, err := state.Parse(w.destination.state)
	if err != nil || s == nil {
		w.t.Fatalf("state %q: %v", w.destination.state, err)
	}
	return s.Datasets[dataset].Cursor
}

// The cursor follows the smaller of both clocks.
func TestCursorFollowsIntercomsClock(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 48)}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		w.skew = 2 * time.Hour
		w.sync()
		if latest := time.Now().Add(-time.Hour).Unix(); w.cursor("call") > latest {
			t.Errorf("the cursor is %d seconds too late", w.cursor("call")-latest)
		}
		w.skew = 0
		time.Sleep(5 * time.Hour)
		w.sync()
		w.equalsTruth("call")
	})
}

// Columns that are not listed stay out where new ones are not wanted, the one of
// values that fit no other among them.
func TestUnlistedColumnsStayOut(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 3)}}, func(w *world) {
		w.set("dataset_id", "call")
		var columns []string
		w.destination.onMessage = func(m *sdk.UpdateResponse) {
			for _, r := range m.GetRecords().GetRecords() {
				for name := range r.GetData() {
					columns = append(columns, name)
				}
			}
		}
		selection := &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
			Tables: []*sdk.TableSelection{{Included: true, TableName: "call", Columns: map[string]bool{"call_state": true}}},
		}}}
		if err := w.destination.syncSelected(w.connector, w.configuration, selection); err != nil {
			t.Fatal(err)
		}
		slices.Sort(columns)
		if diff := cmp.Diff([]string{"call_id", "call_state"}, slices.Compact(columns)); diff != "" {
			t.Error(diff)
		}
	})
}

// A job of the last sync is taken up for the window that it was asked for, by its
// end as well as by its start: the last day's job is none for the last day and the
// new rows together, though both begin at the floor.
func TestJobsAreTakenUpByTheirEnds(t *testing.T) {
	options := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-10*time.Hour), 24)},
		JobTime: func(string, int, time.Duration) time.Duration { return time.Minute },
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", fmt.Sprint(monday.Add(-10*time.Hour).Unix()), "window_seconds", "86400", "lookups", "none")
		w.destination.cutAfter = 2 // of which the first is about deletions
		_ = w.destination.sync(w.connector, w.configuration)
		begun, err := state.Parse(w.destination.state)
		if err != nil || len(begun.Jobs) != 1 {
			t.Fatalf("state %q, %v", w.destination.state, err)
		}
		w.destination.cutAfter = 0
		w.sync()
		time.Sleep(2 * time.Hour)
		s, err := state.Parse(w.destination.state)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := w.connector.open(context.Background(), w.configuration, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		d := s.Datasets["call"]
		job, err := opened.Client.Enqueue(context.Background(), intercom.Export{
			DatasetID: "call", AttributeIDs: []string{"call.call_id", "timestamp.call_initiated_at", "call.call_state"},
			Start: time.Unix(d.Floor, 0), End: time.Unix(d.Cursor, 0),
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Jobs = []export.SavedJob{{ID: job.ID, Dataset: "call", Start: d.Floor, End: d.Cursor, Attributes: begun.Jobs[0].Attributes, AsOf: time.Now().Unix()}}
		w.destination.state = s.Encode()
		w.sync()
		w.equalsTruth("call")
		after, err := state.Parse(w.destination.state)
		if err != nil || after.Datasets["call"].Cursor <= d.Cursor {
			t.Errorf("the cursor did not move on: %v", err)
		}
	})
}

// A look-back that is dated by a clock that was wrong begins again.
func TestLookbackOfAWrongClock(t *testing.T) {
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-20*day), 21*24)}}, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2026-02-18", "lookback_days", "10", "send", "all")
		w.sync()
		s, _ := state.Parse(w.destination.state)
		s.Datasets["call"].Lookback.Last = time.Now().Add(10 * day).Unix()
		w.destination.state = s.Encode()
		time.Sleep(time.Hour)
		if rows := w.sync().upserts["call"]; rows < 9*24 {
			t.Errorf("%d rows: no look-back", rows)
		}
	})
}

// Rows on the edges of windows come, whichever ends of a range Intercom leaves
// out.
func TestRowsOnEveryEdge(t *testing.T) {
	for _, ends := range []string{"ends-start-only", "ends-end-only", "ends-neither", "crlf"} {
		t.Run(ends, func(t *testing.T) {
			d := calls(monday.Add(-day), 72)
			for i := range d.Rows { // on every full hour, where windows end, and on each side of it
				d.Rows[i].Time = monday.Add(-day + time.Duration(i/3)*time.Hour + time.Duration(i%3-1)*time.Second)
			}
			inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}, Dialect: []string{ends}}, func(w *world) {
				w.set("dataset_id", "call", "window_seconds", "3600", "lookback_days", "0", "initial_start_time", monday.Add(-day).Format(time.RFC3339))
				w.sync()
				w.equalsTruth("call")
				if n := len(w.destination.tables["call"]); n != 71 { // the first lies before the start
					t.Errorf("%d rows", n)
				}
			})
		})
	}
}

// parallel_jobs is never exceeded: not by jobs that are asked for again, nor by
// those whose dataset ended while they ran.
func TestParallelJobsAreNeverExceeded(t *testing.T) {
	for _, jobs := range []int{1, 2, 4} {
		datasets := []sandbox.Dataset{calls(monday.Add(-10*day), 240), calls(monday.Add(-10*day), 240), calls(monday.Add(-10*day), 240)}
		for i := range datasets[1:] {
			datasets[i+1].ID = fmt.Sprintf("call_%d", i)
		}
		options := sandbox.Options{
			Timezone: "UTC", Datasets: datasets,
			JobTime: func(string, int, time.Duration) time.Duration { return time.Minute },
			Faults: func(q sandbox.Request) faults.Fault {
				if q.Pattern == "GET /export/reporting_data/{job_identifier}" && q.Nth%5 == 0 {
					return faults.JobFailed
				}
				return ""
			},
		}
		inBubble(t, monday, options, func(w *world) {
			w.set("dataset_id", "all", "initial_start_time", "2026-02-28", "parallel_jobs", fmt.Sprint(jobs))
			_ = w.destination.sync(w.connector, w.configuration)
			if got := w.sandbox.Stats().PeakPending; got > jobs {
				t.Errorf("%d jobs at once, allowed were %d", got, jobs)
			}
		})
	}
}

// Values that do not fit are counted once, also where their window was split and
// read again.
func TestUnfitValuesAreCountedOnce(t *testing.T) {
	d := calls(monday.Add(-day), 0, sandbox.Attribute{QualifiedID: "duration.wait"})
	for i := range 10_000 { // a count that is not believed
		d.Rows = append(d.Rows, sandbox.Row{
			Time:   monday.Add(-time.Hour).Add(time.Duration(i) * time.Second / 4).Truncate(time.Second),
			Values: map[string]string{"call.call_id": fmt.Sprint(i), "duration.wait": "1"},
		})
	}
	d.Rows[4000].Values["duration.wait"] = "1,234"
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", fmt.Sprint(monday.Add(-time.Hour).Unix()))
		got := w.sync().warnings
		want := []string{"call: values that do not fit column wait are null there, and as Intercom wrote them in unparsed_values: 1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A sync reads new rows, the last day and the look-back in one job where windows
// have grown so wide; one that fails falls apart into its spans, new rows first.
func TestJointWindowFallsApart(t *testing.T) {
	fail := false
	options := sandbox.Options{
		Timezone: "UTC",
		Datasets: []sandbox.Dataset{calls(monday.Add(-20*day), 30*24)},
		Faults: func(q sandbox.Request) faults.Fault {
			if fail && q.Pattern == "GET /export/reporting_data/{job_identifier}" {
				fail = false
				return faults.JobFailed
			}
			return ""
		},
	}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "initial_start_time", "2026-02-18", "lookback_days", "10", "parallel_jobs", "1")
		for range 6 {
			w.sync()
			time.Sleep(day)
		}
		before := w.sandbox.Stats().Jobs
		w.sync()
		if jobs := w.sandbox.Stats().Jobs - before; jobs != 1 {
			t.Errorf("%d jobs", jobs)
		}
		time.Sleep(day)
		fail, before = true, w.sandbox.Stats().Jobs
		var first string
		w.destination.onMessage = func(m *sdk.UpdateResponse) {
			if records := m.GetRecords().GetRecords(); first == "" && len(records) > 0 {
				first = records[0].GetData()["call_initiated_at"].GetUtcDatetime().AsTime().Format(time.DateOnly)
			}
		}
		w.sync()
		w.equalsTruth("call")
		if jobs := w.sandbox.Stats().Jobs - before; jobs < 4 || first != "2026-03-15" {
			t.Errorf("%d jobs, the first row is of %s", jobs, first)
		}
	})
}

// Earlier rows of which some were read go on at the start of what Intercom still
// keeps when the next of them have become too old: none that it keeps is left out.
func TestEarlierRowsThatBecameTooOld(t *testing.T) {
	d := calls(monday.Add(-725*day), 24)
	d.Rows = append(d.Rows, sandbox.Row{Time: monday.Add(-time.Hour), Values: map[string]string{"call.call_id": "new", "call.call_state": "Completed"}})
	inBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		w.sync()
		s, err := state.Parse(w.destination.state)
		if err != nil {
			t.Fatal(err)
		}
		asked := monday.Add(-740 * day).Unix()
		s.Datasets["call"].Earlier = &plan.Earlier{Asked: asked, Start: asked, At: monday.Add(-735 * day).Unix()}
		w.destination.state = s.Encode()
		w.set("initial_start_time", fmt.Sprint(asked))
		w.sync()
		if n := len(w.destination.tables["call"]); n != 25 {
			t.Errorf("%d rows; warnings %q", n, w.destination.warnings)
		}
		if s, err = state.Parse(w.destination.state); err != nil || s.Datasets["call"].Earlier != nil {
			t.Errorf("the reading is not over: %v", err)
		}
	})
}

// The column of an attribute that is gone is given to no other, however many syncs
// later that one comes.
func TestColumnsOfGoneAttributesStayTheirs(t *testing.T) {
	d := calls(monday.Add(-day), 24, sandbox.Attribute{QualifiedID: "call.Score"}, sandbox.Attribute{QualifiedID: "call.score"})
	for i := range d.Rows {
		d.Rows[i].Values["call.Score"], d.Rows[i].Values["call.score"] = "upper", "lower"
	}
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}, Hidden: func(_, attribute string, now time.Time) bool {
		return attribute == "call.Score" && now.After(monday.Add(time.Hour)) || attribute == "call.score" && now.Before(monday.Add(3*time.Hour))
	}}
	inBubble(t, monday, options, func(w *world) {
		w.set("dataset_id", "call", "lookback_days", "0")
		for range 3 { // with the one, with none, with the other
			w.sync()
			time.Sleep(2 * time.Hour)
		}
		s, err := state.Parse(w.destination.state)
		if err != nil || s.Datasets["call"].Columns["score"] == "call.score" {
			t.Errorf("the column is another attribute's: %v, %v", s.Datasets["call"].Columns, err)
		}
	})
}
