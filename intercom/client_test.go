package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const meBody = `{"type":"admin","id":"1","name":"Ada","email":"a@example.com","app":{"type":"app","id_code":"xyz","name":"Acme","timezone":"Europe/Dublin","region":"EU"}}`

func TestMe(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for name, want := range map[string]string{
			"Authorization":    "Bearer " + testToken,
			"Intercom-Version": "2.16",
			"Accept":           "application/json",
			"User-Agent":       "intercom-connector/" + Version,
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if r.URL.Path != "/me" {
			t.Errorf("path %q", r.URL.Path)
		}
		say(200, meBody, "Date", "Sun, 06 Nov 1994 08:49:37 GMT")(w, r)
	})
	me, err := c.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Me{
		AppID: "xyz", AppName: "Acme", Region: EU, Timezone: "Europe/Dublin",
		ServerTime: time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC),
	}
	if me != want {
		t.Errorf("got %+v, want %+v", me, want)
	}
}

func TestForWorkspaceFillsInWhatTheConfigurationLeavesOpen(t *testing.T) {
	me := Me{AppID: "xyz", Region: EU}
	for _, tt := range []struct {
		name        string
		cfg         Config
		base, appID string
	}{
		{"nothing configured", Config{}, "https://api.eu.intercom.io", "xyz"},
		{"region configured", Config{Region: AU}, "https://api.au.intercom.io", "xyz"},
		{"base URL configured", Config{BaseURL: "https://proxy.example.com/intercom/"}, "https://proxy.example.com/intercom", "xyz"},
		{"app configured", Config{AppID: "mine"}, "https://api.eu.intercom.io", "mine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Token = testToken
			c, err := New(tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			known := c.ForWorkspace(me)
			if known.base.String() != tt.base || known.appID != tt.appID {
				t.Errorf("got %q %q, want %q %q", known.base, known.appID, tt.base, tt.appID)
			}
			if known.budget != c.budget {
				t.Error("the copy has a budget of its own")
			}
		})
	}
}

