//go:build genuine

package genuine

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	sdk "intercom-connector/proto"
)

// second are the versions of the second generation: the newest, and the oldest
// that has setup forms.
var second = []string{"2.13.1", "2.10.4"}

const newest = "2.13.1"

// everyVersion runs a test on each version of the second generation.
func everyVersion(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, version := range second {
		t.Run(version, func(t *testing.T) { test(t, version) })
	}
}

// Every call goes through, and comes back as the connector itself answers.
func TestCallsAreHandedOn(t *testing.T) {
	t.Parallel()
	everyVersion(t, func(t *testing.T, version string) {
		configuration := workspace(t)
		project, itself := started(t, written(t), version), direct(t)
		wantForm, err := itself.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
		if err != nil {
			t.Fatal(err)
		}
		form, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
		if diff := cmp.Diff(wantForm, form, protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("form: %v\n%s", err, diff)
		}
		passes(t, project.client, form, configuration)
		schemas(t, project.client, itself, configuration)
		request := &sdk.UpdateRequest{Configuration: configuration}
		want := syncOnce(t, itself, request)
		got := syncOnce(t, project.client, request)
		same(t, want, got)
		if diff := cmp.Diff(want.warnings, unwrapped(t, got.warnings)); diff != "" {
			t.Errorf("warnings:\n%s", diff)
		}
		// The log is the connector's, in the SDK's form.
		log := project.messages(t)
		for _, line := range []string{`INFO listening address=`, `INFO table name=conversation rows=\d+`, `INFO sync ended`} {
			if !regexp.MustCompile(line).MatchString(log) {
				t.Errorf("the log lacks %q", line)
			}
		}
		if strings.Contains(log, configuration["access_token"]) {
			t.Error("the token is in the log")
		}
	})
}

// passes runs every setup test of a form.
func passes(t *testing.T, client sdk.SourceConnectorClient, form *sdk.ConfigurationFormResponse, configuration map[string]string) {
	t.Helper()
	if len(form.GetTests()) == 0 {
		t.Error("the form has no tests")
	}
	for _, test := range form.GetTests() {
		answer, err := client.Test(t.Context(), &sdk.TestRequest{Name: test.GetName(), Configuration: configuration})
		if err != nil || !answer.GetSuccess() {
			t.Errorf("test %s: %v, %v", test.GetName(), answer, err)
		}
	}
}

