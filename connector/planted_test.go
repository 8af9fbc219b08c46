package connector

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/fivetranlog"
	"intercom-connector/connector/metrics"
	"intercom-connector/intercom"
	"intercom-connector/intercom/intercomtest"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

const planted = "dG9rOmI3YjQ5=se+cret"

func replaceIn(path, old, put string) intercomtest.Change {
	return func(at string, _ http.Header, _ *int, body []byte) []byte {
		if !strings.Contains(at, path) {
			return body
		}
		return bytes.ReplaceAll(body, []byte(old), []byte(put))
	}
}

// plants are the places where a server can speak.
var plants = map[string]intercomtest.Change{
	"nowhere":             func(_ string, _ http.Header, _ *int, body []byte) []byte { return body },
	"workspace id":        replaceIn("/me", `"sandbox"`, `"`+planted+`"`),
	"workspace name":      replaceIn("/me", `"name":"`, `"name":"`+planted),
	"escaped":             replaceIn("/me", `"name":"`, `"name":"\u0064`+planted[1:]),
	"zone":                replaceIn("/me", `"timezone":"`, `"timezone":"`+planted),
	"dataset id":          replaceIn("/get_datasets", `"id":"call"`, `"id":"`+planted+`"`),
	"dataset name":        replaceIn("/get_datasets", `"name":"`, `"name":"`+planted),
	"attribute":           replaceIn("/get_datasets", `"call_state"`, `"`+planted+`"`),
	"job id":              replaceIn("/enqueue", `"job_identifier":"`, `"job_identifier":"`+planted),
	"job status":          replaceIn("/enqueue", `"status":"pending"`, `"status":"`+planted+`"`),
	"download url":        replaceIn("/reporting_data/", `"download_url":"`, `"download_url":"https://`+url.QueryEscape(planted)+`/?x=`+planted+`&y=`),
	"error message":       intercomtest.Refuse("/enqueue", 400, `{"type":"error.list","request_id":"`+planted+`","errors":[{"code":"`+planted+`","message":"it is `+planted+`","field":"`+planted+`"}]}`),
	"error page":          intercomtest.Refuse("/get_datasets", 403, "<html>"+planted),
	"refused token":       intercomtest.Refuse("/me", 401, `{"type":"error.list","errors":[{"code":"unauthorized","message":"`+planted+` is not known"}]}`, "X-Request-Id", planted),
	"kind of an answer":   intercomtest.Refuse("/enqueue", 200, "not JSON", "Content-Type", planted),
	"coding of an answer": intercomtest.Refuse("/get_datasets", 200, "{}", "Content-Encoding", planted),
	"redirect":            intercomtest.Refuse("/get_datasets", 302, "", "Location", "http://"+planted+".example/"+planted+"?"+planted),
	"header of a CSV":     csvOf("call_id," + planted + "\n1,2\n"),
	"row of a CSV":        csvOf("call_id\n1\n\"" + planted),
	"file name":           csvOf(zipOf(planted + ".exe")),
}

// csvOf is in place of a download.
func csvOf(body string) intercomtest.Change {
	return func(at string, header http.Header, _ *int, old []byte) []byte {
		if !strings.Contains(at, "/download/") {
			return old
		}
		header.Del("Content-Encoding")
		header.Set("Content-Type", "application/octet-stream")
		return []byte(body)
	}
}

func zipOf(name string) string {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, n := range []string{name, planted + "/../" + name} {
		if w, err := z.Create(n); err == nil {
			_, _ = io.WriteString(w, planted)
		}
	}
	_ = z.Close()
	return out.String()
}

// said is all that a server's caller, its log and its metrics get to read.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// The token is nowhere in what comes out, wherever it was put in.
func TestPlantedToken(t *testing.T) {
	for place, plant := range plants {
		t.Run(place, func(t *testing.T) { plantedSync(t, plant, nil) })
	}
	for i, key := range append(configuration.Keys(), planted) {
		if i%keys == 0 && key != configuration.KeyToken && key != configuration.KeyBaseURL {
			t.Run("key "+strings.ReplaceAll(key, planted, "of its own"), func(t *testing.T) { plantedSync(t, plants["nowhere"], map[string]string{key: "x, " + planted}) })
		}
	}
}

// A tenant whose token is a word of another's states and messages takes nothing out of
// them, nor keeps them back.
func TestTokensOfOthers(t *testing.T) {
	asked, done := make(chan struct{}, 1), make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	defer silent.Close()
	defer close(done)
	var out said
	client := sdk.NewSourceConnectorClient(dial(t, Options{AllowBaseURL: true, Log: slog.New(fivetranlog.NewHandler(&out, slog.LevelInfo)), Timeouts: intercom.Timeouts{Retry: -1}}))
	for _, word := range []string{"workspace", "datasets", "a-token-of-tests"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			_, _ = client.Schema(ctx, &sdk.SchemaRequest{Configuration: map[string]string{"access_token": word, "base_url": silent.URL}})
		}()
		<-asked
	}
	configuration := serve(t, sandbox.Options{Timezone: "UTC", RowsPerDay: 5}, "dataset_id", "call")
	stream, err := client.Update(t.Context(), &sdk.UpdateRequest{Configuration: configuration})
	states := 0
	for err == nil {
		var message *sdk.UpdateResponse
		if message, err = stream.Recv(); message.GetCheckpoint() != nil {
			states++
		}
	}
	if !errors.Is(err, io.EOF) || states == 0 {
		t.Errorf("%d states, %v", states, err)
	}
	answer, err := client.Test(t.Context(), &sdk.TestRequest{Name: "datasets", Configuration: map[string]string{"access_token": "another-token", "dataset_id": "workspace", "timezone": "datasets"}})
	if err != nil || !strings.Contains(answer.GetFailure(), `"datasets"`) {
		t.Errorf("said to another: %v, %v", answer, err)
	}
	if log := out.text.String(); strings.Contains(log, "[token]") {
		t.Errorf("another's log:\n%s", log)
	}
}

