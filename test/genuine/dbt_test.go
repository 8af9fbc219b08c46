//go:build genuine

package genuine

import (
	"database/sql"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/sandbox"
)

// dbt runs a command of the genuine dbt on deploy/dbt, with a warehouse of the
// tester's, and gives its last lines.
func dbt(t *testing.T, project, warehouse, variables string, arguments ...string) string {
	t.Helper()
	bin := filepath.Join(environment(t, "dbt"), "bin")
	profiles := t.TempDir()
	profile := "intercom: {target: duckdb, outputs: {duckdb: {type: duckdb, schema: models, threads: 2, path: '" + warehouse + "'}}}\n"
	if err := os.WriteFile(filepath.Join(profiles, "profiles.yml"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(bin, "dbt"), append(arguments, "--project-dir", project, "--profiles-dir", profiles, "--profile", "intercom",
		"--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check", "--vars", variables)...)
	// Far from UTC, in which the models tell days.
	command.Env = append(os.Environ(), "TZ=Pacific/Auckland")
	began := time.Now()
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("dbt %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Logf("dbt %s, %s: %s", strings.Join(arguments, " "), time.Since(began).Round(time.Second), lines[len(lines)-1])
	return string(out)
}

// warehouse syncs into a new warehouse by the project's tester, from the demo's
// workspace or the configuration's.
func warehouse(t *testing.T, configuration map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	arguments := []string{"sync", "--directory", folder}
	if configuration != nil {
		arguments = append(arguments, "--configuration", writeConfiguration(t, configuration))
	}
	if err := run(program(t, "debug"), arguments...); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "warehouse.db")
}

// writeConfiguration is a file with a configuration.
func writeConfiguration(t *testing.T, configuration map[string]string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "configuration.json")
	text, err := json.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// dbtProject is a copy of deploy/dbt, since dbt writes into its project.
func dbtProject(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "dbt")
	if err := os.CopyFS(folder, os.DirFS("../../deploy/dbt")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// On the demo's warehouse everything passes that a person would run first.
func TestDBTOnTheDemo(t *testing.T) {
	t.Parallel()
	project, rows := dbtProject(t), warehouse(t, nil)
	variables := "{intercom_schema: tester}"
	for _, command := range []string{"build", "docs generate", "source freshness"} {
		out := dbt(t, project, rows, variables, strings.Fields(command)...)
		if strings.Contains(out, "[WARNING]") || strings.Contains(out, "WARN ") || strings.Contains(out, "Deprecat") {
			t.Errorf("dbt %s warns:\n%s", command, out)
		}
	}
	dashboard(t, project, rows)
	daysAreUTC(t, rows)
	read := exec.Command(filepath.Join(environment(t, "dbt"), "bin", "python"), "python/dialects.py", filepath.Join(project, "target", "compiled"))
	if out, err := read.CombinedOutput(); err != nil {
		t.Errorf("the models in other dialects: %v\n%s", err, out)
	}
	catalog, err := os.ReadFile(filepath.Join(project, "target", "catalog.json"))
	for _, name := range []string{"source.intercom_connector.intercom.conversation", "model.intercom_connector.intercom__conversations"} {
		if err != nil || !strings.Contains(string(catalog), `"`+name+`"`) {
			t.Errorf("the documentation lacks %s: %v", name, err)
		}
	}
}

// dashboard asks the example's question as dbt compiled it.
func dashboard(t *testing.T, project, rows string) {
	t.Helper()
	question, err := os.ReadFile(filepath.Join(project, "target", "compiled", "intercom_connector", "analyses", "intercom_dashboard.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", rows+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var days, conversations int
	asked := "SELECT count(*), sum(conversations) FROM (" + strings.TrimSpace(string(question)) + ")"
	if err := db.QueryRowContext(t.Context(), asked).Scan(&days, &conversations); err != nil || days < 2 || conversations < days {
		t.Errorf("the dashboard's question: %d days, %d conversations, %v", days, conversations, err)
	}
}

// daysAreUTC asks for a day as a session far from UTC does.
func daysAreUTC(t *testing.T, rows string) {
	t.Helper()
	db, err := sql.Open("duckdb", rows+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	connection, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	var all, wrong int
	if _, err := connection.ExecContext(t.Context(), "SET TimeZone = 'Pacific/Auckland'"); err != nil {
		t.Fatal(err)
	}
	asked := "SELECT count(*), count(*) FILTER (started_on <> CAST(make_timestamp(epoch_us(started_at)) AS date)) FROM models.intercom__conversations"
	if err := connection.QueryRowContext(t.Context(), asked).Scan(&all, &wrong); err != nil || all == 0 || wrong > 0 {
		t.Errorf("of %d conversations %d are on another day than UTC's, %v", all, wrong, err)
	}
}

// The sources of a lake pass on one, whatever else the project has.
func TestDBTOnALake(t *testing.T) {
	t.Parallel()
	base, stop, err := sandbox.New(sandbox.Options{Contacts: 30, Companies: 5, RowsPerDay: 50}).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	root, since := t.TempDir(), time.Now().AddDate(0, 0, -9).Format(time.DateOnly)
	configuration := writeConfiguration(t, map[string]string{"access_token": "sandbox-token", "base_url": base, "engagement": "on"})
	if err := run(program(t, "operator"), "snapshot", "--configuration", configuration, "--output", root, "--reporting", "all", "--since", since); err != nil {
		t.Fatal(err)
	}
	rows := filepath.Join(t.TempDir(), "lake.db")
	db, _ := openLake(t, root, rows)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	variables := `{intercom_datasets: none, intercom_lookups: none, intercom_lake: "on", intercom_lake_reporting: all, intercom_lake_engagement: "on", intercom_lake_schema: main}`
	out := dbt(t, dbtProject(t), rows, variables, "test", "--select", "source:intercom_lake")
	if !passed.MatchString(out) || !strings.Contains(out, "intercom_lake_contact_segment") || !strings.Contains(out, "intercom_lake_message_event") {
		t.Errorf("not every test passed:\n%s", out)
	}
}

// passed is how dbt ends when nothing failed.
var passed = regexp.MustCompile(`Done\. PASS=[1-9]\d* WARN=0 ERROR=0 SKIP=0`)

// Variables in the configuration's own words say what a connection has: no file
// is edited, also where the connection lacks most columns.
func TestDBTByVariables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		datasets, memberships string
		attributes            string
		has, lacks            string // tests by name
	}{
		{"all", "current", "", "source_unique_intercom_segment_id", "source_not_null_intercom_contact_tag_snapshot_date"},
		{"all", "daily", "", "source_not_null_intercom_contact_tag_snapshot_date", "last_seen_date"},
		{"conversation", "none", "conversation_id, conversation_started_at, topics", "source_unique_intercom_conversation_conversation_id", "segment"},
		{"call_team_stats, tickets", "none", "", "source_unique_intercom_tickets_ticket_id", "intercom_call_call_id"},
	}
	for _, test := range tests {
		t.Run(test.datasets+" "+test.memberships, func(t *testing.T) {
			configuration := workspace(t)
			configuration["dataset_id"], configuration["memberships"], configuration["attribute_ids"] = test.datasets, test.memberships, test.attributes
			variables, err := json.Marshal(map[string]string{
				"intercom_schema": "tester", "intercom_datasets": test.datasets, "intercom_memberships": test.memberships,
				"intercom_engagement": configuration["engagement"],
			})
			if err != nil {
				t.Fatal(err)
			}
			out := dbt(t, dbtProject(t), warehouse(t, configuration), string(variables), "build")
			if !passed.MatchString(out) || strings.Contains(out, "[WARNING]") || !strings.Contains(out, test.has) || strings.Contains(out, test.lacks) {
				t.Errorf("want %q and not %q:\n%s", test.has, test.lacks, out)
			}
		})
	}
}