// schemas compares two schemas, whatever the order of a table's columns.
func schemas(t *testing.T, got, want sdk.SourceConnectorClient, configuration map[string]string) {
	t.Helper()
	request := &sdk.SchemaRequest{Configuration: configuration}
	wantSchema, err := want.Schema(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	gotSchema, err := got.Schema(t.Context(), request)
	sorted := protocmp.SortRepeated(func(a, b *sdk.Column) bool { return a.GetName() < b.GetName() })
	if diff := cmp.Diff(wantSchema, gotSchema, protocmp.Transform(), sorted); err != nil || diff != "" {
		t.Errorf("schema: %v\n%s", err, diff)
	}
}

// unwrapped are messages without the JSON that the SDK's operations put around
// them.
func unwrapped(t *testing.T, messages []string) []string {
	t.Helper()
	var plain []string
	for _, message := range messages {
		var wrapped struct{ Message string }
		if err := json.Unmarshal([]byte(message), &wrapped); err != nil || wrapped.Message == "" {
			t.Errorf("not as the SDK writes it: %q", message)
		}
		plain = append(plain, wrapped.Message)
	}
	return plain
}

// What a person leaves out is not read: the selection goes through.
func TestSelectionIsHandedOn(t *testing.T) {
	t.Parallel()
	configuration := workspace(t)
	project := started(t, written(t), newest)
	got := syncOnce(t, project.client, &sdk.UpdateRequest{
		Configuration: configuration,
		Selection: &sdk.Selection{Selection: &sdk.Selection_WithoutSchema{WithoutSchema: &sdk.TablesWithNoSchema{
			Tables: []*sdk.TableSelection{{Included: true, TableName: "call", IncludeNewColumns: true}},
		}}},
	})
	if got.err != nil || len(got.rows) != 1 || len(got.rows["call"]) == 0 {
		t.Errorf("%v; tables %v", got.err, len(got.rows))
	}
}

// An SDK whose calls cannot be handed on gets the same form, the same tests and
// the same rows through its own operations; and a connection that moves from one
// way to the other goes on where it was.
func TestOperations(t *testing.T) {
	t.Parallel()
	everyVersion(t, func(t *testing.T, version string) {
		configuration := workspace(t)
		project, itself := started(t, written(t), version, "operations"), direct(t)
		form, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
		if err != nil {
			t.Fatal(err)
		}
		sameForm(t, itself, form)
		passes(t, project.client, form, configuration)
		schemas(t, project.client, itself, configuration)
		nothing := "{}"
		request := &sdk.UpdateRequest{Configuration: configuration, StateJson: &nothing}
		first := syncOnce(t, project.client, request)
		same(t, syncOnce(t, itself, request), first)

		state, err := json.Marshal(first.state)
		if err != nil {
			t.Fatal(err)
		}
		text := string(state)
		again := &sdk.UpdateRequest{Configuration: configuration, StateJson: &text}
		handedOn := started(t, written(t), version)
		for way, client := range map[string]sdk.SourceConnectorClient{"operations": operations(t, version), "handed on": handedOn.client} {
			second := syncOnce(t, client, again)
			if second.err != nil || len(second.rows["conversation"]) >= len(first.rows["conversation"]) {
				t.Errorf("the second sync, %s: %v, %d conversations, the first had %d", way, second.err, len(second.rows["conversation"]), len(first.rows["conversation"]))
			}
		}
		// And back: what the handed-on sync left is gone on from.
		backState, err := json.Marshal(syncOnce(t, handedOn.client, request).state)
		if err != nil {
			t.Fatal(err)
		}
		text = string(backState)
		if back := syncOnce(t, operations(t, version), again); back.err != nil || len(back.rows["conversation"]) >= len(first.rows["conversation"]) {
			t.Errorf("from handed on to operations: %v, %d conversations", back.err, len(back.rows["conversation"]))
		}
	})
}

// operations is a process whose calls are not handed on. The SDK's stream of
// operations ends with a sync: each needs a process of its own.
func operations(t *testing.T, version string) sdk.SourceConnectorClient {
	t.Helper()
	return started(t, written(t), version, "operations").client
}

// sameForm holds a form made by the SDK's classes against the server's: the same
// fields, labels, choices and tests in the same order. A default value is shown
// as a placeholder, since the SDK has none.
func sameForm(t *testing.T, itself sdk.SourceConnectorClient, form *sdk.ConfigurationFormResponse) {
	t.Helper()
	want, err := itself.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(formLines(want), formLines(form)); diff != "" {
		t.Errorf("form (-the server's +through the SDK):\n%s", diff)
	}
}

func formLines(form *sdk.ConfigurationFormResponse) []string {
	var lines []string
	for _, f := range form.GetFields() {
		kind := f.GetTextField().String()
		var choices []string
		for _, choice := range f.GetDropdownField().GetDropdownField() {
			choices = append(choices, choice+" "+choice)
		}
		for _, choice := range f.GetDescriptiveDropdownFields().GetDescriptiveDropdownField() {
			choices = append(choices, choice.GetValue()+" "+choice.GetLabel()+" "+choice.GetDescription())
		}
		if len(choices) > 0 {
			kind = "dropdown"
		}
		hint := f.GetPlaceholder()
		if hint == "" {
			hint = f.GetDefaultValue()
		}
		for i := range choices {
			choices[i] = strings.TrimSpace(choices[i])
		}
		lines = append(lines, fmt.Sprintf("%s %q %s required=%v %q %q %q", f.GetName(), f.GetLabel(), kind, f.GetRequired(), hint, f.GetDescription(), choices))
	}
	for _, test := range form.GetTests() {
		lines = append(lines, "test "+test.GetName()+" "+test.GetLabel())
	}
	return lines
}

// An error keeps its sentence either way; handed on, its status too, with the
// task before it.
func TestWrongToken(t *testing.T) {
	t.Parallel()
	everyVersion(t, func(t *testing.T, version string) {
		configuration := workspace(t)
		configuration["access_token"] = "c2VjcmV0"
		project, operations, itself := started(t, written(t), version), started(t, written(t), version, "operations"), direct(t)
		nothing := "{}"
		request := &sdk.UpdateRequest{Configuration: configuration, StateJson: &nothing}
		want, got := syncOnce(t, itself, request), syncOnce(t, project.client, request)
		requestID := regexp.MustCompile(`\(request .*\)`) // another one each time
		bare := func(text string) string { return requestID.ReplaceAllString(text, "") }
		if status.Code(got.err) != codes.Unauthenticated || bare(status.Convert(got.err).Message()) != bare(status.Convert(want.err).Message()) {
			t.Errorf("got %v, want %v", got.err, want.err)
		}
		if task := unwrapped(t, []string{got.task})[0]; bare(task) != bare(want.task) {
			t.Errorf("task %q, want %q", task, want.task)
		}
		through := syncOnce(t, operations.client, request)
		if sentence, _, _ := strings.Cut(bare(status.Convert(want.err).Message()), "("); through.err == nil || !strings.Contains(through.err.Error(), strings.TrimSpace(sentence)) {
			t.Errorf("through operations: %v, want %q", through.err, sentence)
		}
		if version == newest { // 2.10.4 has no operation for a task
			if task := unwrapped(t, []string{through.task})[0]; bare(task) != bare(want.task) {
				t.Errorf("task through operations %q, want %q", task, want.task)
			}
		}
		answer, err := operations.client.Test(t.Context(), &sdk.TestRequest{Name: "token", Configuration: configuration})
		if err != nil || answer.GetFailure() == "" {
			t.Errorf("the test of a wrong token: %v, %v", answer, err)
		}
		_, err = project.client.Test(t.Context(), &sdk.TestRequest{Name: "shoes"})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("an unknown test: %v", err)
		}
		if log := project.messages(t) + operations.messages(t); strings.Contains(log, "c2VjcmV0") {
			t.Error("the token is in the log")
		}
	})
}

