package operator

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/exporttest"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/workspace"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/sandbox"
)

const day = 24 * time.Hour

// monday is when most tests begin.
var monday = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// exporting is a workspace and a lake, in memory unless a test wants it in a folder,
// in a bubble of synctest where time stands still until everyone waits.
type exporting struct {
	t        testing.TB
	sandbox  *sandbox.Sandbox
	store    lake.Store
	values   map[string]string
	options  workspace.Options
	exports  Exports
	warnings []string
	days     []string // published by the last run, table and date
	// intercept, where it is given, answers a call in the workspace's place, or
	// gives nil.
	intercept func(*http.Request) *http.Response
}

func exportInBubble(t *testing.T, begin time.Time, options sandbox.Options, test func(*exporting)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(begin))
		box := sandbox.New(options)
		transport, stop := box.InMemory()
		defer func() { _ = stop() }()
		e := &exporting{t: t, sandbox: box, store: &storetest.Memory{}, values: map[string]string{"access_token": "sandbox-token", "base_url": "http://127.0.0.1"}}
		e.options.Transport = interceptor{e, transport}
		test(e)
	})
}

type interceptor struct {
	to   *exporting
	next http.RoundTripper
}

func (i interceptor) RoundTrip(r *http.Request) (*http.Response, error) {
	if i.to.intercept != nil {
		if response := i.to.intercept(r); response != nil {
			response.Request = r
			return response, nil
		}
	}
	return i.next.RoundTrip(r)
}

func answer(code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func (e *exporting) set(pairs ...string) *exporting {
	for i := 0; i+1 < len(pairs); i += 2 {
		e.values[pairs[i]] = pairs[i+1]
	}
	return e
}

func (e *exporting) lake() *lake.Lake { return lake.New(e.store, lake.Options{Workspace: "sandbox"}) }

// inFolder moves the lake, which must be empty, to a folder.
func (e *exporting) inFolder() (root string) {
	e.t.Helper()
	root = e.t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		e.t.Fatal(err)
	}
	e.store = store
	return root
}

// run lands the exports once.
func (e *exporting) run(ctx context.Context) error {
	settings, err := configuration.Parse(e.values)
	if err != nil {
		return err
	}
	w, err := workspace.Connect(ctx, settings, e.options)
	if err != nil {
		return err
	}
	defer w.Close()
	o := e.exports
	e.warnings, e.days = nil, nil
	o.OnWarning = func(message string) { e.warnings = append(e.warnings, message) }
	o.OnPublish = func(p lake.Publication) { e.days = append(e.days, p.Table+" "+p.Dt) }
	return Export(ctx, e.lake(), w, o)
}

func (e *exporting) mustRun() {
	e.t.Helper()
	if err := e.run(context.Background()); err != nil {
		e.t.Fatal(err)
	}
}

// rows are a table's rows as readers see them, by day.
func (e *exporting) rows(table string) map[string][]map[string]any {
	e.t.Helper()
	l := e.lake()
	all, err := l.Publications(context.Background())
	if err != nil {
		e.t.Fatal(err)
	}
	found := map[string][]map[string]any{}
	for _, p := range all {
		if p.Table != table {
			continue
		}
		found[p.Dt] = []map[string]any{}
		for _, part := range p.Parts {
			err := l.Scan(context.Background(), part, func(line []byte) error {
				row := map[string]any{}
				found[p.Dt] = append(found[p.Dt], row)
				return json.Unmarshal(line, &row)
			})
			if err != nil {
				e.t.Fatal(err)
			}
		}
		if int(p.Rows) != len(found[p.Dt]) {
			e.t.Errorf("%s %s: %d rows, published are %d", table, p.Dt, len(found[p.Dt]), p.Rows)
		}
	}
	return found
}

