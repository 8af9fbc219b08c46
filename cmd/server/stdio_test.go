package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/timestamppb"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// host is the program on the other side of standard input and output.
type host struct {
	t     *testing.T
	in    *io.PipeWriter
	out   *bufio.Reader
	ended chan error
}

func hosted(t *testing.T) host {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	h := host{t: t, in: inWrite, out: bufio.NewReader(outRead), ended: make(chan error, 1)}
	go func() {
		err := run(t.Context(), []string{"--stdio", "--allow-base-url"}, inRead, outWrite, io.Discard)
		_ = outWrite.Close()
		h.ended <- err
	}()
	t.Cleanup(func() {
		_ = inWrite.Close()
		_ = outRead.Close()
	})
	return h
}

// ask makes a call and gives its answers, without lines of the log, up to the
// last, which is "end" or "error".
func (h host) ask(call any) (answers []map[string]any, log []string) {
	h.t.Helper()
	line, err := json.Marshal(call)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.in.Write(append(line, '\n')); err != nil {
		h.t.Fatal(err)
	}
	for {
		answer := h.read()
		if _, ok := answer["level"]; ok {
			log = append(log, answer["message"].(string))
			continue
		}
		answers = append(answers, answer)
		if answer["end"] != nil || answer["error"] != nil {
			return answers, log
		}
	}
}

