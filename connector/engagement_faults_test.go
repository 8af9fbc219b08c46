package connector

import (
	"archive/zip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/export/exporttest"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// mailing is a workspace with messages of two months.
func mailing(change func(*sandbox.Options)) sandbox.Options {
	random := rand.New(rand.NewPCG(2, 2))
	o := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{calls(monday.Add(-day), 48)},
		Receipts: exporttest.Messages(random, 120, monday.Add(-60*day), monday.Add(3*day)),
	}
	if change != nil {
		change(&o)
	}
	return o
}

// inMailing runs a test in such a workspace, whose connection wants messages.
func inMailing(t *testing.T, change func(*sandbox.Options), test func(*world)) {
	inBubble(t, monday, mailing(change), func(w *world) {
		w.set("dataset_id", "call", "engagement", "on", "initial_start_time", "2026-01-08")
		w.neverTellsLess()
		test(w)
	})
}

// What goes wrong and passes costs no message and no event.
func TestEngagementFaults(t *testing.T) {
	const enqueue, status, download = "POST /export/content/data", "GET /export/content/data/{job_identifier}", "GET /download/content/data/{job_identifier}"
	for _, fault := range []struct {
		pattern string
		fault   faults.Fault
	}{
		{enqueue, faults.ServerError500},
		{enqueue, faults.JobLimited},
		{enqueue, faults.ResetMiddle},
		{status, faults.JobFailed},
		{status, faults.JobFailed + "=canceled"},
		{status, faults.JobVanished},
		{status, faults.TruncatedJSON},
		{download, faults.TruncatedBody},
		{download, faults.BadChecksum},
		{download, faults.ResetMiddle},
		{download, faults.StallBody},
		{download, faults.Empty200},
		{download, faults.URLExpired404},
		{download, faults.URLExpired403},
	} {
		t.Run(fault.pattern+" "+string(fault.fault), func(t *testing.T) {
			t.Parallel()
			inMailing(t, func(o *sandbox.Options) { o.Faults = faults.OnNth(fault.pattern, 0, fault.fault) }, func(w *world) {
				if warnings := w.sync().warnings; len(warnings) > 0 {
					t.Errorf("warnings %q", warnings)
				}
				w.engagement(w.floorOf(), 30*day)
				w.equalsTruth("call")
			})
		})
	}
}

// Another's job is waited for and not cancelled; after an hour the sync says so,
// with the datasets read.
func TestEngagementWaitsForItsSlot(t *testing.T) {
	until := monday.Add(20 * time.Minute)
	foreign := func(o *sandbox.Options) { o.ForeignMessages = func(now time.Time) bool { return now.Before(until) } }
	inMailing(t, foreign, func(w *world) {
		w.sync()
		w.engagement(w.floorOf(), 30*day)
		if waited := time.Since(monday); waited < 20*time.Minute || waited > 25*time.Minute {
			t.Errorf("waited %v", waited)
		}
		until = until.AddDate(1, 0, 0)
		time.Sleep(day)
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "message engagement, ") || !strings.Contains(err.Error(), "1 pending message data export jobs") {
			t.Errorf("got %v", err)
		}
		w.equalsTruth("call")
		if n := w.sandbox.Stats().Calls["POST /export/cancel/{job_identifier}"]; n > 0 {
			t.Errorf("%d jobs are cancelled", n)
		}
	})
}