// differences are where a table and the workspace part, at most five. since is
// the first day.
func (e *exporting) differences(dataset string, zone *time.Location, since string) []string {
	truth := map[string]int{}
	for row := range e.sandbox.Truth(dataset) {
		if dt := plan.DayOf(row.Time, zone).Date; dt >= since {
			var values []string
			for _, name := range slices.Sorted(maps.Keys(row.Values)) {
				_, id, _ := strings.Cut(name, ".")
				if v := row.Values[name]; v != "" && !strings.HasSuffix(id, "_at") {
					values = append(values, id+"="+v)
				}
			}
			truth[dt+" "+row.Time.UTC().Format(time.DateTime)+" "+strings.Join(values, " ")]++
		}
	}
	var found []string
	for dt, rows := range e.rows(dataset) {
		for _, row := range rows {
			var values []string
			at := ""
			for _, name := range slices.Sorted(maps.Keys(row)) {
				switch {
				case strings.HasSuffix(name, "_at"):
					at = fmt.Sprint(row[name])
				case name != "occurrence":
					values = append(values, name+"="+fmt.Sprint(row[name]))
				}
			}
			line := dt + " " + at + " " + strings.Join(values, " ")
			if truth[line]--; truth[line] < 0 {
				found = append(found, dataset+" holds a row that the workspace does not: "+line)
			}
		}
	}
	for line, n := range truth {
		if n > 0 {
			found = append(found, dataset+" lacks a row of the workspace: "+line)
		}
	}
	slices.Sort(found)
	return found[:min(len(found), 5)]
}

// hourlyCalls is a dataset of tests: a call an hour, from a start.
func hourlyCalls(start time.Time, n int) sandbox.Dataset {
	d := sandbox.Dataset{
		ID: "call", TimeAttribute: "call_initiated_at",
		Attributes: []sandbox.Attribute{{QualifiedID: "call.call_id"}, {QualifiedID: "timestamp.call_initiated_at"}, {QualifiedID: "call.call_state"}},
	}
	for i := range n {
		d.Rows = append(d.Rows, sandbox.Row{
			Time:   start.Add(time.Duration(i) * time.Hour),
			Values: map[string]string{"call.call_id": fmt.Sprintf("c%05d", i), "call.call_state": "Completed"},
		})
	}
	return d
}

// A year of one dataset takes at most 60 jobs at two seconds each.
func TestAYearTakesFewJobs(t *testing.T) {
	options := sandbox.Options{
		Timezone: "America/New_York", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-366*day), 366*24)},
		JobTime: func(string, int, time.Duration) time.Duration { return 2 * time.Second },
	}
	exportInBubble(t, monday, options, func(e *exporting) {
		e.set("dataset_id", "call", "initial_start_time", "2025-03-09")
		e.mustRun()
		newYork, _ := time.LoadLocation("America/New_York")
		for _, d := range e.differences("call", newYork, "2025-03-09") {
			t.Error(d)
		}
		stats := e.sandbox.Stats()
		if n := len(e.rows("call")); n != 366 || stats.Jobs > 60 || stats.PeakPending > 4 {
			t.Errorf("%d days, %d jobs, %d at once", n, stats.Jobs, stats.PeakPending)
		}
		t.Logf("a year: %d jobs", stats.Jobs)
	})
}

// A run reads the new rows, yesterday again, and once a day the look-back, so that
// late changes reach the lake; each day is replaced whole.
func TestLateChangesReachTheLake(t *testing.T) {
	d := hourlyCalls(monday.Add(-20*day), 40*24)
	d.Rows[18*24].Changes = []sandbox.Change{{At: monday.Add(5 * day), Set: map[string]string{"call.call_state": "Reassigned"}}}
	exportInBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(e *exporting) {
		e.set("dataset_id", "call", "lookback_days", "10", "initial_start_time", "2026-02-20")
		for range 4 {
			e.mustRun()
			time.Sleep(day)
		}
		time.Sleep(2 * day)
		before := e.sandbox.Stats().Jobs
		e.mustRun()
		for _, d := range e.differences("call", time.UTC, "2026-02-20") {
			t.Error(d)
		}
		if jobs := e.sandbox.Stats().Jobs - before; jobs != 1 {
			t.Errorf("%d jobs for new rows, yesterday and the look-back", jobs)
		}
		time.Sleep(time.Hour)
		e.mustRun()
		if diff := cmp.Diff([]string{"call 2026-03-15"}, e.days); diff != "" {
			t.Errorf("an hour later, only the day that runs has news: %s", diff)
		}
		e.exports.Since = time.Date(2026, 2, 18, 0, 0, 0, 0, time.UTC)
		e.mustRun()
		for _, d := range e.differences("call", time.UTC, "2026-02-18") {
			t.Error("an earlier start: " + d)
		}
	})
}

