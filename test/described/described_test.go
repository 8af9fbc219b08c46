package described

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/deletions"
	"intercom-connector/intercom/people"
	"intercom-connector/sandbox"
)

// watcher carries calls and holds them and their answers against the description.
type watcher struct {
	t           *testing.T
	next        http.RoundTripper
	description description
	side        string // whose calls they are: only the client's are held, not a test's
	mu          sync.Mutex
	met         map[string]bool // what differs
	called      map[string]bool // by whom and what
}

// RoundTrip carries a call.
func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	pattern, e := w.description.pattern(r.Method, r.URL.Path)
	w.mu.Lock()
	defer w.mu.Unlock()
	if e == nil {
		w.t.Errorf("%s %s is not described", r.Method, r.URL.Path)
		return w.next.RoundTrip(r)
	}
	w.called[w.side+pattern] = true
	w.request(r, pattern, e)
	res, err := w.next.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK || e.is == "file" {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	w.description.differences(valueOf(body), e.is, "sandbox "+pattern, w.tell)
	return res, err
}

// tell keeps a difference.
func (w *watcher) tell(difference string) { w.met[difference] = true }

// request holds a call against the description.
func (w *watcher) request(r *http.Request, pattern string, e *endpoint) {
	if w.side != "client " {
		return
	}
	accept := "application/json"
	if e.is == "file" {
		accept = "application/octet-stream"
	}
	for name, want := range map[string]string{"Authorization": "Bearer sandbox-token", "Intercom-Version": "2.16", "Accept": accept} {
		if r.Header.Get(name) != want {
			w.tell("client " + pattern + " header " + name)
		}
	}
	for name := range r.URL.Query() {
		if _, is := e.query[name]; !is {
			w.tell("client " + pattern + " query " + name + " not described")
		}
	}
	for name, required := range e.query {
		if required && !r.URL.Query().Has(name) {
			w.tell("client " + pattern + " query " + name + " missing")
		}
	}
	if r.Body == nil {
		if e.body != "" {
			w.tell("client " + pattern + " no body")
		}
		return
	}
	body, err := r.GetBody()
	if err != nil {
		w.t.Fatal(err)
	}
	text, _ := io.ReadAll(body)
	w.description.differences(valueOf(text), e.body, "client "+pattern, w.tell)
}

func valueOf(body []byte) (value any) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	_ = d.Decode(&value)
	return value
}

// TestAsDescribed: the client asks every endpoint that it knows, a test those that
// the sandbox plays besides. What differs from the description is known.
func TestAsDescribed(t *testing.T) {
	known := readDeviations(t)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 5, 4, 15, 30, 0, 0, time.UTC)))
		workspace := sandbox.New(sandbox.Options{RowsPerDay: 20, Contacts: 300, Companies: 150, Epoch: time.Now().Add(-72 * time.Hour)})
		transport, stop := workspace.InMemory()
		defer func() { _ = stop() }()
		w := &watcher{t: t, next: transport, description: readDescription(t), met: map[string]bool{}, called: map[string]bool{}}
		w.side = "client "
		everyCall(t, w)
		w.side = "test "
		for _, pattern := range []string{
			"GET /contacts/{id}/segments",
			"GET /companies/{id}", "GET /companies?segment_id={segment}", "GET /segments/{segment}", "GET /tags/{tag}",
		} {
			ask(t, w, workspace, pattern)
		}
		var unasked []string
		for pattern := range w.description.endpoints {
			if !w.called["client "+pattern] && !w.called["test "+pattern] {
				unasked = append(unasked, pattern)
			}
		}
		if len(unasked) > 0 {
			t.Errorf("nobody asked %q", unasked)
		}
		for _, difference := range slices.Sorted(keys(w.met)) {
			if known[difference] == "" {
				t.Errorf("%s", difference)
			}
		}
		for difference := range known {
			if !w.met[difference] {
				t.Errorf("deviations.txt excuses what does not differ: %s", difference)
			}
		}
	})
}

