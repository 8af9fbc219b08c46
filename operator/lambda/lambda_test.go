package lambda_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lambda"
	"intercom-connector/operator/lambda/lambdatest"
	"intercom-connector/sandbox"
)

const (
	token   = "a-token-that-nobody-may-see"
	plenty  = 15 * time.Minute
	briefly = 5 * time.Second // of which two are the reserve
)

// world is a workspace, with a gate before its companies and lists that stop
// after some pages, and a lake.
type world struct {
	*cloud
	*sandbox.Sandbox
	base, lake string
	past       atomic.Int64 // since the test began, as the workspace sees it
	began      time.Time

	mu    sync.Mutex
	gate  chan struct{} // nil: open
	seen  map[string]int
	knock chan struct{}  // hears of a request before the closed gate
	left  map[string]int // pages of a list that are still let through, by path
}

func newWorld(t *testing.T) *world { return newWorldIn(t, "UTC") }

// newWorldIn is a world whose workspace is in a zone.
func newWorldIn(t *testing.T, zone string) *world {
	w := &world{cloud: startCloud(t), lake: t.TempDir(), began: time.Now(), seen: map[string]int{}, knock: make(chan struct{}, 1000)}
	w.Sandbox = sandbox.New(sandbox.Options{
		Token: token, Contacts: 300, Companies: 40, Now: w.now, Timezone: zone, RateLimit: 1 << 30,
		JobTime: func(string, int, time.Duration) time.Duration { return 0 },
	})
	w.base = lambdatest.Serve(t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		gate := w.gate
		w.seen[r.Method+" "+r.URL.Path]++
		left, stops := w.left[r.URL.Path]
		if stops {
			w.left[r.URL.Path]--
		}
		w.mu.Unlock()
		if stops && left <= 0 {
			w.knock <- struct{}{}
			<-r.Context().Done()
			return
		}
		if gate != nil && strings.HasPrefix(r.URL.Path, "/companies") {
			w.knock <- struct{}{}
			select {
			case <-gate:
			case <-r.Context().Done():
			}
			if r.Context().Err() != nil {
				return
			}
		}
		w.ServeHTTP(out, r)
	}))
	return w
}

// now stands still, so that the workspace does.
func (w *world) now() time.Time { return w.began.Add(time.Duration(w.past.Load())) }

func (w *world) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gate = make(chan struct{})
}

// open also lets the workspace forget a scroll: a call that was cut off at the
// gate may have begun one.
func (w *world) open() {
	w.past.Add(int64(2 * time.Minute))
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.gate)
	w.gate = nil
}

func (w *world) calls(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[what]
}

func (w *world) function(more map[string]string) *lambdatest.Environment {
	env := map[string]string{"OPERATOR_OUTPUT": w.lake, "INTERCOM_BASE_URL": w.base}
	for name, value := range more {
		env[name] = value
	}
	return w.start(env)
}

// result wants that of an invocation that did not fail.
func result(t *testing.T, a lambdatest.Answer) lambda.Result {
	t.Helper()
	var r lambda.Result
	if err := json.Unmarshal([]byte(a.Body), &r); err != nil || !a.OK {
		t.Fatalf("the invocation failed: %s", a.Body)
	}
	return r
}