// A day exported before it is over, or within an hour after, by a job that takes
// fifty minutes, is not complete: rows may have appeared since the job was
// enqueued. The next run reads it again.
func TestADayIsAsOldAsItsJob(t *testing.T) {
	d := hourlyCalls(monday.Add(-5*day), 5*24+11)
	late := sandbox.Row{Time: time.Date(2026, 3, 9, 23, 50, 0, 0, time.UTC), Visible: time.Date(2026, 3, 10, 0, 40, 0, 0, time.UTC), Values: map[string]string{"call.call_id": "late", "call.call_state": "Completed"}}
	d.Rows = append(d.Rows, late)
	options := sandbox.Options{
		Timezone: "UTC", Datasets: []sandbox.Dataset{d}, RowsAtEnqueue: true,
		JobTime: func(string, int, time.Duration) time.Duration { return 50 * time.Minute },
	}
	exportInBubble(t, time.Date(2026, 3, 10, 0, 15, 0, 0, time.UTC), options, func(e *exporting) {
		e.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", "2026-03-08")
		e.mustRun()
		if e.complete("call", "2026-03-09") {
			t.Error("the day is complete without the row that appeared meanwhile")
		}
		time.Sleep(2 * time.Hour)
		e.mustRun()
		if !e.complete("call", "2026-03-09") {
			t.Error("the day is not complete hours later")
		}
		for _, d := range e.differences("call", time.UTC, "2026-03-08") {
			t.Error(d)
		}
	})
}

// A day that came with so few rows that it was doubted is read again on another day,
// also without a look-back: its rows are not left out because the cursor is past them.
func TestADoubtedDayIsReadAgain(t *testing.T) {
	d := hourlyCalls(monday.Add(-day), 4*24)
	for i := range d.Rows {
		d.Rows[i].Time = monday.Add(-day + time.Duration(i)*10*time.Minute)
	}
	exportInBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}, Body: sandbox.Plain}, func(e *exporting) {
		e.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", "2026-03-08")
		e.mustRun()
		e.intercept = func(r *http.Request) *http.Response {
			if !strings.HasPrefix(r.URL.Path, "/download/") {
				return nil
			}
			few := answer(200, "call_id,call_initiated_at,call_state\n")
			few.Header.Set("Content-Type", "text/csv")
			return few
		}
		time.Sleep(14 * time.Hour)
		e.mustRun()
		if !slices.ContainsFunc(e.warnings, func(w string) bool { return strings.Contains(w, "call of 2026-03-09 came with 0 rows") }) {
			t.Fatalf("warnings %q", e.warnings)
		}
		e.intercept = nil
		for range 2 {
			time.Sleep(day)
			e.mustRun()
		}
		for _, d := range e.differences("call", time.UTC, "2026-03-08") {
			t.Error(d)
		}
		if p, _, _ := e.lake().Published(context.Background(), "call", "2026-03-09"); !p.Complete {
			t.Error("the day is not complete")
		}
		before := e.sandbox.Stats().Jobs
		e.mustRun()
		if jobs := e.sandbox.Stats().Jobs - before; jobs != 1 {
			t.Errorf("%d jobs when the doubt is over", jobs)
		}
	})
}

func (e *exporting) complete(table, dt string) bool {
	p, found, err := e.lake().Published(context.Background(), table, dt)
	if err != nil || !found {
		e.t.Errorf("%s %s: found %v, %v", table, dt, found, err)
	}
	return p.Complete
}

