//go:build genuine

package genuine

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

const third = "3.0.0"

// line is what production3.py prints: an operation, or a line of the log.
type line struct {
	Level, Message string
	Form           string
	Success        bool
	Failure        string
	Table, Type    string
	Columns        map[string][2]any
	Row            map[string]string
	Checkpoint     json.RawMessage
	Warning, Task  string
}

// called runs a call of the project as the third generation does, in its own
// process, and gives its lines, its log and what it wrote as an error.
func called(t *testing.T, call string, request map[string]any) (lines []line, log string, failure error) {
	t.Helper()
	python, err := filepath.Abs("python")
	if err != nil {
		t.Fatal(err)
	}
	project := written(t)
	input, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(environment(t, "sdk-"+third), "bin", "python"), filepath.Join(python, "production3.py"), call)
	command.Dir, command.Stdin = project, bytes.NewReader(input)
	command.Env = append(os.Environ(), "PYTHONPATH="+python+string(filepath.ListSeparator)+project, "PYTHONDONTWRITEBYTECODE=1", "http_proxy=http://127.0.0.1:9")
	var problems bytes.Buffer
	command.Stderr = &problems
	out, failure := command.Output()
	scanner := bufio.NewScanner(bytes.NewReader(out))
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			t.Fatalf("%q: %v", scanner.Text(), err)
		}
		if l.Level != "" {
			log += l.Level + " " + l.Message + "\n"
			continue
		}
		lines = append(lines, l)
	}
	return lines, log + problems.String(), failure
}