// A sync that is cut off after its first checkpoint is gone on with from there,
// and together they bring every row.
func TestCutOffAndResumed(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{nil, {"operations"}} {
		t.Run(strings.Join(append([]string{newest}, arguments...), " "), func(t *testing.T) {
			configuration := workspace(t)
			configuration["window_seconds"], configuration["memberships"] = "21600", "none"
			project, itself := started(t, written(t), newest, arguments...), direct(t)
			nothing := "{}"
			request := &sdk.UpdateRequest{Configuration: configuration, StateJson: &nothing}
			cut := cutOff(t, project.client, request)
			state, err := json.Marshal(cut.state)
			if err != nil {
				t.Fatal(err)
			}
			text := string(state)
			rest := started(t, written(t), newest, arguments...)
			resumed := syncOnce(t, rest.client, &sdk.UpdateRequest{Configuration: configuration, StateJson: &text})
			if resumed.err != nil {
				t.Fatal(resumed.err)
			}
			for table, rows := range syncOnce(t, itself, request).rows {
				met := map[string]bool{}
				for _, row := range append(cut.rows[table], resumed.rows[table]...) {
					met[row] = true
				}
				for _, row := range rows {
					if !met[row] {
						t.Errorf("%s: a row was lost: %.80q", table, row)
						break
					}
				}
			}
		})
	}
}

// Where no folder may hold programs, the program runs from memory.
func TestRunsFromMemory(t *testing.T) {
	t.Parallel()
	project := started(t, written(t), newest, "no-folders")
	if _, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{}); err != nil {
		t.Error(err)
	}
}