// One dataset that fails does not stop the others; the error names it, and the
// next run goes on with it.
func TestOneDatasetFails(t *testing.T) {
	other := hourlyCalls(monday.Add(-3*day), 72)
	other.ID = "conversation_state"
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{other, hourlyCalls(monday.Add(-3*day), 72)}}
	exportInBubble(t, monday, options, func(e *exporting) {
		e.set("dataset_id", "all", "initial_start_time", "2026-03-07")
		e.intercept = func(r *http.Request) *http.Response {
			body := ""
			if r.GetBody != nil {
				reader, _ := r.GetBody()
				text, _ := io.ReadAll(reader)
				body = string(text)
			}
			if strings.Contains(body, `"dataset_id":"call"`) {
				return answer(400, `{"type":"error.list","request_id":"r1","errors":[{"code":"bad_request","message":"no"}]}`)
			}
			return nil
		}
		err := e.run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "dataset call, ") || strings.Contains(err.Error(), "conversation_state") {
			t.Errorf("got %v", err)
		}
		for _, d := range e.differences("conversation_state", time.UTC, "2026-03-07") {
			t.Error(d)
		}
		e.intercept = nil
		e.mustRun()
		for _, d := range e.differences("call", time.UTC, "2026-03-07") {
			t.Error(d)
		}
	})
}

// twoYears makes TestAKilledLoadGoesOn load two years of all datasets, which takes
// minutes, and not two months.
var twoYears = flag.Bool("two-years", false, "load two years in TestAKilledLoadGoesOn")

// A load that is killed again and again ends equal to one that was never
// disturbed, and reads no day twice but those that were open.
func TestAKilledLoadGoesOn(t *testing.T) {
	loaded, between := loadDays, loadDays*time.Second/12
	if *twoYears {
		loaded, between = 728, 18*time.Second
	}
	options := sandbox.Options{
		Timezone: "America/New_York", RowsPerDay: 4, Epoch: monday.Add(-730 * day),
		JobTime: func(string, int, time.Duration) time.Duration { return 2 * time.Second },
	}
	load := func(kills int) (rows map[string]map[string][]map[string]any, published []string, jobs int) {
		exportInBubble(t, monday, options, func(e *exporting) {
			e.set("dataset_id", "all", "initial_start_time", monday.AddDate(0, 0, -loaded).Format(time.DateOnly), "lookback_days", "0")
			random := rand.New(rand.NewPCG(7, uint64(kills)))
			for range kills {
				ctx, cancel := context.WithTimeout(context.Background(), between/2+time.Duration(random.Int64N(int64(between))))
				err := e.run(ctx)
				cancel()
				if err == nil {
					t.Error("the load was over before it was killed")
				}
				published = append(published, e.days...)
			}
			e.mustRun()
			published = append(published, e.days...)
			rows = map[string]map[string][]map[string]any{}
			tables, err := e.lake().Publications(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range tables {
				if rows[p.Table] == nil {
					rows[p.Table] = e.rows(p.Table)
				}
			}
			jobs = e.sandbox.Stats().Jobs
		})
		return rows, published, jobs
	}
	killed, published, jobs := load(10)
	calm, _, calmJobs := load(0)
	if diff := cmp.Diff(calm, killed); diff != "" {
		t.Errorf("%.2000s", diff)
	}
	slices.Sort(published)
	twice := 0
	for i := 1; i < len(published); i++ {
		if published[i] == published[i-1] && !strings.HasSuffix(published[i], " 2026-03-09") {
			twice++
			t.Errorf("%s was read twice", published[i])
		}
	}
	t.Logf("%d table days, %d jobs, undisturbed %d; %d days twice", len(slices.Compact(published)), jobs, calmJobs, twice)
}

// Without a zone nothing is landed: days would be of a zone that is guessed.
func TestNoTimezoneIsRefused(t *testing.T) {
	exportInBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-day), 24)}}, func(e *exporting) {
		e.set("dataset_id", "call")
		e.intercept = func(r *http.Request) *http.Response {
			if r.URL.Path != "/me" {
				return nil
			}
			return answer(200, `{"type":"admin","app":{"id_code":"sandbox","timezone":null}}`)
		}
		if err := e.run(context.Background()); err == nil || !strings.Contains(err.Error(), "Intercom did not say which zone") || e.sandbox.Stats().Jobs > 0 {
			t.Errorf("%v, %d jobs", err, e.sandbox.Stats().Jobs)
		}
	})
}

