package connector

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/connector/fivetranlog"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (write it anew with -update):\n%s", path, diff)
	}
}

// dial serves a connector in memory and gives a client of it, whose requests
// are compressed as Fivetran's are.
func dial(t testing.TB, options Options) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := NewServer(options)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	connection, err := grpc.NewClient("passthrough:memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		server.Stop()
		<-done
	})
	return connection
}

// serve gives a sandbox over HTTP and the configuration that reaches it.
func serve(t testing.TB, options sandbox.Options, more ...string) map[string]string {
	t.Helper()
	server := httptest.NewServer(sandbox.New(options))
	t.Cleanup(server.Close)
	configuration := map[string]string{"access_token": "sandbox-token", "base_url": server.URL}
	for i := 0; i+1 < len(more); i += 2 {
		configuration[more[i]] = more[i+1]
	}
	return configuration
}

func TestSchemaOfAllDatasets(t *testing.T) {
	client := sdk.NewSourceConnectorClient(dial(t, Options{AllowBaseURL: true}))
	response, err := client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: serve(t, sandbox.Options{}, "dataset_id", "all")})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, table := range response.GetWithoutSchema().GetTables() {
		fmt.Fprintf(&text, "%s\n", table.GetName())
		for _, column := range table.GetColumns() {
			key := ""
			if column.GetPrimaryKey() {
				key = " key"
			}
			fmt.Fprintf(&text, "  %s %s%s\n", column.GetName(), column.GetType(), key)
		}
	}
	golden(t, "schema.txt", text.String())
}

func TestConfigurationForm(t *testing.T) {
	client := sdk.NewSourceConnectorClient(dial(t, Options{AllowBaseURL: true}))
	form, err := client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, field := range form.GetFields() {
		fmt.Fprintf(&text, "%s (%s) %T %s required=%v default=%q\n  %s\n", field.GetName(), field.GetLabel(), field.GetType(), field.GetTextField(), field.GetRequired(), field.GetDefaultValue(), field.GetDescription())
		for _, choice := range field.GetDescriptiveDropdownFields().GetDescriptiveDropdownField() {
			fmt.Fprintf(&text, "  - %s: %s\n", choice.GetValue(), choice.GetDescription())
		}
		if choices := field.GetDropdownField().GetDropdownField(); choices != nil {
			fmt.Fprintf(&text, "  - %s\n", strings.Join(choices, ", "))
		}
	}
	for _, test := range form.GetTests() {
		fmt.Fprintf(&text, "test %s: %s\n", test.GetName(), test.GetLabel())
	}
	if form.GetSchemaSelectionSupported() || !form.GetTableSelectionSupported() {
		t.Error("tables can be selected, schemas there are none")
	}
	golden(t, "form.txt", text.String())
}

