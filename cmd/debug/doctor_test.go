package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/doctor"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/internal/terminal"
	"intercom-connector/sandbox"
)

func TestDoctorOnTheSandbox(t *testing.T) {
	code, out, errs := debug(t, "doctor")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	contains(t, out, "✓ Workspace   Sandbox (sandbox)", "✓ Permission  Export reporting data", "Intercom keeps 2 years", "will work",
		"conversation_state_started_at, conversation_id, occurrence")
	if strings.Contains(out, sandboxKey) || strings.Contains(out, "\x1b") {
		t.Errorf("a token or a colour in %q", out)
	}
}

func TestDoctorAsJSON(t *testing.T) {
	code, out, errs := debug(t, "doctor", "--json")
	var x doctor.Examination
	if err := json.Unmarshal([]byte(out), &x); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, errs)
	}
	contains(t, out, `"problems": []`, `"warnings": []`)
	if len(x.Datasets) != len(dataset.IDs()) || x.Workspace.ID != "sandbox" {
		t.Errorf("got %+v", x)
	}
}

// examined serves a workspace and writes a configuration for it, with a change.
func examined(t *testing.T, options sandbox.Options, change map[string]string) string {
	t.Helper()
	address, stop, err := sandbox.New(options).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	configuration := map[string]string{"access_token": sandboxKey, "base_url": address}
	for key, value := range change {
		configuration[key] = value
	}
	path := filepath.Join(t.TempDir(), "configuration.json")
	b, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDoctorSaysWhatToDo(t *testing.T) {
	reportingOnly := sandbox.Options{Scopes: []string{sandbox.ScopeReporting}}
	full := sandbox.Options{ForeignJobs: func(time.Time) int { return 5 }}
	for _, test := range []struct {
		name    string
		options sandbox.Options
		change  map[string]string
		code    int
		says    []string
	}{
		{"refused token", sandbox.Options{}, map[string]string{"access_token": "token-wrong-1"}, 1, []string{"✗ Fix this first", "create a new one"}},
		{"missing permission", reportingOnly, map[string]string{"memberships": "daily"}, 1, []string{"✗ Permission  Read tags is missing", "switch on"}},
		{"permission that is not needed", reportingOnly, nil, 0, []string{"– Permission  Read tags is off", "will work"}},
		{"another region", sandbox.Options{}, map[string]string{"region": "AU"}, 2, []string{"region: is AU, and the workspace is in US"}},
		{"no free slot", full, nil, 0, []string{"– Export jobs all five slots are taken", "time unknown"}},
		{"misspelt dataset", sandbox.Options{}, map[string]string{"dataset_id": "conversatoin"}, 2, []string{`did you mean "conversation"?`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := examined(t, test.options, test.change)
			code, out, errs := debug(t, "doctor", "-c", path)
			if code != test.code {
				t.Errorf("exit %d, want %d: %s", code, test.code, errs)
			}
			contains(t, out, test.says...)
			code, out, _ = debug(t, "doctor", "--json", "-c", path)
			if code != test.code || !json.Valid([]byte(out)) || strings.Contains(out, "token-wrong-1") {
				t.Errorf("exit %d, %s", code, out)
			}
		})
	}
	wrong := examined(t, sandbox.Options{}, map[string]string{"lookback_days": "x"})
	if code, _, errs := debug(t, "doctor", "-c", wrong); code != 2 || !strings.Contains(errs, `lookback_days: is "x"`) {
		t.Errorf("exit %d, %s", code, errs)
	}
	misspelt := examined(t, sandbox.Options{}, map[string]string{"lokback_days": "3"})
	if code, _, errs := debug(t, "doctor", "-c", misspelt); code != 2 || !strings.Contains(errs, `lokback_days: there is no such key; did you mean "lookback_days"?`) {
		t.Errorf("exit %d, %s", code, errs)
	}
	if code, _, errs := debug(t, "doctor", "-c", "nowhere.json"); code != 2 || !strings.Contains(errs, "nowhere.json") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// On a terminal no line is wider than it.
func TestExaminationFits(t *testing.T) {
	long := strings.Repeat("a word and another ", 12)
	x := doctor.Examination{
		Problems: []string{long}, Warnings: []string{long},
		Workspace: doctor.Identity{ID: "abc", Name: "Acme of the Isles", Region: "EU", Timezone: "America/Argentina/Buenos_Aires", APIVersion: "2.16"},
		Datasets: []doctor.Examined{
			{ID: "call", Attributes: 7, Key: []string{"call_id"}, Bill: &doctor.Bill{Rows: 1500, All: 3000}},
			{ID: "ticket_time_in_state", Attributes: 53, Key: []string{"ticket_time_in_custom_state", "ticket_created_at", "conversation_id", "occurrence"}},
		},
	}
	for _, columns := range []int{70, 80} {
		var b strings.Builder
		writeExamination(&b, x, terminal.Palette{}, columns)
		for line := range strings.Lines(b.String()) {
			if cells := terminal.Cells(strings.TrimSuffix(line, "\n")); cells > columns {
				t.Errorf("%d columns of %d: %s", cells, columns, line)
			}
		}
		contains(t, b.String(), "✓ call                           7         1,500  call_id\n", "53                \n    ticket_time_in_custom_state, ")
	}
}

// The whole screen, letter by letter.
func TestWriteExamination(t *testing.T) {
	x := doctor.Examination{
		Problems:  []string{"first.", "second."},
		Warnings:  []string{"a key."},
		Workspace: doctor.Identity{ID: "abc", Name: "Acme", Region: "EU", Timezone: "Europe/Dublin", APIVersion: "2.16"},
		RateLimit: doctor.Budget{Remaining: 10, Limit: 20},
		Scopes:    []doctor.Scope{{Name: "A", Needed: true, Granted: true}, {Name: "B", Needed: true}, {Name: "C"}},
		Exports:   doctor.Exports{SlotFree: true, JobSeconds: 12.34, RetentionYears: 3},
		Datasets: []doctor.Examined{
			{ID: "call", Attributes: 7, Key: []string{"call_id"}, Bill: &doctor.Bill{Rows: 1500, All: 3000}},
			{ID: "conversation_state", Attributes: 53, Key: []string{"started_at", "occurrence"}},
			{ID: "odd", Skipped: "it lists no attributes"},
		},
		People:    []doctor.Counted{{Table: "contact", Rows: 1000, Active: 1000}, {Table: "contact_tag", Rows: 200, Sampled: true, Active: 6000}},
		FirstSync: doctor.Estimate{Start: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Jobs: 60, Minutes: 190},
	}
	var b strings.Builder
	writeExamination(&b, x, terminal.Palette{}, 0)
	want := `✓ Workspace   Acme (abc), region EU, times in Europe/Dublin, API 2.16
✓ Rate limit  10 of 20 calls left in these ten seconds
✓ Permission  A
✗ Permission  B is missing
– Permission  C is off; this configuration does without
✓ Export jobs a slot was free, a small job took 12.3 s
✓ Retention   Intercom keeps 3 years
✓ A month     1,500 new rows. Fivetran bills these and older rows that change; with "send": "all" 3,000 rows
✓ First sync  from 2026-01-02 00:00 UTC: 60 export jobs, about 3.2 h

  Dataset             Attributes  Rows a month  Primary key
✓ call                         7         1,500  call_id
✓ conversation_state          53                started_at, occurrence
– odd                          0                no table: it lists no attributes

  Table        Rows today  Active rows a month, at the most
✓ contact           1,000  1,000
✓ contact_tag         200  about 6,000

! a key.

✗ Fix these first:
  1. first.
  2. second.
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	writeExamination(&b, x, terminal.Coloured(), 0)
	contains(t, b.String(), "\x1b[32m✓\x1b[0m Workspace", "\x1b[31m✗\x1b[0m Permission")
}