// The proprietary core is not installed, and its stand-in is ours.
func TestCoreIsNotInstalled(t *testing.T) {
	t.Parallel()
	python := filepath.Join(environment(t, "sdk-"+third), "bin", "python")
	if out, err := exec.Command(python, "-c", "import fivetran_connector_sdk_core").CombinedOutput(); err == nil || !strings.Contains(string(out), "No module named") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The third generation gets the same form, tests, schema and rows.
func TestThirdGeneration(t *testing.T) {
	t.Parallel()
	configuration, itself := workspace(t), direct(t)
	forms, _, err := called(t, "form", map[string]any{"configuration": configuration})
	if err != nil || len(forms) != 1 {
		t.Fatalf("form: %v, %v", forms, err)
	}
	form, encoded := &sdk.ConfigurationFormResponse{}, forms[0].Form
	wire, err := hex.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(wire, form); err != nil {
		t.Fatal(err)
	}
	sameForm(t, itself, form)
	for _, test := range form.GetTests() {
		answers, log, err := called(t, "test", map[string]any{"configuration": configuration, "name": test.GetName()})
		if err != nil || len(answers) != 1 || !answers[0].Success {
			t.Errorf("test %s: %v, %v\n%s", test.GetName(), answers, err, log)
		}
	}

	schema, err := itself.Schema(t.Context(), &sdk.SchemaRequest{Configuration: configuration})
	if err != nil {
		t.Fatal(err)
	}
	tables, _, err := called(t, "schema", map[string]any{"configuration": configuration})
	if err != nil || len(tables) != len(schema.GetWithoutSchema().GetTables()) {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for i, table := range schema.GetWithoutSchema().GetTables() {
		columns := map[string][2]any{}
		for _, c := range table.GetColumns() {
			columns[c.GetName()] = [2]any{c.GetType().String(), c.GetPrimaryKey()}
		}
		if diff := cmp.Diff(columns, tables[i].Columns); diff != "" || tables[i].Table != table.GetName() {
			t.Errorf("%s:\n%s", table.GetName(), diff)
		}
	}

	lines, log, err := called(t, "update", map[string]any{"configuration": configuration, "state": map[string]any{}})
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	nothing := "{}"
	want := syncOnce(t, itself, &sdk.UpdateRequest{Configuration: configuration, StateJson: &nothing})
	rows, state := map[string][]string{}, any(nil)
	var warnings []string
	for _, l := range lines {
		switch {
		case l.Row != nil:
			rows[l.Table] = append(rows[l.Table], cells(t, l.Row))
		case l.Checkpoint != nil:
			if err := json.Unmarshal(l.Checkpoint, &state); err != nil {
				t.Fatal(err)
			}
		case l.Warning != "":
			warnings = append(warnings, l.Warning)
		}
	}
	for table, records := range want.rows {
		if table == "membership_snapshot" { // holds the clock of this machine
			continue
		}
		expected := expectedCells(t, records)
		slices.Sort(rows[table])
		if !slices.Equal(expected, rows[table]) {
			t.Errorf("%s: %d rows differ from the %d that the connector itself sends:\n%s", table, len(rows[table]), len(expected), cmp.Diff(expected[:1], rows[table][:min(1, len(rows[table]))]))
		}
	}
	if diff := cmp.Diff(want.state, state); diff != "" {
		t.Errorf("state:\n%s", diff)
	}
	if diff := cmp.Diff(want.warnings, unwrapped(t, warnings)); diff != "" {
		t.Errorf("warnings:\n%s", diff)
	}
	if strings.Contains(log, configuration["access_token"]) || !strings.Contains(log, "INFO sync ended") {
		t.Errorf("log:\n%s", log)
	}

	again, log, err := called(t, "update", map[string]any{"configuration": configuration, "state": state})
	if err != nil || len(again) >= len(lines) {
		t.Errorf("the second sync: %v, %d operations, the first had %d\n%s", err, len(again), len(lines), log)
	}
}

// A wrong token fails the schema, and with it the sync; what only a sync finds is a
// task in the SDK's form, the last that comes.
func TestThirdGenerationWrongToken(t *testing.T) {
	t.Parallel()
	configuration := workspace(t)
	foreign := map[string]any{"version": 1, "workspace": "another"}
	lines, log, err := called(t, "update", map[string]any{"configuration": configuration, "state": foreign})
	if err == nil || len(lines) != 1 {
		t.Fatalf("%v, %v\n%s", err, lines, log)
	}
	if task := unwrapped(t, []string{lines[0].Task})[0]; !strings.Contains(task, "belongs to workspace") {
		t.Errorf("task %q", task)
	}
	configuration["access_token"] = "c2VjcmV0"
	lines, log, err = called(t, "update", map[string]any{"configuration": configuration, "state": map[string]any{}})
	if err == nil || len(lines) > 0 || !strings.Contains(log, "RuntimeError: ") || strings.Contains(log, "c2VjcmV0") {
		t.Errorf("%v, %v\n%s", err, lines, log)
	}
	answers, _, err := called(t, "test", map[string]any{"configuration": configuration, "name": "token"})
	if err != nil || len(answers) != 1 || answers[0].Failure == "" {
		t.Errorf("the test of a wrong token: %v, %v", answers, err)
	}
}

// cells is a row in one text. A cell is the letter of its kind and its value.
func cells(t *testing.T, row map[string]string) string {
	t.Helper()
	for name, cell := range row {
		if kind, text := cell[:1], cell[1:]; kind == "J" {
			row[name] = kind + canonical(t, text)
		}
	}
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// expectedCells are records in the same form, sorted.
func expectedCells(t *testing.T, records []string) []string {
	t.Helper()
	var rows []string
	for _, wire := range records {
		record := &sdk.Record{}
		if err := proto.Unmarshal([]byte(wire), record); err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for name, value := range record.GetData() {
			row[name] = cell(t, value)
		}
		rows = append(rows, cells(t, row))
	}
	slices.Sort(rows)
	return rows
}

func cell(t *testing.T, value *sdk.ValueType) string {
	t.Helper()
	switch v := value.GetInner().(type) {
	case *sdk.ValueType_Null:
		return "N"
	case *sdk.ValueType_String_:
		return "S" + v.String_
	case *sdk.ValueType_Long:
		return "S" + strconv.FormatInt(v.Long, 10)
	case *sdk.ValueType_Bool:
		return "S" + strconv.FormatBool(v.Bool)
	case *sdk.ValueType_Double:
		text := strconv.FormatFloat(v.Double, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return "D" + text
	case *sdk.ValueType_Json:
		return "J" + v.Json
	case *sdk.ValueType_NaiveDate:
		return "S" + v.NaiveDate.AsTime().Format("2006-01-02")
	case *sdk.ValueType_UtcDatetime:
		at := v.UtcDatetime.AsTime()
		switch at.Nanosecond() / 1000 % 1000 {
		case 0:
			if at.Nanosecond() == 0 {
				return "S" + at.Format("2006-01-02T15:04:05Z")
			}
			return "S" + at.Format("2006-01-02T15:04:05.000Z")
		default:
			return "S" + at.Format("2006-01-02T15:04:05.000000Z")
		}
	default:
		t.Fatalf("%T", v)
		return ""
	}
}