func TestSetupTests(t *testing.T) {
	tests := []struct {
		name    string
		options sandbox.Options
		test    string
		more    []string
		want    string // "" is a success; otherwise how the failure begins
	}{
		{"all is well", sandbox.Options{}, "token", nil, ""},
		{"reporting", sandbox.Options{}, "reporting", nil, ""},
		{"datasets", sandbox.Options{}, "datasets", []string{"dataset_id", "all"}, ""},
		{"all datasets, of which one is forbidden", sandbox.Options{Dialect: []string{"dataset-forbidden-402"}}, "datasets", []string{"dataset_id", "all"}, ""},
		{"a forbidden dataset by name, told by 402", sandbox.Options{Dialect: []string{"dataset-forbidden-402"}}, "datasets", []string{"dataset_id", "call,copilot_prompt_response_pair"}, "dataset copilot_prompt_response_pair: "},
		{"a forbidden dataset by name, told by 401", sandbox.Options{Dialect: []string{"dataset-forbidden-401"}}, "datasets", []string{"dataset_id", "call,copilot_prompt_response_pair"}, "dataset copilot_prompt_response_pair: "},
		{"datasets, others hold all slots", sandbox.Options{ForeignJobs: func(time.Time) int { return 5 }}, "datasets", []string{"dataset_id", "all"}, ""},
		{"companies are forbidden", sandbox.Options{Dialect: []string{"companies-forbidden"}}, "memberships", []string{"memberships", "current"}, "intercom: "},
		{"tags are forbidden", sandbox.Options{Dialect: []string{"tags-forbidden"}}, "memberships", []string{"memberships", "current"}, "intercom: "},
		{"segments are forbidden", sandbox.Options{Dialect: []string{"segments-forbidden"}}, "memberships", []string{"memberships", "current"}, "intercom: "},
		{"contacts are forbidden", sandbox.Options{Dialect: []string{"contacts-forbidden"}}, "memberships", []string{"memberships", "current"}, "intercom: "},
		{"hosted in another region", sandbox.Options{Dialect: []string{"region-elsewhere"}}, "reporting", nil, "intercom: read workspace: 403 forbidden: This workspace is hosted in another region"},
		{"no memberships", sandbox.Options{Scopes: []string{sandbox.ScopeReporting}}, "memberships", nil, ""},
		{"memberships", sandbox.Options{}, "memberships", []string{"memberships", "daily"}, ""},
		{"no engagement", sandbox.Options{Scopes: []string{sandbox.ScopeReporting}}, "engagement", nil, ""},
		{"engagement", sandbox.Options{}, "engagement", []string{"engagement", "on"}, ""},
		{"engagement, another's job", sandbox.Options{ForeignMessages: func(time.Time) bool { return true }}, "engagement", []string{"engagement", "on"}, ""},
		{"no engagement scope", sandbox.Options{Scopes: []string{sandbox.ScopeReporting}}, "engagement", []string{"engagement", "on"}, "intercom: "},
		{"a bad token", sandbox.Options{}, "token", []string{"access_token", "c2VjcmV0"}, "Intercom refuses the access token: create a new one"},
		{"another region", sandbox.Options{Region: "EU"}, "token", []string{"region", "US"}, "region: is US, and the workspace is in EU: choose EU, or leave it to Intercom"},
		{"another workspace", sandbox.Options{}, "token", []string{"app_id", "other"}, `app_id: is "other", and the token belongs to workspace "sandbox": leave it empty`},
		{"no reporting scope", sandbox.Options{Scopes: []string{}}, "reporting", nil, "intercom: "},
		{"no reporting scope, as 401", sandbox.Options{Scopes: []string{}, ScopeStatus: 401}, "reporting", nil, "intercom: "},
		{"no people scope", sandbox.Options{Scopes: []string{sandbox.ScopeReporting}}, "memberships", []string{"memberships", "current"}, "intercom: "},
		{"a dataset that is not there", sandbox.Options{}, "datasets", []string{"dataset_id", "conversations"}, `dataset_id: this workspace has no dataset "conversations"; did you mean "conversation"?`},
		{"a dataset that is like none", sandbox.Options{}, "datasets", []string{"dataset_id", "visits"}, `dataset_id: this workspace has no dataset "visits"; it has conversation, consolidated_conversation_part, `},
		{"an attribute that is not there", sandbox.Options{}, "datasets", []string{"attribute_ids", "chanel"}, `attribute_ids: dataset conversation has no attribute "chanel"; did you mean "channel"?`},
		{"an attribute that is two", sandbox.Options{}, "datasets", []string{"attribute_ids", "Brand"}, `attribute_ids: "Brand" of dataset conversation may be people.Brand or conversation.Brand: write which one`},
		{"nothing to sync", sandbox.Options{EmptyCopilot: true}, "datasets", []string{"dataset_id", "copilot_prompt_response_pair"}, "dataset copilot_prompt_response_pair has nothing to read: Intercom lists no attributes for it"},
	}
	client := sdk.NewSourceConnectorClient(dial(t, Options{AllowBaseURL: true}))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, err := client.Test(t.Context(), &sdk.TestRequest{Name: test.test, Configuration: serve(t, test.options, test.more...)})
			if err != nil {
				t.Fatal(err)
			}
			got := response.GetFailure()
			if strings.Contains(got, "c2VjcmV0") {
				t.Errorf("the token is quoted: %s", got)
			}
			if suggests := strings.Contains(got, "The access token lacks a permission"); suggests != (strings.Contains(got, "required scope") || strings.Contains(got, "401 unauthorized: Access to this dataset")) {
				t.Errorf("a permission is suggested: %v, in %q", suggests, got)
			}
			if !strings.HasPrefix(got, test.want) || (test.want == "") != response.GetSuccess() {
				t.Errorf("got %q, success %v", got, response.GetSuccess())
			}
		})
	}
	_, err := client.Test(t.Context(), &sdk.TestRequest{Name: "nonsense"})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown test: %v", err)
	}
}