// Of the programs in the project, the machine's own is chosen.
func TestProgramOfTheMachine(t *testing.T) {
	t.Parallel()
	folder := written(t)
	programs := filepath.Join(folder, "intercom")
	if err := os.Rename(filepath.Join(programs, "server-linux-amd64"), filepath.Join(programs, "server-darwin-arm64")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(programs, "server-linux-amd64"), []byte("Fivetran's"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := started(t, folder, newest, "mac").client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{}); err != nil {
		t.Error(err)
	}
}

// Importing the project, as fivetran deploy does on a person's own machine,
// starts nothing; a call then says what is wrong with the program.
func TestProgramForAnotherMachine(t *testing.T) {
	t.Parallel()
	folder := written(t)
	program := filepath.Join(folder, "intercom", "server-linux-amd64")
	for name, test := range map[string]struct {
		spoil func() error
		want  string
	}{
		"another machine's": {func() error { return os.WriteFile(program, []byte("\xcf\xfa\xed\xfe another machine's"), 0o644) }, "is no program for this machine"},
		"missing":           {func() error { return os.Remove(program) }, "make connector-sdk GOOS=linux GOARCH=amd64 adds it"},
	} {
		if err := test.spoil(); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		_, err := started(t, folder, newest).client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
		if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The program ends with its parent, however that ends.
func TestProgramEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	project := started(t, written(t), newest)
	if _, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{}); err != nil {
		t.Fatal(err)
	}
	// The log comes by its own way, and may be later than the answer.
	var port []string
	for began := time.Now(); port == nil; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("the log does not say where the program listens")
		}
		port = regexp.MustCompile(`listening address=\S*:(\d+)`).FindStringSubmatch(project.messages(t))
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+port[1])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := project.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Minute))
	if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the program outlives its parent: %v", err)
	}
}

// The project's own tester, in Fivetran's place.
func TestTester(t *testing.T) {
	t.Parallel()
	configuration := workspace(t)
	project, folder := started(t, written(t), newest), t.TempDir()
	file := filepath.Join(folder, "configuration.json")
	text, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program(t, "debug"), "sync", "--connector-sdk", "--port", project.port, "--configuration", file, "--directory", folder)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Sync SUCCEEDED") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(folder, "warehouse.db")); err != nil {
		t.Error(err)
	}
}

// A client made of the SDK's own generated modules reads the same rows, in the
// form that the platform asks for with its switch too.
func TestOwnModules(t *testing.T) {
	configuration := workspace(t)
	nothing := "{}"
	want := map[string]int{}
	for table, rows := range syncOnce(t, direct(t), &sdk.UpdateRequest{Configuration: configuration, StateJson: &nothing}).rows {
		want[table] = len(rows)
	}
	for name, value := range map[string]string{"": "data", "true": "row_data"} {
		t.Setenv("ConnectorSdkRemoveValueType", name)
		got := askedInPython(t, started(t, written(t), newest).port, configuration)
		if diff := cmp.Diff(want, got.Rows); diff != "" || got.Field != value {
			t.Errorf("rows in %s, want %s:\n%s", got.Field, value, diff)
		}
		if got.Passed != 5 || got.Fields < 10 {
			t.Errorf("%d tests passed, the form has %d fields", got.Passed, got.Fields)
		}
	}
}

// inPython is what a client in Python had of a connector.
type inPython struct {
	Rows    map[string]int
	Seconds float64 // of the update
	Field   string
	Passed  int
	Fields  int
}

// askedInPython calls a connector with the SDK's own generated modules.
func askedInPython(t *testing.T, port string, configuration map[string]string) (got inPython) {
	t.Helper()
	text, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	client := exec.Command(filepath.Join(environment(t, "sdk-"+newest), "bin", "python"), "python/client.py", port)
	client.Stdin = strings.NewReader(string(text))
	client.Stderr = os.Stderr
	out, err := client.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return got
}
