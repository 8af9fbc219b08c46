package tester

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/script"
)

func passed() *sdk.TestResponse {
	return &sdk.TestResponse{Response: &sdk.TestResponse_Success{Success: true}}
}

func failed(reason string) *sdk.TestResponse {
	return &sdk.TestResponse{Response: &sdk.TestResponse_Failure{Failure: reason}}
}

func TestSetupTests(t *testing.T) {
	form := &sdk.ConfigurationFormResponse{
		Fields: []*sdk.FormField{
			{Name: "api_pass", Label: "Pass", Required: proto.Bool(true), Type: &sdk.FormField_TextField{TextField: sdk.TextField_Password}},
			{Name: "region", Label: "Region", Type: &sdk.FormField_TextField{}},
		},
		Tests: []*sdk.ConfigurationTest{{Name: "one", Label: "Login"}, {Name: "two", Label: "Permission"}},
	}
	tests := []struct {
		name          string
		configuration map[string]string
		answers       map[string]*sdk.TestResponse
		shown, fails  string
	}{
		{
			"both pass",
			map[string]string{"api_pass": "pa55word"},
			map[string]*sdk.TestResponse{"one": passed(), "two": passed()},
			"[Login]: PASSED\n[Permission]: PASSED\n", "",
		},
		{
			"the first fails: the other is not tried; no password is shown",
			map[string]string{"api_pass": "pa55word"},
			map[string]*sdk.TestResponse{"one": failed("pa55word is refused")},
			"[Login]: FAILED, and the others are not tried\n", "[secret] is refused",
		},
		{
			"another fails",
			map[string]string{"api_pass": "pa55word"},
			map[string]*sdk.TestResponse{"one": passed(), "two": failed("no permission")},
			"[Login]: PASSED\n[Permission]: FAILED: no permission\n", "1 of 2 setup tests failed",
		},
		{
			"a misspelt key",
			map[string]string{"api_pass": "pa55word", "regoin": "EU"},
			map[string]*sdk.TestResponse{"one": passed(), "two": passed()},
			"WARNING: the configuration's key \"regoin\" is not in the connector's form: did you mean \"region\"?\n[Login]: PASSED\n[Permission]: PASSED\n", "",
		},
		{
			"a required key is missing",
			map[string]string{"x": "y"},
			nil,
			"WARNING: the configuration's key \"x\" is not in the connector's form\n", `the configuration lacks "api_pass" (Pass)`,
		},
		{
			"success=false says nothing",
			map[string]string{"api_pass": "pa55word"},
			map[string]*sdk.TestResponse{"one": {Response: &sdk.TestResponse_Success{}}},
			"", "test-answer",
		},
		{
			"no answer at all",
			map[string]string{"api_pass": "pa55word"},
			map[string]*sdk.TestResponse{"one": {}},
			"", "test-answer",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := serve(t, &script.Connector{Form: form, Answers: test.answers, Announces: script.SchemaOf(script.TableOf("t", "k LONG key")), Send: script.Says(nil, script.Checkpoint("{}"))})
			var shown strings.Builder
			config.Screen, config.Configuration = screen.New(&shown, nil), test.configuration
			_, err := Run(t.Context(), config)
			if (err == nil) != (test.fails == "") || (err != nil && !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("got %v, want %q", err, test.fails)
			}
			if diff := cmp.Diff(test.shown, shown.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoConnectorThere(t *testing.T) {
	conn, err := grpc.NewClient("passthrough:///127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = Run(t.Context(), Config{Conn: conn, WarehousePath: t.TempDir() + "/w.db", Patience: time.Millisecond})
	if want := "no connector answered at 127.0.0.1:1 within 1ms: is it running, and on this port?"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// An interrupt keeps what checkpoints cover.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &script.Connector{Announces: script.SchemaOf(script.TableOf("t", "k LONG key"))}
	s.Send = func(_ *sdk.UpdateRequest, send func(*sdk.UpdateResponse) error) error {
		// The second checkpoint lies between pace and the interrupt, the last row
		// behind it: Run takes a warning only after what came before.
		for _, m := range []*sdk.UpdateResponse{
			script.Batch(script.Upsert("t", script.Data{"k": script.Long(1)})), script.Checkpoint(`{"n":1}`),
			script.Batch(script.Upsert("t", script.Data{"k": script.Long(2)})), script.Checkpoint(`{"n":2}`),
			script.Batch(script.Upsert("t", script.Data{"k": script.Long(3)})), script.Warning("now"),
		} {
			if err := send(m); err != nil {
				return err
			}
		}
		<-ctx.Done() // a connector that waits for its source
		return ctx.Err()
	}
	config := serve(t, s)
	config.Screen = screen.New(writerFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "now") {
			cancel()
		}
		return len(p), nil
	}), nil)
	sum, err := Run(ctx, config)
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"1", "2"}, rows(t, config, "SELECT k FROM tester.t ORDER BY k")); diff != "" {
		t.Error(diff)
	}
	state, err := readState(strings.TrimSuffix(config.WarehousePath, "warehouse.db") + "state.json")
	if state != `{"n":2}` || sum.Dropped != 1 {
		t.Errorf("state %s, %v, dropped %d", state, err, sum.Dropped)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
