package connectorsdk

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	sdk "intercom-connector/proto"
)

// synced is what a sync sent.
type synced struct {
	rows     map[string][]string // by table, as deterministic wire bytes, sorted
	state    any                 // the last checkpoint
	warnings []string
	task     string
	err      error
}

func syncOnce(t *testing.T, client sdk.SourceConnectorClient, request *sdk.UpdateRequest) synced {
	t.Helper()
	stream, err := client.Update(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	got := synced{rows: map[string][]string{}}
	for {
		response, err := stream.Recv()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				got.err = err
			}
			for _, rows := range got.rows {
				slices.Sort(rows)
			}
			return got
		}
		switch {
		case response.GetCheckpoint() != nil:
			if err := json.Unmarshal([]byte(response.GetCheckpoint().GetStateJson()), &got.state); err != nil {
				t.Fatal(err)
			}
		case response.GetWarning() != nil:
			got.warnings = append(got.warnings, response.GetWarning().GetMessage())
		case response.GetTask() != nil:
			got.task = response.GetTask().GetMessage()
		}
		if n := len(response.GetRecords().GetRecords()); n > 100 {
			t.Errorf("%d records in a batch", n)
		}
		for _, record := range response.GetRecords().GetRecords() {
			for _, value := range record.GetData() {
				if text, ok := value.GetInner().(*sdk.ValueType_Json); ok {
					text.Json = canonical(t, text.Json)
				}
			}
			wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			got.rows[record.GetTableName()] = append(got.rows[record.GetTableName()], string(wire))
		}
	}
}

// canonical is JSON as Go writes it: writers differ in white space and escapes.
func canonical(t *testing.T, text string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Errorf("%q: %v", text, err)
	}
	written, err := json.Marshal(value)
	if err != nil {
		t.Error(err)
	}
	return string(written)
}

// same compares two syncs of one workspace at one moment. What differs from
// sync to sync by nature (job ids, when a snapshot was read) is taken out.
func same(t *testing.T, want, got synced) {
	t.Helper()
	if got.err != nil {
		t.Fatal(got.err)
	}
	total := 0
	for table, rows := range want.rows {
		total += len(rows)
		if table == "membership_snapshot" { // holds the clock of this machine
			if len(got.rows[table]) != len(rows) {
				t.Errorf("%s: %d rows, want %d", table, len(got.rows[table]), len(rows))
			}
			continue
		}
		if !slices.Equal(rows, got.rows[table]) {
			t.Errorf("%s: %d rows differ from the %d that the connector itself sends", table, len(got.rows[table]), len(rows))
		}
	}
	if total < 1000 || len(got.rows) != len(want.rows) {
		t.Errorf("%d rows in %d tables, and %d tables through the project", total, len(want.rows), len(got.rows))
	}
	if diff := cmp.Diff(want.state, got.state); diff != "" {
		t.Errorf("state:\n%s", diff)
	}
}

// Every call goes through, and comes back as the connector itself answers.
func TestCallsAreHandedOn(t *testing.T) {
	configuration := workspace(t)
	project, itself := started(t, written(t)), direct(t)

	wantForm, err := itself.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
	if err != nil {
		t.Fatal(err)
	}
	form, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
	if diff := cmp.Diff(wantForm, form, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("form: %v\n%s", err, diff)
	}
	for _, test := range form.GetTests() {
		answer, err := project.client.Test(t.Context(), &sdk.TestRequest{Name: test.GetName(), Configuration: configuration})
		if err != nil || !answer.GetSuccess() {
			t.Errorf("test %s: %v, %v", test.GetName(), answer, err)
		}
	}
	wantSchema, err := itself.Schema(t.Context(), &sdk.SchemaRequest{Configuration: configuration})
	if err != nil {
		t.Fatal(err)
	}
	schema, err := project.client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: configuration})
	if diff := cmp.Diff(wantSchema, schema, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("schema: %v\n%s", err, diff)
	}
	request := &sdk.UpdateRequest{Configuration: configuration}
	want := syncOnce(t, itself, request)
	got := syncOnce(t, project.client, request)
	same(t, want, got)
	if diff := cmp.Diff(want.warnings, got.warnings); diff != "" {
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
}