// What is forbidden, or what an old version lacks, ends message engagement by name,
// after all else has landed; a bad token ends the sync.
func TestEngagementIsRefused(t *testing.T) {
	for _, test := range []struct {
		code int
		body string
		want codes.Code
		says string
		task bool
	}{
		{402, "api_plan_restricted", codes.PermissionDenied, "402 api_plan_restricted", true},
		{403, "forbidden", codes.PermissionDenied, "403 forbidden", true},
		{401, "unauthorized", codes.PermissionDenied, "401 unauthorized", true}, // /me still knows the token
		{400, "intercom_version_invalid", codes.Unavailable, "400 intercom_version_invalid", false},
	} {
		inMailing(t, nil, func(w *world) {
			w.intercept = func(r *http.Request) *http.Response {
				if r.URL.Path != "/export/content/data" {
					return nil
				}
				return answer(test.code, fmt.Sprintf(`{"type":"error.list","request_id":"r1","errors":[{"code":%q,"message":"No."}]}`, test.body))
			}
			err := w.destination.sync(w.connector, w.configuration)
			if status.Code(err) != test.want || !strings.Contains(err.Error(), "message engagement, ") || !strings.Contains(err.Error(), test.says) || len(w.destination.tasks) > 0 != test.task {
				t.Errorf("%d: %v, tasks %q", test.code, err, w.destination.tasks)
			}
			w.equalsTruth("call")
			w.intercept = nil
			w.sync()
			w.engagement(w.floorOf(), 30*day)
		})
	}
	revoked := func(o *sandbox.Options) {
		o.Faults = faults.OnNth("GET /export/content/data/{job_identifier}", 0, faults.TokenRevoked)
	}
	inMailing(t, revoked, func(w *world) {
		err := w.destination.sync(w.connector, w.configuration)
		if status.Code(err) != codes.Unauthenticated || len(w.destination.tasks) != 1 {
			t.Errorf("a revoked token: %v, tasks %q", err, w.destination.tasks)
		}
	})
}

// A job that an earlier sync left is taken up, also while it is still active.
func TestEngagementJobIsTakenUp(t *testing.T) {
	slow := func(o *sandbox.Options) {
		o.JobTime = func(dataset string, _ int, _ time.Duration) time.Duration {
			if dataset == "message_data" {
				return 40 * time.Minute
			}
			return time.Second
		}
	}
	inMailing(t, slow, func(w *world) {
		w.set("initial_start_time", monday.Add(-20*day).Format(time.RFC3339), "lookups", "none")
		for w.destination.checkpoints == 0 || !strings.Contains(w.destination.state, `"looked_back"`) {
			w.destination.cutAfter = 4
			_ = w.destination.sync(w.connector, w.configuration)
			if time.Since(monday) > 5*time.Hour {
				t.Fatalf("no end in sight: %s", w.destination.state)
			}
			w.destination.cutAfter = 0
			if strings.Contains(w.destination.state, `"job"`) {
				time.Sleep(50 * time.Minute)
				w.sync()
			}
		}
		if n := w.sandbox.Stats().Calls["POST /export/content/data"]; n > 2 {
			t.Errorf("%d jobs, and the first would have done", n)
		}
		w.engagement(w.floorOf(), 30*day)
	})
}

// openings are receipts of sixty days, an hour and a half apart, two of three of which
// are opened up to thirty days later.
func openings(o *sandbox.Options) {
	o.Receipts = nil
	for i := range 960 {
		sent := monday.Add(time.Duration(i-958) * 90 * time.Minute)
		r := sandbox.Receipt{ID: fmt.Sprint(7000 + i), Sent: sent}
		if i%3 > 0 {
			r.Events = []sandbox.Event{{Name: "open", At: sent.Add(time.Duration(i%30)*day + time.Hour)}}
		}
		o.Receipts = append(o.Receipts, r)
	}
}

// Intercom exports the first rows of a job only. In the order of their sending those
// that come are whole, and another job goes on after them: nothing is lost, however
// many there are.
func TestEngagementBeyondTheLimit(t *testing.T) {
	for _, most := range []int{301, 90} {
		inMailing(t, func(o *sandbox.Options) { openings(o); o.MessageLimit = most }, func(w *world) {
			w.connector.options.mostMessages = int64(most)
			for range 3 {
				w.destination.cutAfter = 12
				_ = w.destination.sync(w.connector, w.configuration)
			}
			w.destination.cutAfter = 0
			for range 3 {
				if warnings := w.sync().warnings; len(warnings) > 0 {
					t.Errorf("at most %d: warnings %q", most, warnings)
				}
				w.engagement(w.floorOf(), 30*day)
				time.Sleep(day)
			}
		})
	}
}