// sound wants the lake to hold what an undisturbed snapshot of the same moment
// holds, row counts by table, with nothing left beside it but what exports bring.
func (w *world) sound(t *testing.T) []lake.Publication {
	t.Helper()
	ctx := context.Background()
	got := slices.DeleteFunc(publications(t, w.lake), func(p lake.Publication) bool { // what the exports bring
		return !slices.ContainsFunc(tables.All(), func(t tables.Table) bool { return t.Name == p.Table })
	})
	v, err := audit.Verify(ctx, lakeIn(t, w.lake))
	if err != nil || len(v.Problems) > 0 || v.Unpublished > 0 {
		t.Errorf("the lake is not sound: %+v, %v", v, err)
	}
	client, err := intercom.New(intercom.Config{Token: token, BaseURL: w.base})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	out, err := operator.Take(ctx, lakeIn(t, t.TempDir()), membership.Config{Client: client}, membership.Begin(w.now(), time.UTC), operator.Snapshot{})
	if err != nil {
		t.Fatal(err)
	}
	want := out.Publications
	rows := map[string]int64{}
	for _, p := range got {
		rows[p.Table] = p.Rows
		if !p.Complete {
			t.Errorf("%s is not complete", p.Table)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables are published, want %d", len(got), len(want))
	}
	for _, p := range want {
		if rows[p.Table] != p.Rows {
			t.Errorf("%s has %d rows, want %d", p.Table, rows[p.Table], p.Rows)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.lake, "_runs", "*")); len(left) > 0 {
		t.Errorf("notes are left: %q", left)
	}
	return got
}

func lakeIn(t *testing.T, root string) *lake.Lake {
	t.Helper()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return lake.New(store, lake.Options{})
}

func publications(t *testing.T, folder string) []lake.Publication {
	t.Helper()
	all, err := lakeIn(t, folder).Publications(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestADayInOneTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(nil)
	first := result(t, f.Call(`{}`, plenty))
	if first.Outcome != lambda.OutcomePublished || first.Tables != 9 || !first.Complete || first.Day != w.now().UTC().Format(time.DateOnly) {
		t.Errorf("the first event came to %+v", first)
	}
	was := w.sound(t)
	contacts := w.calls("GET /contacts")
	if twice := result(t, f.Call(`{}`, plenty)); twice.Outcome != lambda.OutcomeIdle || !twice.Complete {
		t.Errorf("the same event again came to %+v", twice)
	}
	doubted := was[0]
	doubted.Complete = false
	text, err := json.Marshal(doubted)
	if err == nil {
		err = os.WriteFile(filepath.Join(w.lake, doubted.Key()), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if late := result(t, f.Call(`{"day":"`+first.Day+`"}`, plenty)); late.Outcome != lambda.OutcomeIdle || late.Complete {
		t.Errorf("a day that is published and not complete came to %+v", late)
	}
	if w.calls("GET /contacts") != contacts {
		t.Error("the same event again read the workspace again")
	}
	if again := result(t, f.Call(`{"again":true}`, plenty)); again.Outcome != lambda.OutcomePublished || again.Rows != first.Rows {
		t.Errorf("a demand to do it again came to %+v", again)
	}
	if is := w.sound(t); is[0].Run == was[0].Run {
		t.Error("a demand to do it again left the old run in place")
	}
	if w.asked != 1 {
		t.Errorf("the secret was read %d times, want once", w.asked)
	}
	if strings.Contains(f.Output.String(), token) {
		t.Error("the log shows the token")
	}
	checkMetrics(t, f.Output.String(), first)
	if past := f.Call(`{"day":"2026-01-01"}`, plenty); past.OK || !strings.Contains(past.Body, "it is missed") {
		t.Errorf("going on with a day that nobody began came to %+v", past)
	}
}

// TestTheDayIsIntercoms: by its clock, and in the workspace's zone, whatever this
// machine's clock says.
func TestTheDayIsIntercoms(t *testing.T) {
	t.Parallel()
	w := newWorldIn(t, "Pacific/Auckland")
	late := w.began.UTC().Truncate(24 * time.Hour).Add(47 * time.Hour) // tomorrow at 23:00 UTC: there it is the day after
	w.past.Store(int64(late.Sub(w.began)))
	r := result(t, w.function(map[string]string{"OPERATOR_TABLES": "tag"}).Call(`{}`, plenty))
	if want := late.AddDate(0, 0, 1).Format(time.DateOnly); r.Outcome != lambda.OutcomePublished || r.Day != want {
		t.Errorf("%+v, want the day %s", r, want)
	}
}

// checkMetrics reads the first invocation's line as CloudWatch does.
func checkMetrics(t *testing.T, output string, of lambda.Result) {
	t.Helper()
	for line := range strings.Lines(output) {
		var m struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
		}
		values := map[string]any{}
		if !strings.Contains(line, `"_aws"`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			t.Fatal(err)
		}
		if len(m.AWS.CloudWatchMetrics) != 1 || m.AWS.CloudWatchMetrics[0].Namespace != lambda.Namespace || values["FunctionName"] != lambdatest.FunctionName || m.AWS.Timestamp == 0 {
			t.Errorf("not metrics: %s", line)
		}
		for _, metric := range m.AWS.CloudWatchMetrics[0].Metrics {
			if _, isNumber := values[metric.Name].(float64); !isNumber {
				t.Errorf("no value for %s in %s", metric.Name, line)
			}
		}
		if values[lambda.Rows] != float64(of.Rows) || values[lambda.Published] != float64(of.Tables) || values[lambda.Calls].(float64) < 5 || values[lambda.Failures] != 0.0 {
			t.Errorf("the metrics do not tell of %+v: %s", of, line)
		}
		return
	}
	t.Errorf("no metrics in %s", output)
}

func TestADeadlineHandsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(nil)
	w.close()
	first := result(t, f.Call(`{}`, briefly))
	if first.Outcome != lambda.OutcomeHandedOver || first.Turns != 1 {
		t.Fatalf("the first turn came to %+v", first)
	}
	if all := publications(t, w.lake); len(all) != 0 {
		t.Errorf("a turn that is not the last has published %d tables", len(all))
	}
	events := w.handedOver()
	if len(events) != 1 {
		t.Fatalf("the function has invoked itself with %q", events)
	}
	w.open()
	contacts := w.calls("GET /contacts")
	second := result(t, f.Call(events[0], plenty))
	if second.Outcome != lambda.OutcomePublished || second.Turns != 2 || second.Tables != 9 {
		t.Errorf("the second turn came to %+v", second)
	}
	if w.calls("GET /contacts") != contacts {
		t.Error("the second turn has read the contacts again")
	}
	// The hand-over delivered twice, and the first event late.
	for _, event := range []string{events[0], `{}`} {
		if late := result(t, f.Call(event, plenty)); late.Outcome != lambda.OutcomeIdle {
			t.Errorf("%s, late, came to %+v", event, late)
		}
	}
	w.sound(t)
}

func TestTurnsThatComeToNothingAreGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(nil)
	w.close()
	result(t, f.Call(`{}`, briefly))
	second := f.Call(w.handedOver()[0], briefly)
	if second.OK || !strings.Contains(second.Body, "given up") || !strings.Contains(second.Body, "companies") {
		t.Errorf("a turn that read nothing to its end came to %s", second.Body)
	}
	w.open()
	third := f.Call(`{}`, plenty)
	if third.OK || !strings.Contains(third.Body, "given up") || len(w.handedOver()) != 0 {
		t.Errorf("a day that is given up was tried again: %s", third.Body)
	}
	// A call of the second turn may have come through the gate as it opened,
	// and begun a scroll that nobody reads.
	w.past.Add(int64(2 * time.Minute))
	if again := result(t, f.Call(`{"again":true}`, plenty)); again.Outcome != lambda.OutcomePublished {
		t.Errorf("a demand to do it again came to %+v", again)
	}
	w.sound(t)
}

func TestTurnsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(map[string]string{"OPERATOR_TURNS": "1"})
	w.close()
	if a := f.Call(`{}`, briefly); a.OK || !strings.Contains(a.Body, "1 runs were not enough") || len(w.handedOver()) != 0 {
		t.Errorf("the last turn allowed came to %s", a.Body)
	}
}

func TestConcurrentStartsPublishOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.function(nil)
	other := w.function(map[string]string{"OPERATOR_LOCK_WAIT_SECONDS": "0"})
	w.close()
	first := one.Send(`{}`, plenty)
	<-w.knock // the first is at work
	if second := result(t, other.Call(`{}`, plenty)); second.Outcome != lambda.OutcomeBusy {
		t.Errorf("the second of two starts came to %+v", second)
	}
	w.open()
	if r := result(t, one.Wait(first)); r.Outcome != lambda.OutcomePublished {
		t.Errorf("the first of two starts came to %+v", r)
	}
	w.sound(t)
}

// TestAnotherCommandHoldsTheLake makes an invocation fail, so that its event
// comes again: nobody else does what it asks for.
func TestAnotherCommandHoldsTheLake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(map[string]string{"OPERATOR_LOCK_WAIT_SECONDS": "0"})
	run, err := lakeIn(t, w.lake).Begin(t.Context(), []string{"contact"}, "2026-01-01", "2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{`{}`, fmt.Sprintf(`{"day":%q}`, w.now().UTC().Format(time.DateOnly))} {
		if a := f.Call(event, plenty); a.OK || !strings.Contains(a.Body, "has to wait: another run (") {
			t.Errorf("%s while an erasure runs came to %+v", event, a)
		}
	}
	if err := run.Abandon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := result(t, f.Call(`{}`, plenty)); r.Outcome != lambda.OutcomePublished {
		t.Errorf("afterwards it came to %+v", r)
	}
}

func TestAKilledTurnIsGoneOnWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.close()
	doomed := w.function(nil)
	doomed.Send(`{}`, plenty)
	<-w.knock
	// Segments, tags, contacts and contact_segments are kept as they are read.
	awaitNote(t, w.lake, `"contact_segments":{"rows"`)
	awaitNote(t, w.lake, `"contacts":{"rows"`)
	doomed.Kill()
	w.open()
	contacts := w.calls("GET /contacts")
	repeated := result(t, w.function(nil).Call(`{}`, plenty))
	if repeated.Outcome != lambda.OutcomePublished || repeated.Turns != 2 {
		t.Errorf("the repeated event came to %+v", repeated)
	}
	if w.calls("GET /contacts") != contacts {
		t.Error("the repeated event has read the contacts again")
	}
}

// awaitNote returns once the run's note holds a text.
func awaitNote(t *testing.T, lake, text string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
		notes, _ := filepath.Glob(filepath.Join(lake, "_runs", "*.json"))
		for _, name := range notes {
			if data, err := os.ReadFile(name); err == nil && strings.Contains(string(data), text) {
				return
			}
		}
	}
	t.Fatalf("no note holds %s", text)
}

func TestPoisonedEventsAreRefusedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.function(nil)
	for event, want := range map[string]string{
		`{"detail-type":"Scheduled Event"}`:  "detail-type",
		`[]`:                                 "not understood",
		`"again"`:                            "not understood",
		`{"again":"yes"}`:                    "not understood",
		`{"day":"../../etc"}`:                "../../etc",
		`{"day":"2026-02-30"}`:               "2026-02-30",
		`{"day":"2026-05-04","again":true}`:  "both",
		`{"access_token":"` + token + `xx"}`: "access_token",
	} {
		a := f.Call(event, plenty)
		if a.OK || !strings.Contains(a.Body, want) {
			t.Errorf("%s came to %s, want an error with %q", event, a.Body, want)
		}
		if strings.Contains(a.Body, token) {
			t.Errorf("the error shows the value: %s", a.Body)
		}
	}
	if a := f.Call(`{}`, time.Second); a.OK || !strings.Contains(a.Body, "timeout") {
		t.Errorf("a timeout that leaves no time came to %s", a.Body)
	}
	if all := publications(t, w.lake); len(all) != 0 {
		t.Error("a refused event has published")
	}
	if r := result(t, f.Call(`{}`, plenty)); r.Outcome != lambda.OutcomePublished {
		t.Errorf("the event after them came to %+v", r)
	}
}

func TestATokenThatWasReplacedIsReadAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.secret = "an-old-token"
	f := w.function(nil)
	if a := f.Call(`{}`, plenty); a.OK || strings.Contains(a.Body, "an-old-token") {
		t.Errorf("a token that is not accepted came to %s", a.Body)
	}
	w.cloud.mu.Lock()
	w.secret = token + "\n"
	w.cloud.mu.Unlock()
	if r := result(t, f.Call(`{}`, plenty)); r.Outcome != lambda.OutcomePublished {
		t.Errorf("after the token was replaced: %+v", r)
	}
	if out := f.Output.String(); strings.Contains(out, "an-old-token") || strings.Contains(out, token) {
		t.Error("the log shows a token")
	}
}