func keys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// everyCall makes each call of the client.
func everyCall(t *testing.T, w http.RoundTripper) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: "http://127.0.0.1", Transport: w, ClientID: "client"})
	must(err)
	me, err := client.Me(ctx)
	must(err)
	client = client.ForWorkspace(me)
	datasets, err := client.Datasets(ctx)
	must(err)
	began := time.Now()
	job, err := client.Enqueue(ctx, intercom.Export{DatasetID: datasets[0].ID, AttributeIDs: []string{datasets[0].Attributes[0].Request()}, Start: began.Add(-time.Hour), End: began})
	must(err)
	job, err = client.Await(ctx, job.ID, began)
	must(err)
	job.DownloadURL = "" // by the described address
	download, err := client.Download(ctx, job)
	must(err)
	must(download.Close())
	page, err := people.ContactsPage(ctx, client, 150, "")
	must(err)
	_, err = people.ContactsPage(ctx, client, 150, page.Next)
	must(err)
	segments, _, err := people.Segments(ctx, client)
	must(err)
	page, err = people.SearchPage(ctx, client, "segment_id", segments[0].ID, 1, "")
	must(err)
	_, err = people.SearchPage(ctx, client, "segment_id", segments[0].ID, 1, page.Next)
	must(err)
	_, _, err = people.Tags(ctx, client)
	must(err)
	_, _, err = people.ContactTags(ctx, client, page.Contacts[0].ID, 0)
	must(err)
	_, err = people.ContactExists(ctx, client, page.Contacts[0].ID)
	must(err)
	_, err = people.CompanyCount(ctx, client)
	must(err)
	_, err = people.ListCompanies(ctx, client, 0, people.MaxCompanies, true)
	must(err)
	_, err = people.Teammates(ctx, client)
	must(err)
	_, err = people.Teams(ctx, client)
	must(err)
	for _, err := range deletions.List(ctx, client, began.Add(-72*time.Hour)) {
		must(err)
	}
	messages, err := client.EnqueueContent(ctx, began.Add(-time.Hour), began)
	must(err)
	messages, err = client.AwaitContent(ctx, messages.ID, began)
	must(err)
	messages.DownloadURL = ""
	files, err := client.DownloadContent(ctx, messages)
	must(err)
	must(files.Close())
	for param, more := "", true; more; {
		companies, err := people.ScrollPage(ctx, client, param)
		must(err)
		param, more = companies.Param, len(companies.Companies) > 0
	}
}

// ask asks the sandbox for what the client does not.
func ask(t *testing.T, w http.RoundTripper, s *sandbox.Sandbox, pattern string) {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	membership := s.TruthMembership()
	first := func(ids func(func(string) bool)) (found string) {
		for id := range ids {
			return id
		}
		return ""
	}
	path = strings.NewReplacer("{segment}", segmentOf(t, w), "{tag}", tagOf(t, w)).Replace(path)
	if strings.Contains(path, "/companies/") {
		path = strings.Replace(path, "{id}", first(membership.Companies), 1)
	}
	path = strings.Replace(path, "{id}", first(membership.Contacts), 1)
	call(t, w, method, path)
}

// segmentOf is the id of a segment.
func segmentOf(t *testing.T, w http.RoundTripper) string {
	answer := call(t, w, "GET", "/segments").(map[string]any)
	return answer["segments"].([]any)[0].(map[string]any)["id"].(string)
}

// tagOf is the id of a tag.
func tagOf(t *testing.T, w http.RoundTripper) string {
	answer := call(t, w, "GET", "/tags").(map[string]any)
	return answer["data"].([]any)[0].(map[string]any)["id"].(string)
}

func call(t *testing.T, w http.RoundTripper, method, path string) any {
	t.Helper()
	r, err := http.NewRequest(method, "http://127.0.0.1"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer sandbox-token"}, "Intercom-Version": {"2.16"}, "Accept": {"application/json"}, "Content-Type": {"application/json"}}
	res, err := w.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Errorf("%s %s: %d %s, %v", method, path, res.StatusCode, text, err)
	}
	return valueOf(text)
}
