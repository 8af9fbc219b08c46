package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	html "intercom-connector/tester/report"
)

// landed is a directory into which a workspace was synced.
func landed(t *testing.T) (directory, configuration string) {
	t.Helper()
	configuration, _ = ownWorkspace(t, "one", "token-one")
	directory = filepath.Join(t.TempDir(), "files")
	if code, out, errs := debug(t, "-c", configuration, "-d", directory); code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	return directory, configuration
}

func TestLooking(t *testing.T) {
	dir, _ := landed(t)
	file := filepath.Join(t.TempDir(), "q.sql")
	if err := os.WriteFile(file, []byte("SELECT 1 AS of_file; SELECT 2 AS b"), 0o600); err != nil {
		t.Fatal(err)
	}
	parquet, files := filepath.Join(t.TempDir(), "c.parquet"), filepath.Join(t.TempDir(), "files")
	for _, test := range []struct {
		args []string
		in   string
		code int
		says []string
	}{
		{[]string{"tables"}, "", 0, []string{"table ", "conversation | ", "describe --directory"}},
		{[]string{"describe", "conversation"}, "", 0, []string{"conversation_id ", "| VARCHAR ", "| key |", "channel ", "Intercom's id of the conversation.", "One row per conversation", "their share"}},
		{[]string{"describe", "conversatoin"}, "", 2, []string{`has no table "conversatoin"; did you mean "conversation"?`}},
		{[]string{"tables", "--destination-schema", "other"}, "", 1, []string{`no schema "other"`}},
		{[]string{"query", "SELECT 1 AS a; SELECT 2 AS b"}, "", 0, []string{"a\n---\n  1\n\nb\n---\n  2\n"}},
		{[]string{"query", "-"}, "SELECT 7 AS piped", 0, []string{"piped\n"}},
		{[]string{"query", "-f", file}, "", 0, []string{"of_file\n", "b\n"}},
		{[]string{"query", "--json", "SELECT [1, 2] AS list"}, "", 0, []string{`{"list": [1,2]}`}},
		{[]string{"query", "--limit", "2", "FROM range(9)"}, "", 0, []string{"The first 2 rows"}},
		{[]string{"query", "--expanded", "SELECT 1 AS a, 2 AS b"}, "", 0, []string{"-- row 1", "a   | 1", "b   | 2"}},
		{[]string{"query", "--format", "parquet", "-o", parquet, "FROM conversation"}, "", 0, nil},
		{[]string{"export", "-o", files}, "", 0, []string{"conversation.parquet  ", "teammate.parquet"}},
		{[]string{"export", "-o", files, "--format", "csv"}, "", 0, []string{"conversation.csv  "}},
		{[]string{"export", "-o", files, "--raw"}, "", 2, []string{"--raw is for --format csv"}},
		{[]string{"query", "--unsafe", "SELECT count(*) = (SELECT count(*) FROM conversation) AS same FROM '" + filepath.Join(files, "conversation.parquet") + "'"}, "", 0, []string{"true"}},
		{[]string{"query", "-f", file, "SELECT 1"}, "", 2, []string{"not several"}},
		{[]string{"query", "/* nothing */"}, "", 2, []string{"no statement"}},
		{[]string{"query", "SELECT nope"}, "", 1, []string{"nope"}},
		{[]string{"recipes"}, "", 0, []string{"backlog-now\n    How old are", "--set zone=..."}},
		{[]string{"recipe", "first-response-by-team", "--set", "days=400"}, "", 0, []string{"team ", "p90_minutes"}},
		{[]string{"recipe", "backlog-now", "--sql"}, "", 0, []string{"-- How old are"}},
		{[]string{"recipes"}, "", 0, []string{"who-is-in-segment\n    Who is in a segment today?\n    --set segment=...  ('Paying')"}},
		{[]string{"recipe", "who-is-in-segment"}, "", 2, []string{"asks a lake: query --lake lake --recipe who-is-in-segment"}},
		{[]string{"recipe", "backlog"}, "", 2, []string{`there is no recipe "backlog"`}},
		{[]string{"recipe", "busiest-hours", "--set", "day=7"}, "", 2, []string{"days=... or zone=..."}},
		{[]string{"recipe", "csat-by-week"}, "", 1, []string{"conversation_rating_sent"}},
		{[]string{"state"}, "", 0, []string{"Workspace one.", "conversation | ", "read again on"}},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append(test.args, "-d", dir), strings.NewReader(test.in), &out, &errs)
		if code != test.code {
			t.Errorf("%q: exit %d, %s", test.args, code, errs.String())
		}
		contains(t, out.String()+errs.String(), test.says...)
	}
	if got := mode(t, filepath.Join(files, "conversation.csv")); got != 0o600 {
		t.Errorf("others may read the files: %v", got)
	}
	if b, err := os.ReadFile(parquet); err != nil || !strings.HasPrefix(string(b), "PAR1") {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if _, out, _ := debug(t, "state", "-d", t.TempDir()); !strings.Contains(out, "the next sync is a first one") {
		t.Error(out)
	}
}