func TestNewRefusesBadConfiguration(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"no token", Config{}, "access_token is empty"},
		{"blank token", Config{Token: " \n"}, "access_token is empty"},
		{"space inside", Config{Token: "abc def"}, "access_token holds a space"},
		{"newline inside", Config{Token: "abc\r\nX-Evil: 1"}, "access_token holds a space"},
		{"too short for one", Config{Token: "seven77"}, "access_token is too short: a token has 8 characters or more; copy the whole of it"},
		{"not ASCII", Config{Token: "abcé"}, "access_token holds a space"},
		{"http to the world", Config{Token: "a-token-of-tests", BaseURL: "http://api.intercom.io"}, "base_url must be https"},
		{"http to a look-alike", Config{Token: "a-token-of-tests", BaseURL: "http://localhost.example.com"}, "base_url must be https"},
		{"another scheme", Config{Token: "a-token-of-tests", BaseURL: "ftp://localhost"}, `base_url must be https, not "ftp"`},
		{"no host", Config{Token: "a-token-of-tests", BaseURL: "https://"}, "base_url names no host"},
		{"no scheme", Config{Token: "a-token-of-tests", BaseURL: "api.intercom.io"}, "base_url names no host"},
		{"not a URL", Config{Token: "a-token-of-tests", BaseURL: "https://a b/%zz"}, "base_url is not a URL"},
		{"password", Config{Token: "a-token-of-tests", BaseURL: "https://u:hunter2@example.com"}, "base_url must not hold a user name"},
		{"query", Config{Token: "a-token-of-tests", BaseURL: "https://example.com/?a=b"}, "base_url must not hold a query"},
		{"region", Config{Token: "a-token-of-tests", Region: "MARS"}, `region must be US, EU or AU, not "MARS"`},
		{"user agent", Config{Token: "a-token-of-tests", UserAgent: "a\nb"}, "user agent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			for _, secret := range []string{"hunter2", "abc", "X-Evil"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes %q", secret)
				}
			}
		})
	}
	for _, base := range []string{"http://127.0.0.1:8080", "http://[::1]:1", "http://localhost", "https://example.com:8443/x", " https://example.com/ "} {
		if _, err := New(Config{Token: " eight888\n", BaseURL: base}); err != nil {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestDatasets(t *testing.T) {
	c := serve(t, say(200, `{"type":"list","data":[
		{"id":"conversation","name":"Conversation","description":"All","default_time_attribute_id":"conversation_started_at","attributes":[
			{"id":"conversation_id","name":"Conversation ID","qualified_id":"standard.conversation_id"},
			{"id":"Brand: #1","name":"Brand","qualified_id":"people.Brand: #1"},
			{"id":"people.Brand: #1","name":"Brand","qualified_id":"people.Brand: #1"},
			{"id":7,"name":null}]},
		{"id":"call","name":"Call","attributes":[]},
		{"id":"conversation","name":"Conversation","attributes":[{"id":8}]}]}`))
	got, err := c.Datasets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "conversation" || got[0].TimeAttributeID != "conversation_started_at" || got[1].ID != "call" {
		t.Fatalf("got %+v", got)
	}
	want := []Attribute{
		{"conversation_id", "standard.conversation_id", "Conversation ID"},
		{"Brand: #1", "people.Brand: #1", "Brand"},
		{"Brand: #1", "people.Brand: #1", "Brand"},
		{"7", "", ""},
		{"8", "", ""},
	}
	if !slices.Equal(got[0].Attributes, want) {
		t.Errorf("got %+v, want %+v", got[0].Attributes, want)
	}
	if r := got[0].Attributes[0].Request(); r != "standard.conversation_id" {
		t.Errorf("asked for by %q", r)
	}
	if r := got[0].Attributes[3].Request(); r != "7" {
		t.Errorf("asked for by %q", r)
	}
}

// The time attribute is found by its bare id, whatever its prefix is here or
// there; that of a person which bears the same name is another.
func TestTimeAttribute(t *testing.T) {
	for _, tt := range []struct{ named, attributes, want string }{
		{"started_at", `{"id":"id"},{"id":"started_at","qualified_id":"conversation.started_at"}`, "conversation.started_at"},
		{"timestamp.started_at", `{"id":"started_at","qualified_id":"conversation.started_at"}`, "conversation.started_at"},
		{"conversation.started_at", `{"id":"started_at","qualified_id":null}`, "started_at"},
		{"system.started_at", `{"qualified_id":"system.started_at"}`, "system.started_at"},
		{"started_at", `{"id":"system.started_at","qualified_id":"system.started_at"}`, "system.started_at"},
		{"started_at", `{"id":"started_at","qualified_id":"people.started_at"},{"id":"started_at","qualified_id":"timestamp.started_at"}`, "timestamp.started_at"},
		{"people.started_at", `{"id":"started_at","qualified_id":"timestamp.started_at"},{"id":"started_at","qualified_id":"people.started_at"}`, "people.started_at"},
		{"created_at", `{"id":"started_at","qualified_id":"timestamp.started_at"}`, ""},
		{"", `{"id":"started_at","qualified_id":"timestamp.started_at"}`, ""},
	} {
		c := serve(t, say(200, fmt.Sprintf(`{"data":[{"id":"x","name":null,"default_time_attribute_id":%q,"attributes":[%s]}]}`, tt.named, tt.attributes)))
		datasets, err := c.Datasets(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, ok := datasets[0].TimeAttribute()
		if ok != (tt.want != "") || ok && (a.Request() != tt.want || datasets[0].TimeAttributeID != "started_at") {
			t.Errorf("%s among %s: got %+v, %v", tt.named, tt.attributes, a, ok)
		}
	}
}

func TestAnswersThatLackWhatTheyShouldHold(t *testing.T) {
	for _, tt := range []struct {
		name, body, want string
		transient        bool
		ask              func(*Client) error
	}{
		{"me without app", `{"type":"admin"}`, "no app.id_code", false, askMe},
		{"me with a null app", `{"app":null}`, "no app.id_code", false, askMe},
		{"datasets without data", `{"type":"list"}`, "no data", false, askDatasets},
		{"dataset without id", `{"data":[{"name":"x"}]}`, "dataset 1 has no id", false, askDatasets},
		{"attribute without id", `{"data":[{"id":"x","attributes":[{"name":"y"}]}]}`, `attribute 1 of dataset "x"`, false, askDatasets},
		{"job without status", `{"job_identifier":"j"}`, "no status", false, askJob},
		{"another job", `{"job_identifier":"k","status":"complete"}`, `asked for job "j", the answer is about "k"`, false, askJob},
		{"enqueue without id", `{"status":"pending"}`, "no job_identifier", false, askEnqueue},
		{"a list", `[1]`, "not what the API describes", false, askMe},
		{"empty", ``, "the answer is empty", true, askMe},
		{"blank", " \n", "the answer is empty", true, askMe},
		{"HTML", `<html>hello</html>`, "not JSON", true, askMe},
		{"cut off", `{"app":{"id_c`, "not JSON, or was cut off", true, askMe},
		{"two answers", meBody + meBody, "not JSON", true, askMe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.ask(serve(t, say(200, tt.body)))
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if e.Transient() != tt.transient {
				t.Errorf("Transient is %v", e.Transient())
			}
		})
	}
}

func askMe(c *Client) error       { _, err := c.Me(context.Background()); return err }
func askDatasets(c *Client) error { _, err := c.Datasets(context.Background()); return err }
func askJob(c *Client) error      { _, err := c.Job(context.Background(), "j"); return err }
func askEnqueue(c *Client) error {
	_, err := c.Enqueue(context.Background(), anExport())
	return err
}

func anExport() Export {
	return Export{
		DatasetID: "conversation", AttributeIDs: []string{"standard.conversation_id", "people.Brand"},
		Start: time.Unix(1700000000, 0), End: time.Unix(1700003600, 0),
	}
}

func TestEnqueueSendsWhatItIsAsked(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var got map[string]any
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		ids, _ := got["attribute_ids"].([]any)
		if r.Method != "POST" || r.URL.Path != "/export/reporting_data/enqueue" || r.Header.Get("Content-Type") != "application/json" ||
			len(got) != 4 || got["dataset_id"] != "conversation" || got["start_time"] != 1700000000.0 || got["end_time"] != 1700003600.0 ||
			!slices.Equal(ids, []any{"standard.conversation_id", "people.Brand"}) {
			t.Errorf("%s %s %v", r.Method, r.URL, got)
		}
		say(200, `{"job_identifier":"job1","status":"pending","download_url":"","download_expires_at":""}`)(w, r)
	})
	job, err := c.Enqueue(t.Context(), anExport())
	if err != nil {
		t.Fatal(err)
	}
	if job.ID != "job1" || job.Status != "pending" || job.DownloadURL != "" || job.ServerTime.IsZero() {
		t.Errorf("got %+v", job)
	}
}