// Where receipts come in no order nobody can tell which are missing: shorter ranges
// are read, and one Warning a sync names what they cannot tell any more.
func TestEngagementBeyondTheLimitInNoOrder(t *testing.T) {
	inBubble(t, monday, mailing(func(o *sandbox.Options) {
		openings(o)
		o.MessageLimit, o.Dialect = 301, []string{"messages-shuffled"}
	}), func(w *world) {
		w.set("dataset_id", "call", "engagement", "on", "initial_start_time", "2026-01-08")
		w.connector.options.mostMessages = 301
		for range 3 {
			warnings := w.sync().warnings
			if len(warnings) != 1 || !strings.Contains(warnings[0], "cannot be told any more") || !strings.Contains(warnings[0], "of messages sent from 2026-0") {
				t.Errorf("warnings %q", warnings)
			}
			w.engagement(w.floorOf(), 12*day)
			time.Sleep(day)
		}
	})
}

// Jobs that fail for their length are made shorter; a workspace in which all fail
// keeps its state, and loses nothing.
func TestEngagementJobsFail(t *testing.T) {
	var failing bool
	long := 40 * day
	inMailing(t, func(o *sandbox.Options) {
		o.JobTime = func(dataset string, _ int, span time.Duration) time.Duration {
			if dataset == "message_data" && (failing || span > long) {
				return 100 * 24 * time.Hour
			}
			return time.Second
		}
	}, func(w *world) {
		w.connector.options.Timeouts.Job = time.Minute
		if warnings := w.sync().warnings; len(warnings) > 0 {
			t.Errorf("ranges of forty days hold the look-back: %q", warnings)
		}
		w.engagement(w.floorOf(), 30*day)
	})
}

// An export without a file of receipts is asked for again, and in the end refused by
// name: nothing of it is believed.
func TestEngagementWithoutReceipts(t *testing.T) {
	inMailing(t, nil, func(w *world) {
		w.intercept = func(r *http.Request) *http.Response {
			if !strings.HasPrefix(r.URL.Path, "/download/content/data/") {
				return nil
			}
			var file strings.Builder
			archive := zip.NewWriter(&file)
			if f, err := archive.Create("open_2026-01-01.csv"); err == nil {
				_, _ = io.WriteString(f, "receipt_id,opened_at\n")
			}
			_ = archive.Close()
			return answer(200, file.String())
		}
		err := w.destination.sync(w.connector, w.configuration)
		if err == nil || !strings.Contains(err.Error(), "message engagement, ") || !strings.Contains(err.Error(), "without a file of receipts") {
			t.Errorf("got %v", err)
		}
		w.equalsTruth("call")
		w.intercept = nil
		w.sync()
		w.engagement(w.floorOf(), 30*day)
	})
}

// Tables and columns that are not selected are not sent; without both no job runs.
func TestEngagementSelection(t *testing.T) {
	inMailing(t, nil, func(w *world) {
		sync := func(tables ...*sdk.TableSelection) {
			t.Helper()
			selected := &sdk.TablesWithNoSchema{Tables: append(tables, &sdk.TableSelection{Included: true, TableName: "call", IncludeNewColumns: true})}
			if err := w.destination.syncSelected(w.connector, w.configuration, &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: selected}}); err != nil {
				t.Fatal(err)
			}
		}
		sync()
		if n := w.sandbox.Stats().Calls["POST /export/content/data"]; n > 0 {
			t.Errorf("%d jobs for nobody", n)
		}
		sync(&sdk.TableSelection{Included: true, TableName: "message_event", Columns: map[string]bool{"details": false, "receipt_id": false}, IncludeNewColumns: true})
		for _, row := range w.destination.tables["message_event"] {
			if row["receipt_id"] == nil || row["details"] != nil || row["occurred_at"] == nil {
				t.Fatalf("got %v", row)
			}
		}
		if len(w.destination.tables["message_event"]) == 0 || len(w.destination.tables["message_receipt"]) > 0 {
			t.Errorf("%d events, %d receipts", len(w.destination.tables["message_event"]), len(w.destination.tables["message_receipt"]))
		}
	})
}