func TestResetOneTable(t *testing.T) {
	dir, configuration := landed(t)
	count := func() string {
		t.Helper()
		_, out, errs := debug(t, "query", "-d", dir, "--format", "csv", "SELECT count(*) > 10 FROM conversation")
		return out + errs
	}
	if code, _, errs := debug(t, "reset", "conversation", "-d", dir); code != 2 || !strings.Contains(errs, "say --yes") || !strings.Contains(count(), "true") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if code, _, errs := debug(t, "reset", "conversatoin", "--yes", "-d", dir); code != 2 || !strings.Contains(errs, `did you mean "conversation"?`) {
		t.Fatalf("exit %d, %s", code, errs)
	}
	code, out, errs := debug(t, "reset", "conversation", "--yes", "-d", dir)
	if code != 0 {
		t.Fatalf("exit %d, %s", code, errs)
	}
	contains(t, out, "Forgot the table conversation")
	if got := count(); !strings.Contains(got, "conversation does not exist") {
		t.Error(got)
	}
	if code, out, errs := debug(t, "-c", configuration, "-d", dir); code != 0 || !strings.Contains(count(), "true") {
		t.Errorf("exit %d, %s%s, %s", code, out, errs, count())
	}
	// Another key is refused by the setting that makes it.
	text, err := os.ReadFile(configuration)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.json")
	text = []byte(strings.Replace(string(text), "{", `{"primary_keys": "{\"conversation\": \"conversation_id, conversation_started_at\"}", `, 1))
	if err := os.WriteFile(other, text, 0o600); err != nil {
		t.Fatal(err)
	}
	const want = "the table conversation has another primary key than before: set primary_keys back if you changed it, or have the table read again (go run ./cmd/debug reset --directory "
	if code, _, errs := debug(t, "-c", other, "-d", dir, "--quiet"); code != 1 || !strings.Contains(errs, want) {
		t.Errorf("exit %d, %s", code, errs)
	}
	// A table whose rows are gone is what the reset is for.
	db, err := sql.Open("duckdb", filepath.Join(dir, "warehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DROP TABLE tester.conversation"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if code, out, _ := debug(t, "-c", configuration, "-d", dir); code != 1 || !strings.Contains(out, "rows of tester.conversation have landed, and are gone") {
		t.Errorf("exit %d, %s", code, out)
	}
	if code, _, errs := debug(t, "reset", "conversation", "-y", "-d", dir); code != 0 {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if code, out, errs := debug(t, "-c", configuration, "-d", dir); code != 0 || !strings.Contains(count(), "true") {
		t.Errorf("exit %d, %s%s, %s", code, out, errs, count())
	}
	if code, _, errs := debug(t, "reset", "--yes", "-d", dir); code != 0 {
		t.Errorf("exit %d, %s", code, errs)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 { // .gitignore and sync.json
		t.Errorf("left %v", left)
	}
}

func TestQuietAndJSON(t *testing.T) {
	dir, configuration := landed(t)
	code, out, errs := debug(t, "-c", configuration, "-d", dir, "--quiet")
	if code != 0 || out != "" || errs != "" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	code, out, errs = debug(t, "-c", configuration, "-d", dir, "--json")
	var got html.Sync
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	contains(t, errs, "Sync SUCCEEDED")
	if !got.Succeeded || got.Workspace != "one" || got.Sandbox || got.Schema != "tester" || got.Seconds <= 0 || got.WarehouseBytes == 0 || len(got.Tables) != 5 {
		t.Errorf("got %+v", got)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "sync.json"))
	if err != nil || string(kept) != out || mode(t, filepath.Join(dir, "sync.json")) != 0o600 {
		t.Errorf("%s, %v", kept, err)
	}
	noValueIn(t, filepath.Join(dir, "warehouse.db"), string(kept))
	bad, _ := ownWorkspace(t, "two", "token-two")
	code, out, errs = debug(t, "-c", bad, "-d", dir, "--quiet")
	if code != 1 || out != "" || !strings.Contains(errs, "debug: ") || strings.Contains(errs, "PASSED") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

// The configuration is found where people put it.
func TestConfigurationIsFound(t *testing.T) {
	path, _ := ownWorkspace(t, "one", "token-one")
	found, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]string
	if err := json.Unmarshal(found, &values); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	try := func(says string) {
		t.Helper()
		for _, command := range []string{"doctor", "sync"} {
			code, out, errs := debug(t, command, "-d", t.TempDir())
			if code != 0 {
				t.Fatalf("%s: exit %d: %s%s", command, code, out, errs)
			}
			if first, _, _ := strings.Cut(out, "\n"); first != "Configuration: "+says {
				t.Errorf("%s: %s", command, first)
			}
		}
	}
	for key, value := range values {
		t.Setenv("INTERCOM_"+strings.ToUpper(key), value)
	}
	try("the environment (INTERCOM_ACCESS_TOKEN, INTERCOM_BASE_URL, INTERCOM_INITIAL_START_TIME)")
	if err := os.WriteFile("configuration.json", found, 0o600); err != nil {
		t.Fatal(err)
	}
	try("./configuration.json")
	t.Setenv("FIVETRAN_CONFIGURATION", path)
	try(path + ", which $FIVETRAN_CONFIGURATION names")
}

// On a terminal each column has its lines, none of them wider than it is.
func TestDescribeFitsATerminal(t *testing.T) {
	var out strings.Builder
	table := html.Table{Name: "call", Columns: []html.Column{{Name: "call_id", Type: "VARCHAR", Key: true, Share: "0%"}, {Name: "unparsed_values", Type: "VARCHAR", Share: "100%"}, {Name: "own", Type: "BIGINT", Share: "5%"}}}
	if err := describeInLines(&out, table, 60); err != nil {
		t.Fatal(err)
	}
	const want = `call_id  VARCHAR, 0% null, key
    Intercom's id of the call.
unparsed_values  VARCHAR, 100% null
    Values that did not fit their column, as Intercom wrote
    them: {"column": "text"}. Null for almost all rows.
own  BIGINT, 5% null
`
	if out.String() != want {
		t.Errorf("got\n%s", &out)
	}
}

// noValueIn looks for each text of each row of a warehouse in what is said of a sync.
func noValueIn(t *testing.T, warehouse, said string) {
	t.Helper()
	db, err := sql.Open("duckdb", warehouse)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	column := func(query string) (values []string) {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var value string
			if err := rows.Scan(&value); err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return values
	}
	looked := 0
	for _, query := range column(`SELECT format('SELECT DISTINCT "{0}" FROM tester."{1}" WHERE length("{0}") > 5', column_name, table_name)
		FROM duckdb_columns() WHERE schema_name = 'tester' AND data_type = 'VARCHAR'`) {
		for _, value := range column(query) {
			looked++
			if strings.Contains(said, value) {
				t.Errorf("%q, a value of a row, is in sync.json", value)
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d values were looked for", looked)
	}
}
