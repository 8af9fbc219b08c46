package connector

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/exporttest"
	"intercom-connector/connector/state"
	"intercom-connector/sandbox"
)

// world is a workspace and a connector that reach each other in memory, in a
// bubble of synctest where time stands still until everyone waits.
type world struct {
	t             testing.TB
	sandbox       *sandbox.Sandbox
	connector     *Connector
	destination   *destination
	configuration map[string]string
	// skew is how far the connector's clock is ahead of the workspace's.
	skew time.Duration
	// intercept, where it is given, answers a call in the workspace's place, or
	// gives nil. It is asked for one call at a time.
	intercept   func(*http.Request) *http.Response
	intercepted sync.Mutex
	// leftOut are conversations of which neither the truth nor a table is looked at.
	leftOut map[string]bool
}

// RoundTrip carries the connector's calls.
type interceptor struct {
	*world
	next http.RoundTripper
}

func (i interceptor) RoundTrip(r *http.Request) (*http.Response, error) {
	if response := i.inItsPlace(r); response != nil {
		response.Request = r
		return response, nil
	}
	return i.next.RoundTrip(r)
}

// inItsPlace is the answer in the workspace's place, or nil.
func (i interceptor) inItsPlace(r *http.Request) *http.Response {
	i.intercepted.Lock()
	defer i.intercepted.Unlock()
	if i.intercept == nil {
		return nil
	}
	return i.intercept(r)
}

// answer is a response of so much.
func answer(code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, Status: http.StatusText(code), ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// asksFor says whether a call enqueues an export of a dataset.
func asksFor(r *http.Request, dataset string) bool {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/enqueue") {
		return false
	}
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	text, err := io.ReadAll(body)
	return err == nil && strings.Contains(string(text), `"dataset_id":"`+dataset+`"`)
}

// inBubble runs a test in a world of its own, which begins at that moment.
func inBubble(t *testing.T, begin time.Time, options sandbox.Options, test func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(begin))
		workspace := sandbox.New(options)
		transport, stop := workspace.InMemory()
		defer func() { _ = stop() }()
		w := &world{
			t: t, sandbox: workspace, destination: newDestination(t),
			configuration: map[string]string{"access_token": "sandbox-token", "base_url": "http://127.0.0.1"},
		}
		w.connector = New(Options{AllowBaseURL: true, Transport: interceptor{w, transport}, Now: func() time.Time { return time.Now().Add(w.skew) }})
		test(w)
	})
}

// set changes the configuration.
func (w *world) set(pairs ...string) *world {
	for i := 0; i+1 < len(pairs); i += 2 {
		w.configuration[pairs[i]] = pairs[i+1]
	}
	return w
}

// sync runs one sync that must succeed.
func (w *world) sync() *destination {
	w.t.Helper()
	if err := w.destination.sync(w.connector, w.configuration); err != nil {
		w.t.Fatalf("sync: %v", err)
	}
	return w.destination
}

// equalsTruth compares a dataset's table with the workspace, row by row.
func (w *world) equalsTruth(id string) {
	w.t.Helper()
	for _, difference := range w.differences(id) {
		w.t.Error(difference)
	}
}

// view is a part of a table: the columns of those names, nil for all, and the rows
// from a time on.
type view struct {
	columns func(name string) bool
	since   time.Time
}

// sameAs compares a part of a dataset's table with the workspace.
func (w *world) sameAs(id string, part view) {
	w.t.Helper()
	for _, difference := range w.differencesIn(id, part) {
		w.t.Error(difference)
	}
}

// differences are where a table and the workspace part, at most five.
func (w *world) differences(id string) []string { return w.differencesIn(id, view{}) }

func (w *world) differencesIn(id string, part view) []string {
	schema, err := w.connector.open(context.Background(), w.configuration, nil)
	if err != nil {
		return []string{err.Error()}
	}
	defer schema.Close()
	all, err := schema.Schema(context.Background())
	if err != nil {
		return []string{err.Error()}
	}
	i := slices.IndexFunc(all.Tables, func(t *dataset.Table) bool { return t.Dataset == id })
	t := exporttest.Table{Of: all.Tables[i], Zone: schema.Zone, Keyed: true}
	if part.columns != nil {
		t = t.Only(part.columns)
	}
	clock := slices.IndexFunc(all.Tables[i].Columns, func(c dataset.Column) bool { return c.Time })
	got := map[string]int{}
	for _, row := range w.destination.tables[t.Of.Name] {
		at := row[all.Tables[i].Columns[clock].Name].GetUtcDatetime().AsTime()
		if w.leftOut[textOf(row["conversation_id"])] || at.Before(part.since) {
			continue
		}
		got[t.Line(func(column string, _ csv.Kind) string { return textOf(row[column]) })]++
	}
	return t.Differences(t.Of.Name, func(yield func(sandbox.Row) bool) {
		floor := w.floor(id)
		for row := range w.sandbox.Truth(id) {
			if row.Time.Unix() >= floor && !row.Time.Before(part.since) && !w.leftOut[row.Values["standard.conversation_id"]] && !yield(row) {
				return
			}
		}
	}, got)
}

// floor is where the reading of a dataset begins: the truth before it is not
// the table's.
func (w *world) floor(id string) int64 {
	s, err := state.Parse(w.destination.state)
	if err != nil || s == nil {
		return 0
	}
	return s.Datasets[id].Floor
}