// The machine goes off before each change of the lake in turn. As nothing is read
// again without a look-back, the next run must read what this one has not published.
func TestExportsDieAtEveryMoment(t *testing.T) {
	options := sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-7*day+time.Minute), 7*24)}}
	deaths := 0
	for changes, died := int64(0), true; died; changes += moments {
		exportInBubble(t, monday, options, func(e *exporting) {
			e.set("dataset_id", "call", "lookback_days", "0", "initial_start_time", "2026-03-02", "parallel_jobs", "1")
			whole, deadly := e.store, &dying{Store: e.store}
			deadly.left.Store(changes)
			e.store = deadly
			err := e.run(context.Background())
			if died = err != nil; died && !errors.Is(err, errDead) {
				t.Fatal(err)
			}
			e.store = whole
			time.Sleep(2 * time.Hour)
			e.mustRun()
			for _, d := range e.differences("call", time.UTC, "2026-03-02") {
				t.Errorf("after %d changes: %s", changes, d)
			}
			e.wellKept()
		})
		deaths++
	}
	if deaths*moments < 20 {
		t.Errorf("only %d deaths", deaths)
	}
}

// Between windows a load yields to what is due, and then goes on.
func TestExportsYield(t *testing.T) {
	exportInBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{hourlyCalls(monday.Add(-30*day+time.Minute), 31*24)}}, func(e *exporting) {
		e.set("dataset_id", "call", "initial_start_time", "2026-02-10")
		due := 3
		e.exports.Due = func() bool { due--; return due == 0 }
		if err := e.run(context.Background()); !errors.Is(err, ErrNotDone) {
			t.Fatalf("got %v", err)
		}
		e.mustRun()
		for _, d := range e.differences("call", time.UTC, "2026-02-10") {
			t.Error(d)
		}
	})
}

// manyHistories is for make torture, where the lakes are in folders; firstHistory
// is for playing them in pieces.
var (
	manyHistories = flag.Int("histories", 0, "how many histories TestExportHistories plays")
	firstHistory  = flag.Int("first", first, "the first history's seed")
)