func plantedSync(t *testing.T, plant intercomtest.Change, more map[string]string) {
	text := everythingSaid(t, plant, more)
	for _, form := range []string{planted[:10], strings.ToLower(planted[:10])} {
		if i := strings.Index(text, form); i >= 0 {
			t.Errorf("the token came out: %q", text[max(0, i-150):min(len(text), i+60)])
		}
	}
}

// everythingSaid is all that setup tests, a schema and a sync of a workspace whose
// answers are changed let out beside the rows: answers, errors, warnings, tasks,
// states, the log and the metrics.
func everythingSaid(t *testing.T, change intercomtest.Change, more map[string]string) string {
	t.Helper()
	box := sandbox.New(sandbox.Options{Token: planted, Timezone: "UTC", RowsPerDay: 20, Contacts: 20, Companies: 5, Body: sandbox.Plain, Deleted: 100})
	server := httptest.NewServer(intercomtest.Rewrite(box, change))
	defer server.Close()
	configuration := map[string]string{"access_token": planted, "base_url": server.URL, "dataset_id": "call", "memberships": "current"}
	for key, value := range more {
		configuration[key] = value
	}
	var out said
	m := metrics.New()
	client := sdk.NewSourceConnectorClient(dial(t, Options{
		AllowBaseURL: true, Log: slog.New(m.Log(fivetranlog.NewHandler(&out, slog.LevelDebug))), Observer: m, OnWait: m.Wait,
		Timeouts: intercom.Timeouts{Retry: -1, Late: -1},
	}))
	for _, name := range []string{"token", "reporting", "datasets", "memberships"} {
		answer, err := client.Test(t.Context(), &sdk.TestRequest{Name: name, Configuration: configuration})
		fmt.Fprintln(&out, answer, err)
	}
	schema, err := client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: configuration})
	fmt.Fprintln(&out, schema, err)
	stream, err := client.Update(t.Context(), &sdk.UpdateRequest{Configuration: configuration})
	if err != nil {
		t.Fatal(err)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintln(&out, err)
			break
		}
		if message.GetRecords() == nil && message.GetRecord() == nil { // rows are data
			fmt.Fprintln(&out, message)
		}
	}
	scrape := httptest.NewRecorder()
	m.Handler().ServeHTTP(scrape, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	_, _ = io.Copy(&out, scrape.Body)
	text := out.text.String()
	if len(text) < 1000 || !strings.Contains(text, "intercom_connector_calls_total") && !strings.Contains(text, "intercom_connector_log_problems_total") {
		t.Fatalf("too little came out to be searched:\n%s", text)
	}
	return text
}

// sending is a stream whose request has the planted token, and which keeps what it is
// given to send.
type sending struct {
	grpc.ServerStream
	sent []string
}

func (s *sending) RecvMsg(request any) error {
	request.(*sdk.UpdateRequest).Configuration = map[string]string{"access_token": planted}
	return nil
}

func (s *sending) SendMsg(message any) error {
	s.sent = append(s.sent, fmt.Sprint(message))
	return nil
}

// Whatever is wrong below, a call's answer, error and messages are scrubbed on their way.
func TestScrubbedOnTheWay(t *testing.T) {
	c := New(Options{})
	failed := status.Error(codes.Unavailable, "it is "+planted)
	request := &sdk.TestRequest{Configuration: map[string]string{"access_token": planted}}
	answer, err := c.scrubCall(t.Context(), request, nil, func(context.Context, any) (any, error) {
		return &sdk.TestResponse{Response: &sdk.TestResponse_Failure{Failure: "it is " + planted}}, failed
	})
	if status.Code(err) != codes.Unavailable || status.Convert(err).Message() != "it is [token]" || answer.(*sdk.TestResponse).GetFailure() != "it is [token]" {
		t.Errorf("a call: %v, %v", answer, err)
	}
	var out sending
	err = c.scrubStream(nil, &out, nil, func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&sdk.UpdateRequest{}); err != nil {
			return err
		}
		for _, response := range []*sdk.UpdateResponse{
			{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: "it is " + planted}}},
			{Operation: &sdk.UpdateResponse_Task{Task: &sdk.Task{Message: "it is " + planted}}},
		} {
			if err := stream.SendMsg(response); err != nil {
				return err
			}
		}
		checkpoint := &sdk.Checkpoint{StateJson: `{"x":"` + planted + `"}`}
		if err := stream.SendMsg(&sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Checkpoint{Checkpoint: checkpoint}}); status.Code(err) != codes.Internal {
			t.Errorf("a state that holds it: %v", err)
		}
		return failed
	})
	if said := strings.Join(out.sent, "\n"); status.Convert(err).Message() != "it is [token]" || strings.Count(said, "it is [token]") != 2 || len(out.sent) != 2 {
		t.Errorf("a stream: %v, %s", err, said)
	}
}