func TestEnqueueRefusesWhatCannotBeMeant(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
	for _, tt := range []struct {
		change func(*Export)
		want   string
	}{
		{func(e *Export) { e.DatasetID = "" }, "no dataset"},
		{func(e *Export) { e.AttributeIDs = nil }, `no attributes of dataset "conversation"`},
		{func(e *Export) { e.End = e.Start }, "is no span of time"},
	} {
		e := anExport()
		tt.change(&e)
		if _, err := c.Enqueue(t.Context(), e); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.Job(t.Context(), id); err == nil {
			t.Errorf("job %q was asked for", id)
		}
	}
}

func TestJobSendsTheParametersItKnows(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.URL.RequestURI(), "/export/reporting_data/a%2Fb%20c?app_id=app&client_id=client&job_identifier=a%2Fb+c"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		say(200, `{"status":"complete","download_url":"https://x.example/y?z"}`)(w, r)
	}, func(cfg *Config) { cfg.AppID, cfg.ClientID = "app", "client" })
	job, err := c.Job(t.Context(), "a/b c")
	if err != nil {
		t.Fatal(err)
	}
	if job.ID != "a/b c" || !job.Status.Done() || job.DownloadURL != "https://x.example/y?z" {
		t.Errorf("got %+v", job)
	}
}

func TestStatus(t *testing.T) {
	const done, empty, failed, pending = "done", "empty", "failed", "pending"
	for status, want := range map[Status]string{
		"complete": done, "completed": done, "Completed": done, "success": done, "successful": done, "succeeded": done, "done": done, "DONE": done, "finished": done,
		"completed_without_errors": done,
		"no_data":                  empty,
		"failed":                   failed, "error": failed, "canceled": failed, "cancelled": failed, "failure": failed, "expired": failed, "timed_out": failed, "timeout": failed, Vanished: failed,
		"completed_with_errors": failed, "success (partial)": failed, "Complete: 2 files failed": failed,
		"pending": pending, "in_progress": pending, "queued": pending, "": pending, "incomplete": pending,
	} {
		got := map[string]bool{done: status.Done(), empty: status.Empty(), failed: status.Failed(), pending: status.Pending()}
		for name, is := range got {
			if is != (name == want) {
				t.Errorf("%q: %s is %v", status, name, is)
			}
		}
	}
}