// TestExportHistories: after any sequence of runs and kills, once runs have come
// to their end with a look-back, the lake equals the truth, day by day. Every other
// workspace speaks a mixture of dialects: there a run may also fail, if it names
// the dataset that it does not read.
func TestExportHistories(t *testing.T) {
	for seed := *firstHistory; seed < *firstHistory+max(*manyHistories, histories); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 3))
			begins := []time.Time{
				time.Date(2026, 3, 6, 15, 0, 0, 0, time.UTC),
				time.Date(2026, 10, 30, 15, 0, 0, 0, time.UTC),
				time.Date(2026, 9, 4, 3, 59, 59, 0, time.UTC), // Santiago has no midnight on the 6th
			}
			begin, days, lookback := begins[random.IntN(len(begins))], 3+random.IntN(6), random.IntN(4)
			zones := []string{"America/New_York", "America/Santiago", "Asia/Kathmandu"}
			zone, err := time.LoadLocation(zones[random.IntN(len(zones))])
			if err != nil {
				t.Fatal(err)
			}
			within := func(most time.Duration) time.Duration {
				return time.Duration(random.Int64N(int64(most))).Truncate(time.Second)
			}
			still := begin.Add(time.Duration(days)*day + 12*time.Hour)
			dataset := hourlyCalls(begin, 0)
			for i := range 60 {
				at := begin.Add(-day + within(time.Duration(days+1)*day)).Truncate(time.Second)
				if random.IntN(5) == 0 {
					at = at.Truncate(time.Hour)
				}
				row := sandbox.Row{Time: at, Visible: at.Add(within(20 * time.Minute)), Values: map[string]string{"call.call_id": strconv.Itoa(i), "call.call_state": "Open"}}
				if change := at.Add(within(time.Duration(max(lookback, 1)) * day)); lookback > 0 && random.IntN(2) == 0 && change.Before(still) {
					row.Changes = []sandbox.Change{{At: change, Set: map[string]string{"call.call_state": "Closed"}}}
				}
				dataset.Rows = append(dataset.Rows, row)
			}
			options := sandbox.Options{
				Timezone: zone.String(), Datasets: []sandbox.Dataset{dataset}, Body: sandbox.Plain,
				ExclusiveEnd: random.IntN(2) == 0, RowsAtEnqueue: random.IntN(2) == 0,
				JobTime: func(_ string, rows int, span time.Duration) time.Duration {
					return time.Duration(1+(rows*977+int(span.Seconds()))%5000) * time.Millisecond
				},
			}
			if seed%2 == 1 {
				options.Dialect = []string{fmt.Sprintf("all-mixed=%d", random.Uint64())}
			}
			exportInBubble(t, begin, options, func(e *exporting) {
				if *manyHistories > 0 {
					e.inFolder()
				}
				mixed := seed%2 == 1
				refused := func(err error) {
					if !mixed || !strings.Contains(err.Error(), "dataset ") {
						t.Fatalf("%v; dialects %q", err, e.sandbox.Dialect())
					}
				}
				since := plan.DayOf(begin.Add(-20*time.Hour), zone).Date
				e.set("dataset_id", "call", "lookback_days", strconv.Itoa(lookback), "initial_start_time", since, "parallel_jobs", strconv.Itoa(1+random.IntN(5)))
				for time.Now().Before(begin.Add(time.Duration(days) * day)) {
					ctx, cancel := context.WithCancel(context.Background())
					if random.IntN(2) == 0 {
						ctx, cancel = context.WithTimeout(context.Background(), within(8*time.Second))
					}
					err := e.run(ctx)
					if err != nil && ctx.Err() == nil {
						refused(err)
					}
					cancel()
					time.Sleep(within(20 * time.Hour))
				}
				time.Sleep(time.Until(still.Add(12 * time.Hour)))
				var o exporttest.Outcome
				for range 2 {
					if o.Err = e.run(context.Background()); o.Err != nil {
						refused(o.Err)
					}
					o.Warnings = append(o.Warnings, e.warnings...)
					time.Sleep(day)
				}
				for _, table := range e.tables() {
					for range o.Read(e.sandbox, []string{table.Of.Dataset}) {
						for _, d := range e.wrong(table, since) {
							t.Errorf("%s, look-back %d, dialects %q: %s", zone, lookback, e.sandbox.Dialect(), d)
						}
					}
				}
			})
		})
	}
}

// A round count is not believed though one of its rows is the next window's: a
// limit counts all rows of an export.
func TestRoundCountWithANeighboursRow(t *testing.T) {
	d := hourlyCalls(monday, 1) // on the end of the window
	for i := range 9_999 {
		d.Rows = append(d.Rows, sandbox.Row{
			Time:   monday.Add(-3 * time.Hour).Add(time.Duration(i) * time.Second).Truncate(time.Second),
			Values: map[string]string{"call.call_id": strconv.Itoa(i)},
		})
	}
	exportInBubble(t, monday, sandbox.Options{Timezone: "UTC", Datasets: []sandbox.Dataset{d}}, func(e *exporting) {
		e.set("dataset_id", "call", "initial_start_time", "2026-03-09", "lookback_days", "0")
		e.mustRun()
		if jobs, rows := e.sandbox.Stats().Jobs, len(e.rows("call")["2026-03-09"]); jobs != 7 || rows != 9_999 {
			t.Errorf("%d jobs, want the window and halves until they tell the rows apart; %d rows", jobs, rows)
		}
	})
}