func (h host) read() map[string]any {
	h.t.Helper()
	line, err := h.out.ReadBytes('\n')
	if err != nil {
		h.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(line, &answer); err != nil {
		h.t.Fatalf("%q: %v", line, err)
	}
	return answer
}

func workspace(t *testing.T) map[string]string {
	t.Helper()
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	base, stop, err := sandbox.New(sandbox.Options{
		Now: func() time.Time { return noon }, Contacts: 10, Companies: 2, RowsPerDay: 20,
		JobTime: func(string, int, time.Duration) time.Duration { return 0 },
	}).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return map[string]string{"access_token": "sandbox-token", "base_url": base, "dataset_id": "tickets, call", "initial_start_time": "2026-05-30"}
}

func TestCallsAsLines(t *testing.T) {
	h, configuration := hosted(t), workspace(t)
	answers, _ := h.ask(map[string]any{"call": "test", "name": "token", "configuration": configuration})
	if diff := cmp.Diff([]map[string]any{{"test": map[string]any{"success": true, "failure": ""}}, {"end": "test"}}, answers); diff != "" {
		t.Errorf("test:\n%s", diff)
	}
	answers, _ = h.ask(map[string]any{"call": "schema", "configuration": configuration})
	tables := map[string]map[string]any{}
	for _, table := range answers[0]["schema"].([]any) {
		table := table.(map[string]any)
		tables[table["table"].(string)] = table
	}
	tickets := tables["tickets"]
	if diff := cmp.Diff([]any{"ticket_id"}, tickets["primary_key"]); diff != "" || tickets["columns"].(map[string]any)["ticket_created_at"] != "UTC_DATETIME" {
		t.Errorf("tickets: %v", tickets)
	}

	answers, log := h.ask(map[string]any{"call": "update", "configuration": configuration, "state": map[string]any{}})
	rows, checkpoint := map[string]int{}, json.RawMessage(nil)
	for _, answer := range answers[:len(answers)-1] {
		if state, ok := answer["checkpoint"]; ok {
			checkpoint, _ = json.Marshal(state)
		}
		if table, ok := answer["upsert"]; ok {
			for _, row := range answer["rows"].([]any) {
				rows[table.(string)]++
				for name, value := range row.(map[string]any) {
					if value == nil {
						t.Fatalf("%s is null, and might be left out", name)
					}
				}
			}
		}
	}
	if rows["tickets"] == 0 || rows["call"] == 0 || checkpoint == nil || answers[len(answers)-1]["end"] != "update" {
		t.Errorf("rows %v, checkpoint %s, last %v", rows, checkpoint, answers[len(answers)-1])
	}
	if !strings.Contains(strings.Join(log, "\n"), "sync ended") || strings.Contains(strings.Join(log, "\n"), "sandbox-token") {
		t.Errorf("log: %v", log)
	}

	// The state goes back as it came.
	again, _ := h.ask(map[string]any{"call": "update", "configuration": configuration, "state": checkpoint})
	if last := again[len(again)-1]; last["end"] != "update" {
		t.Errorf("the second sync: %v", last)
	}
}

func TestErrorsAsLines(t *testing.T) {
	h, configuration := hosted(t), workspace(t)
	tests := []struct {
		call       any
		code, want string
	}{
		{map[string]any{"call": "shoes"}, "Unknown", `there is no call "shoes": test, schema and update`},
		{[]string{"schema"}, "Unknown", "a request is not a JSON object on one line"},
		{map[string]any{"call": "schema", "configuration": map[string]any{"window_seconds": 60}}, "Unknown", "a request's configuration"},
		{map[string]any{"call": "test", "name": "shoes", "configuration": configuration}, "InvalidArgument", `shoes`},
		{map[string]any{"call": "update", "configuration": map[string]string{"access_token": "a-token-of-tests", "base_url": configuration["base_url"]}}, "Unauthenticated", ""},
	}
	for _, test := range tests {
		answers, _ := h.ask(test.call)
		last := answers[len(answers)-1]
		if last["code"] != test.code || !strings.Contains(last["error"].(string), test.want) {
			t.Errorf("%v: %v", test.call, last)
		}
		if task := answers[0]["task"]; (task != nil) != (test.code == "Unauthenticated") {
			t.Errorf("%v: task %v", test.call, task)
		}
	}
	_ = h.in.Close()
	if err := <-h.ended; err != nil {
		t.Errorf("the end of the input: %v", err)
	}
}

// A call that is running when the input ends is told to be cut off, and the program
// fails: whoever only counts rows and looks at its exit code would miss some.
func TestInputEndsInACall(t *testing.T) {
	met := make(chan struct{}, 100)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		met <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	h := hosted(t)
	fmt.Fprintf(h.in, `{"call": "schema", "configuration": {"access_token": "a-token-of-tests", "base_url": %q}}`+"\n", slow.URL)
	<-met
	_ = h.in.Close()
	h.cutOff("standard input ended before the call")

	// So is one whose line has no end.
	h = hosted(t)
	go func() {
		_, _ = io.WriteString(h.in, `{"call": "schema"`)
		_ = h.in.Close()
	}()
	h.cutOff("")
}

// cutOff reads to the last answer, which must be an error with that text.
func (h host) cutOff(want string) {
	h.t.Helper()
	for {
		answer := h.read()
		if answer["level"] != nil {
			continue
		}
		text, _ := answer["error"].(string)
		if text == "" || !strings.Contains(text, want) {
			h.t.Errorf("%v", answer)
		}
		break
	}
	if _, err := io.Copy(io.Discard, h.out); err != nil {
		h.t.Error(err)
	}
	if err := <-h.ended; err == nil {
		h.t.Error("the program says that all is well")
	}
}

// scripted is a connector that sends what a test gives it, and tells when its sync
// has ended.
type scripted struct {
	sdk.UnimplementedSourceConnectorServer
	responses []*sdk.UpdateResponse
	ended     chan struct{}
}

func (s scripted) Update(_ *sdk.UpdateRequest, stream sdk.SourceConnector_UpdateServer) error {
	defer close(s.ended)
	for _, response := range s.responses {
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return stream.Context().Err()
}

// A row that has no line ends the sync with an error that names its column, and the
// connector with it; what came before it stands in order.
func TestRowWithoutALine(t *testing.T) {
	binary := map[string]*sdk.ValueType{"raw": {Inner: &sdk.ValueType_Binary{Binary: []byte("x")}}}
	connector := scripted{ended: make(chan struct{}), responses: []*sdk.UpdateResponse{
		{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: "mind"}}},
		{Operation: &sdk.UpdateResponse_SchemaChange{}},
		{Operation: &sdk.UpdateResponse_Task{Task: &sdk.Task{Message: "do"}}},
		{Operation: &sdk.UpdateResponse_Record{Record: &sdk.Record{TableName: "a", Data: binary}}},
	}}
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	sdk.RegisterSourceConnectorServer(server, connector)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	var out bytes.Buffer
	err = stdio{client: sdk.NewSourceConnectorClient(connection), out: &lineWriter{w: &out}}.answer(t.Context(), []byte(`{"call": "update"}`))
	<-connector.ended
	want := `{"warning":"mind"}
{"task":"do"}
{"code":"Unknown","error":"table a: column raw: *sdk.ValueType_Binary has no place in a line"}
`
	if diff := cmp.Diff(want, out.String()); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// The end of standard input ends a server that was asked to end with it.
func TestEndsWithStdin(t *testing.T) {
	read, write := io.Pipe()
	ended := make(chan error, 1)
	var log bytes.Buffer
	go func() {
		ended <- run(t.Context(), []string{"--port", "0", "--host", "127.0.0.1", "--end-with-stdin"}, read, &log, io.Discard)
	}()
	_ = write.Close()
	if err := <-ended; err != nil || !strings.Contains(log.String(), "stopping") {
		t.Errorf("%v, log %s", err, log.String())
	}
}

func TestRowLines(t *testing.T) {
	at := timestamppb.New(time.Date(2026, 6, 1, 12, 0, 0, 5000, time.UTC))
	record := func(table string, kind sdk.RecordType, data map[string]*sdk.ValueType) *sdk.Record {
		return &sdk.Record{TableName: table, Type: kind, Data: data}
	}
	text := func(s string) *sdk.ValueType {
		return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: s}}
	}
	records := []*sdk.Record{
		record("a", sdk.RecordType_UPSERT, map[string]*sdk.ValueType{
			"null":  {Inner: &sdk.ValueType_Null{Null: true}},
			"text":  text("plain"),
			"odd":   text("é \"\\\n\u2028<"),
			"long":  {Inner: &sdk.ValueType_Long{Long: math.MinInt64}},
			"whole": {Inner: &sdk.ValueType_Double{Double: 3}},
			"nan":   {Inner: &sdk.ValueType_Double{Double: math.Inf(-1)}},
			"time":  {Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: at}},
			"local": {Inner: &sdk.ValueType_NaiveDatetime{NaiveDatetime: at}},
			"date":  {Inner: &sdk.ValueType_NaiveDate{NaiveDate: at}},
			"json":  {Inner: &sdk.ValueType_Json{Json: "{\"a\":\n 1}"}},
			"bool":  {Inner: &sdk.ValueType_Bool{Bool: true}},
		}),
		record("a", sdk.RecordType_UPSERT, map[string]*sdk.ValueType{"text": text("")}),
		record("a", sdk.RecordType_UPDATE, map[string]*sdk.ValueType{"text": {Inner: &sdk.ValueType_Null{Null: true}}}),
		record("a", sdk.RecordType_DELETE, map[string]*sdk.ValueType{"text": text("x")}),
		record("b", sdk.RecordType_DELETE, map[string]*sdk.ValueType{"text": text("y")}),
	}
	var out bytes.Buffer
	if err := new(rowLines).write(&out, records); err != nil {
		t.Fatal(err)
	}
	want := `{"upsert":"a","times":["local","time"],"rows":[{"bool":true,"date":"2026-06-01","json":{"a":  1},"local":"2026-06-01T12:00:00.000005","long":-9223372036854775808,"nan":"-Inf","odd":"é \"\\\n\u2028<","text":"plain","time":"2026-06-01T12:00:00.000005+00:00","whole":3},{"text":""}]}
{"update":"a","times":[],"rows":[{"text":null}]}
{"delete":"a","times":[],"rows":[{"text":"x"}]}
{"delete":"b","times":[],"rows":[{"text":"y"}]}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	for name, value := range map[string]*sdk.ValueType{
		"binary": {Inner: &sdk.ValueType_Binary{Binary: []byte("x")}},
		"broken": {Inner: &sdk.ValueType_Json{Json: "{"}},
		"empty":  {},
	} {
		err := new(rowLines).write(&out, []*sdk.Record{record("a", sdk.RecordType_UPSERT, map[string]*sdk.ValueType{name: value})})
		if err == nil || !strings.Contains(err.Error(), "table a: column "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every field of the form has its counterpart, in the same order.
func TestFormAsJSON(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--form"}, nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var form formLine
	if err := json.Unmarshal(out.Bytes(), &form); err != nil {
		t.Fatal(err)
	}
	if first := form.Fields[0]; first.Kind != "password" || first.Name != "access_token" || !first.Required || len(form.Tests) == 0 {
		t.Errorf("%+v, %v", first, form.Tests)
	}
	if _, err := newFieldLine(&sdk.FormField{Name: "upload", Type: &sdk.FormField_UploadField{}}); err == nil {
		t.Error("a field without counterpart was taken")
	}
}
