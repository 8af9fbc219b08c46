package sandbox

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"intercom-connector/sandbox/workspace"
)

// defaultToken is accepted where Options name none.
const (
	defaultToken = workspace.DefaultToken
	day          = workspace.Day
)

// morning is the played clock of most tests: a Wednesday.
var morning = time.Date(2026, 3, 11, 15, 0, 0, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// client speaks to a sandbox with the standard library alone.
type client struct {
	t      *testing.T
	base   string
	http   *http.Client
	header http.Header
}

func serve(t *testing.T, o Options) (*Sandbox, *client) {
	t.Helper()
	s := New(o)
	server := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); server.Close() })
	return s, &client{t: t, base: server.URL, http: server.Client(), header: http.Header{}}
}

func (c *client) do(method, path, body string, header ...string) (*http.Response, error) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+defaultToken)
	r.Header.Set("Intercom-Version", "2.16")
	r.Header.Set("Accept", "application/json")
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			r.Header.Del(header[i])
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	return c.http.Do(r)
}

// call returns an answer's status and body.
func (c *client) call(method, path, body string, header ...string) (int, []byte) {
	c.t.Helper()
	answer, err := c.do(method, path, body, header...)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, text
}

// get reads a JSON answer with status 200 into a value.
func (c *client) get(into any, method, path, body string, header ...string) {
	c.t.Helper()
	status, text := c.call(method, path, body, header...)
	if status != http.StatusOK {
		c.t.Fatalf("%s %s: status %d: %s", method, path, status, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		c.t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
}

type jobView struct {
	ID      string `json:"job_identifier"`
	Status  string `json:"status"`
	URL     string `json:"download_url"`
	Expires string `json:"download_expires_at"`
}

func exportBody(dataset string, from, to time.Time, attributes ...string) string {
	text, err := json.Marshal(map[string]any{
		"dataset_id": dataset, "attribute_ids": attributes, "start_time": from.Unix(), "end_time": to.Unix(),
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// enqueued starts a job.
func (c *client) enqueued(dataset string, from, to time.Time, attributes ...string) jobView {
	c.t.Helper()
	var j jobView
	c.get(&j, "POST", "/export/reporting_data/enqueue", exportBody(dataset, from, to, attributes...))
	return j
}

// downloaded returns the body of a download as sent, and its answer.
func (c *client) downloaded(id string, header ...string) (*http.Response, []byte) {
	c.t.Helper()
	answer, err := c.do("GET", "/download/reporting_data/"+id, "", append([]string{"Accept", "application/octet-stream"}, header...)...)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer, body
}

// export runs a whole export of a sandbox whose jobs take no time.
func (c *client) export(dataset string, from, to time.Time, attributes ...string) [][]string {
	c.t.Helper()
	j := c.enqueued(dataset, from, to, attributes...)
	answer, body := c.downloaded(j.ID)
	if answer.StatusCode != http.StatusOK {
		c.t.Fatalf("download: status %d: %s", answer.StatusCode, body)
	}
	return parsed(c.t, body)
}

func parsed(t *testing.T, body []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatalf("the CSV is not well-formed: %v", err)
	}
	return rows
}

// instant makes jobs take no time, so that a standing clock is enough.
func instant(string, int, time.Duration) time.Duration { return 0 }