// What a person leaves out is not read: the selection goes through.
func TestSelectionIsHandedOn(t *testing.T) {
	configuration := workspace(t)
	project := started(t, written(t))
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

// An SDK that asks its class, not its object, gets the same rows through its
// own operations.
func TestSDKsOwnOperations(t *testing.T) {
	configuration := workspace(t)
	project, itself := started(t, written(t), "own-calls"), direct(t)
	schemaRequest := &sdk.SchemaRequest{Configuration: configuration}
	wantSchema, err := itself.Schema(t.Context(), schemaRequest)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := project.client.Schema(t.Context(), schemaRequest)
	if diff := cmp.Diff(wantSchema, schema, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("schema: %v\n%s", err, diff)
	}
	request := &sdk.UpdateRequest{Configuration: configuration}
	first := syncOnce(t, project.client, request)
	same(t, syncOnce(t, itself, request), first)

	// The state comes back as it was: a second sync at the same moment starts
	// where the first ended, with little to read.
	state, err := json.Marshal(first.state)
	if err != nil {
		t.Fatal(err)
	}
	text := string(state)
	second := syncOnce(t, project.client, &sdk.UpdateRequest{Configuration: configuration, StateJson: &text})
	if second.err != nil || len(second.rows["conversation"]) >= len(first.rows["conversation"]) {
		t.Errorf("the second sync: %v, %d conversations, the first had %d", second.err, len(second.rows["conversation"]), len(first.rows["conversation"]))
	}
}

// An error keeps its status and its sentence, and a task comes before it.
func TestErrorsAreHandedOn(t *testing.T) {
	configuration := workspace(t)
	configuration["access_token"] = "c2VjcmV0"
	project, itself := started(t, written(t)), direct(t)
	request := &sdk.UpdateRequest{Configuration: configuration}
	want, got := syncOnce(t, itself, request), syncOnce(t, project.client, request)
	requestID := regexp.MustCompile(`\(request .*\)`) // another one each time
	bare := func(text string) string { return requestID.ReplaceAllString(text, "") }
	if status.Code(got.err) != codes.Unauthenticated || bare(status.Convert(got.err).Message()) != bare(status.Convert(want.err).Message()) {
		t.Errorf("got %v, want %v", got.err, want.err)
	}
	if got.task == "" || bare(got.task) != bare(want.task) {
		t.Errorf("task %q, want %q", got.task, want.task)
	}
	_, err := project.client.Test(t.Context(), &sdk.TestRequest{Name: "shoes"})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown test: %v", err)
	}
}

// Where no folder may hold programs, the server runs from memory.
func TestRunsFromMemory(t *testing.T) {
	project := started(t, written(t), "no-folders")
	if _, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{}); err != nil {
		t.Error(err)
	}
}

// Importing the project, as fivetran deploy does on a person's own machine,
// starts nothing; a call then says what is wrong with the server.
func TestServerForAnotherMachine(t *testing.T) {
	folder := written(t)
	if err := os.WriteFile(filepath.Join(folder, "intercom", "server"), []byte("\xcf\xfa\xed\xfe another machine's"), 0o644); err != nil {
		t.Fatal(err)
	}
	project := started(t, folder)
	_, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{})
	if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), "this machine is another") {
		t.Errorf("got %v", err)
	}
}

// A server that ended is started again by the next call; and it ends with its
// parent, however that ends.
func TestServerEndsWithTheProcess(t *testing.T) {
	project := started(t, written(t))
	if _, err := project.client.ConfigurationForm(t.Context(), &sdk.ConfigurationFormRequest{}); err != nil {
		t.Fatal(err)
	}
	port := regexp.MustCompile(`listening address=\S*:(\d+)`).FindStringSubmatch(project.messages(t))
	if port == nil {
		t.Fatal("the log does not say where the server listens")
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+port[1])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := project.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// The server drains for a while; a connection without a call is closed at once.
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the server outlives its parent: %v", err)
	}
}

// Everything that the project needs is uploaded, and no token is: fivetran
// deploy leaves out some names wherever they are.
func TestWhatIsUploaded(t *testing.T) {
	folder := written(t)
	var uploaded []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil || path == folder:
			return err
		case name == "drivers":
			t.Error("a folder drivers needs an installation.sh")
		case entry.IsDir() && (slices.Contains([]string{"__pycache__", "lib", "include", "files"}, name) || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir() || strings.HasPrefix(name, ".") || name == "configuration.json":
			return nil
		default:
			relative, err := filepath.Rel(folder, path)
			uploaded = append(uploaded, relative)
			return err
		}
		return nil
	})
	want := []string{"README.md", "connector.py", "intercom/server", "requirements.txt"}
	if diff := cmp.Diff(want, uploaded); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// A configuration that a person filled in survives a newer project.
func TestConfigurationStays(t *testing.T) {
	folder := written(t)
	path := filepath.Join(folder, "configuration.json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	server, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("filled in"), 0o600); err != nil {
		t.Fatal(err)
	}
	packaged(t, folder, server)
	if text, err := os.ReadFile(path); err != nil || string(text) != "filled in" {
		t.Errorf("%q, %v", text, err)
	}
}