// The whole way over gRPC, with batches as they go over the wire.
func TestUpdateOverGRPC(t *testing.T) {
	var log bytes.Buffer
	client := sdk.NewSourceConnectorClient(dial(t, Options{AllowBaseURL: true, Log: slog.New(fivetranlog.NewHandler(&log, slog.LevelInfo))}))
	configuration := serve(t, sandbox.Options{}, "dataset_id", "conversation, call", "window_seconds", "86400", "colour", "red")
	stream, err := client.Update(t.Context(), &sdk.UpdateRequest{Configuration: configuration})
	if err != nil {
		t.Fatal(err)
	}
	rows, checkpoints := map[string]int{}, 0
	for {
		response, err := stream.Recv()
		if err != nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			break
		}
		for _, record := range response.GetRecords().GetRecords() {
			rows[record.GetTableName()]++
		}
		if response.GetCheckpoint() != nil {
			checkpoints++
		}
	}
	if rows["conversation"] == 0 || rows["call"] == 0 || checkpoints < 2 {
		t.Errorf("rows %v, %d checkpoints", rows, checkpoints)
	}
	for _, want := range []string{
		`{"level":"WARNING","message":"the configuration holds keys that this connector does not know keys=[colour]","message-origin":"sdk_connector"}`,
		`{"level":"INFO","message":"what was sent is remembered, to tell what changes rows=`,
		`{"level":"INFO","message":"sync ended`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "sandbox-token") {
		t.Error("the token is in the log")
	}
}

func TestHealth(t *testing.T) {
	health, err := healthpb.NewHealthClient(dial(t, Options{AllowBaseURL: true})).Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("got %v, %v", health, err)
	}
}

// A panic ends its own call, with an id that the log has too.
func TestPanicBecomesAnError(t *testing.T) {
	var log bytes.Buffer
	c := New(Options{Log: slog.New(fivetranlog.NewHandler(&log, slog.LevelInfo))})
	_, err := c.recoverCall(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: "/Schema"}, func(context.Context, any) (any, error) {
		panic("a customer's row")
	})
	if status.Code(err) != codes.Internal {
		t.Fatalf("got %v", err)
	}
	id := err.Error()[strings.LastIndex(err.Error(), " ")+1:]
	if !strings.Contains(log.String(), "id="+id) || strings.Contains(log.String(), "customer") {
		t.Errorf("log: %s", log.String())
	}
	err = c.recoverStream(nil, nil, &grpc.StreamServerInfo{}, func(any, grpc.ServerStream) error { panic(errors.New("x")) })
	if status.Code(err) != codes.Internal {
		t.Errorf("got %v", err)
	}
}

// Where the token goes is for the host of the server to allow, not for whoever
// writes a configuration.
func TestBaseURLIsTheHosts(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	configuration := map[string]string{"access_token": "sandbox-token", "base_url": server.URL}
	const want = "base_url: is not allowed by this server: leave it empty. Whoever runs the server may allow it with --allow-base-url"
	client := sdk.NewSourceConnectorClient(dial(t, Options{}))
	if answer, err := client.Test(t.Context(), &sdk.TestRequest{Name: "token", Configuration: configuration}); err != nil || answer.GetFailure() != want {
		t.Errorf("test: %q, %v", answer.GetFailure(), err)
	}
	if _, err := client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: configuration}); status.Code(err) != codes.InvalidArgument || status.Convert(err).Message() != want {
		t.Errorf("schema: %v", err)
	}
	stream, err := client.Update(t.Context(), &sdk.UpdateRequest{Configuration: configuration})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.InvalidArgument || status.Convert(err).Message() != want || asked != 0 {
		t.Errorf("update: %v, %d calls", err, asked)
	}
}
