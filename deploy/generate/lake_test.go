package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/deploy/recipes"
	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/part"
	"intercom-connector/sandbox"
)

const days = 4

// newLake snapshots a workspace for some days, with every dataset.
func newLake(t *testing.T) (root string, all []lake.Publication) {
	t.Helper()
	root = t.TempDir()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	day, began := 0, time.Now()
	now := func() time.Time { return noon.AddDate(0, 0, day).Add(time.Since(began)) } // export jobs take time
	box := sandbox.New(sandbox.Options{Contacts: 80, Companies: 10, Now: now, Timezone: "UTC", RowsPerDay: 20, RateLimit: 1 << 30, Epoch: noon.AddDate(0, 0, -20)})
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeBox()
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l, ctx := lake.New(store, lake.Options{Now: now}), context.Background()
	for day = range days {
		cfg := membership.Config{Client: client, Now: now}
		if _, err := operator.Take(ctx, l, cfg, membership.Begin(now(), time.UTC), operator.Snapshot{}); err != nil {
			t.Fatal(err)
		}
	}
	settings, err := configuration.Parse(map[string]string{
		configuration.KeyToken: "sandbox-token", configuration.KeyBaseURL: url, configuration.KeyDatasets: "all", configuration.KeyEngagement: "on",
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Connect(ctx, settings, workspace.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := operator.Export(ctx, l, w, operator.Exports{Since: noon, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if all, err = l.Publications(ctx); err != nil {
		t.Fatal(err)
	}
	return root, all
}

// glued is a table or view as the template defines it.
type glued struct {
	name, folder string
	columns      [][2]string // name, type
	sql          string      // of a view
	shown        [][2]string // as the view's JSON says
}

// glue reads the template's tables and views.
func glue(t *testing.T) (tables, views []glued) {
	t.Helper()
	for _, r := range readTemplate(t).resources() {
		if at(r, "Type").Value != "AWS::Glue::Table" {
			continue
		}
		in := at(r, "Properties", "TableInput")
		g := glued{name: at(in, "Name").Value, folder: strings.TrimPrefix(at(in, "StorageDescriptor", "Location").Value, "s3://${Bucket}/lake/")}
		for _, c := range at(in, "StorageDescriptor", "Columns").Content {
			g.columns = append(g.columns, [2]string{at(c, "Name").Value, at(c, "Type").Value})
		}
		if at(in, "TableType").Value != "VIRTUAL_VIEW" {
			tables = append(tables, g)
			continue
		}
		var view struct {
			SQL             string `json:"originalSql"`
			Catalog, Schema string
			Columns         []struct{ Name, Type string }
		}
		text := at(in, "ViewOriginalText").Content[1]
		if err := json.Unmarshal([]byte(at(text, "Encoded", "Fn::Base64").Value), &view); err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		if view.Catalog != "awsdatacatalog" || view.Schema != "${Database}" {
			t.Errorf("%s is of %s.%s", g.name, view.Catalog, view.Schema)
		}
		g.sql = view.SQL
		for _, c := range view.Columns {
			g.shown = append(g.shown, [2]string{c.Name, c.Type})
		}
		views = append(views, g)
	}
	return tables, views
}

// TestTemplateReadsALake plays a lake once, for both questions.
func TestTemplateReadsALake(t *testing.T) {
	root, published := newLake(t)
	t.Run("columns", func(t *testing.T) { columnsAreTheWriters(t, published) })
	t.Run("views", func(t *testing.T) { viewsShowPublishedRowsOnly(t, root, published) })
}

// columnsAreTheWriters compares with what a run has written.
func columnsAreTheWriters(t *testing.T, published []lake.Publication) {
	t.Helper()
	written := map[string][]part.Column{}
	for _, p := range published {
		written[p.Table] = p.Columns
	}
	types := map[tables.Kind]string{
		tables.String: "string", tables.JSON: "string", tables.Date: "string", tables.Long: "bigint",
		tables.Double: "double", tables.Boolean: "boolean", tables.Timestamp: "timestamp",
	}
	defined, _ := glue(t)
	found := 0
	for _, g := range defined {
		name, isParts := strings.CutSuffix(g.name, "_parts")
		if !isParts || name == lines.name {
			continue
		}
		found++
		if len(written[name]) < len(g.columns) {
			t.Errorf("%s has %d columns in the template, written are %d", g.name, len(g.columns), len(written[name]))
			continue
		}
		// What is written and not in the template is of the workspace's own making.
		at := 0
		for _, c := range written[name] {
			if at < len(g.columns) && g.columns[at] == [2]string{c.Name, types[c.Kind]} {
				at++
			} else if slices.ContainsFunc(snapshots(), func(t tables.Table) bool { return t.Name == name }) {
				t.Errorf("%s: written is %s, a %s, which the template does not have", name, c.Name, c.Kind)
			}
		}
		if at != len(g.columns) {
			t.Errorf("%s: the template has %v, which nobody has written", g.name, g.columns[at])
		}
		if g.folder != name+"/" {
			t.Errorf("%s is in %s", g.name, g.folder)
		}
	}
	if found != len(written) {
		t.Errorf("the template has %d tables, written are %d", found, len(written))
	}
}

// viewsShowPublishedRowsOnly reads a lake through the template's tables and
// views, with half-written days beside the published ones. DuckDB stands in for
// Athena; what it lacks of Trino's is defined first.
func viewsShowPublishedRowsOnly(t *testing.T, root string, published []lake.Publication) {
	t.Helper()
	litter(t, root, published)
	const nobody, run = "2022-01-02", "20220102T000000Z-000000"
	put(t, filepath.Join(root, tables.Deleted, "dt="+nobody, run+"-00000.ndjson.gz"), "") // DuckDB wants a file
	db := openViews(t, root)
	asLines := counted(t, db, "SELECT table_name || ' ' || dt, count(*) FROM lines GROUP BY 1")
	listed := counted(t, db, "SELECT table_name || ' ' || dt || ' ' || run, row_count FROM published WHERE started_at <= finished_at")
	shown := map[string]map[string]int64{}
	for _, p := range published {
		if shown[p.Table] == nil {
			shown[p.Table] = counted(t, db, "SELECT CAST(dt AS VARCHAR), count(*) FROM "+p.Table+" GROUP BY 1")
		}
		if got := shown[p.Table][p.Dt]; got != p.Rows {
			t.Errorf("%s of %s: the view shows %d rows, published are %d", p.Table, p.Dt, got, p.Rows)
		}
		if got := asLines[p.Table+" "+p.Dt]; got != p.Rows {
			t.Errorf("%s of %s: the lines show %d rows, published are %d", p.Table, p.Dt, got, p.Rows)
		}
		if got, is := listed[p.Table+" "+p.Dt+" "+p.Run]; !is || got != p.Rows {
			t.Errorf("%s of %s: the view of publications has %d rows of it, published are %d", p.Table, p.Dt, got, p.Rows)
		}
	}
	if len(listed) != len(published) {
		t.Errorf("the view of publications has %d, there are %d", len(listed), len(published))
	}
	all, err := recipes.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if _, err := db.Exec(r.SQL); err != nil {
			t.Errorf("%s on the template's views: %v", r.Name, err)
		}
	}
	const chosen = "SELECT 'id', CAST(min(conversation_id) AS BIGINT) FROM conversation"
	id := counted(t, db, chosen)["id"]
	put(t, filepath.Join(root, tables.Deleted, "dt="+nobody, run+"-00000.ndjson.gz"), fmt.Sprintf(
		`{"conversation_id":"%d","deleted_at":"2022-01-02 10:00:00","metrics_retained":false}`+"\n", id))
	put(t, filepath.Join(root, "_published", tables.Deleted, "dt="+nobody+".json"), fmt.Sprintf(
		`{"table":"%s","dt":"%s","run":"%s","rows":1,"complete":true,"started_at":"2022-01-03T00:00:00Z","finished_at":"2022-01-03T00:00:00Z","parts":[],"columns":[]}`+"\n",
		tables.Deleted, nobody, run))
	for _, table := range []string{"conversation", "consolidated_conversation_part"} {
		of := counted(t, db, fmt.Sprintf("SELECT 'all', count(*) FROM %s WHERE conversation_id = '%d'", table, id))
		if of["all"] != 0 {
			t.Errorf("%s shows %d rows of a conversation that was deleted", table, of["all"])
		}
	}
	if next := counted(t, db, chosen)["id"]; next <= id {
		t.Errorf("after %d the first conversation is %d", id, next)
	}
}

// counted are the counts that a question gives, by its first column.
func counted(t *testing.T, db *sql.DB, question string) map[string]int64 {
	t.Helper()
	rows, err := db.Query(question)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	counts := map[string]int64{}
	for rows.Next() {
		var of string
		var n int64
		if err := rows.Scan(&of, &n); err != nil {
			t.Fatal(err)
		}
		counts[of] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// litter copies parts under the names of runs that nobody has published.
func litter(t *testing.T, root string, published []lake.Publication) {
	t.Helper()
	for _, p := range published {
		for _, part := range p.Parts {
			data, err := os.ReadFile(filepath.Join(root, part.Key))
			if err == nil {
				err = os.WriteFile(filepath.Join(root, strings.Replace(part.Key, p.Run, "20260101T000000Z-000000", 1)), data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// openViews makes the template's tables and views in DuckDB.
func openViews(t *testing.T, root string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
	exec("SET TimeZone = 'UTC'")
	exec("CREATE MACRO from_iso8601_timestamp(x) AS CAST(CAST(x AS TIMESTAMPTZ) AS TIMESTAMP)")
	exec("CREATE MACRO array_join(x, y) AS list_reduce(x, lambda a, b: a || y || b)")
	parts, views := glue(t)
	for _, g := range parts {
		var columns []string
		for _, c := range g.columns {
			columns = append(columns, fmt.Sprintf("'%s': '%s'", c[0], strings.NewReplacer("array<string>", "varchar[]", "string", "varchar").Replace(c[1])))
		}
		read, form := "read_json", "format = 'newline_delimited'"
		extra, files := `CAST(regexp_extract(filename, 'dt=([0-9-]+)', 1) AS date) AS dt`, g.folder+"dt=*/*.ndjson.gz"
		switch g.name {
		case publications.table, linesPublished.table:
			extra, files = `regexp_extract(filename, '_published/([^/]+)/', 1) AS table_name`, "_published/*/*.json"
		case lines.table:
			extra += `, regexp_extract(filename, '([^/]+)/dt=', 1) AS table_name`
			read, form, files = "read_csv", `delim = '\x01', quote = '', escape = '', header = false`, "[a-z]*/dt=*/*.ndjson.gz"
		}
		exec(fmt.Sprintf(`CREATE VIEW %s AS SELECT * EXCLUDE (filename), filename AS "$path", %s FROM %s('%s', %s, columns = {%s}, filename = true, hive_partitioning = false)`,
			g.name, extra, read, filepath.Join(root, files), form, strings.Join(columns, ", ")))
	}
	rank := func(g glued) int { // those of changes read the others, and most read the deletions
		switch {
		case g.name == "published", g.name == tables.Deleted:
			return 0
		case strings.Contains(g.name, "_change"):
			return 2
		}
		return 1
	}
	slices.SortFunc(views, func(a, b glued) int { return rank(a) - rank(b) })
	for _, g := range views {
		exec("CREATE VIEW " + g.name + " AS " + g.sql)
		described := describe(t, db, g.name)
		for i, c := range g.shown {
			if i >= len(described) || described[i][0] != c[0] || !sameType(described[i][1], c[1]) {
				t.Errorf("%s: column %d is said to be %v, selected is %v", g.name, i, c, described)
				break
			}
			if listed := g.columns[i]; listed[0] != c[0] || listed[1] != hiveOf(c[1]) {
				t.Errorf("%s: Glue lists %v, the view has %v", g.name, listed, c)
			}
		}
		if len(described) != len(g.shown) || len(g.columns) != len(g.shown) {
			t.Errorf("%s selects %d columns, tells of %d, and Glue lists %d", g.name, len(described), len(g.shown), len(g.columns))
		}
	}
	return db
}

func describe(t *testing.T, db *sql.DB, view string) [][2]string {
	t.Helper()
	rows, err := db.Query("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position", view)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][2]string
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// sameType compares a type of DuckDB with Trino's.
func sameType(duck, trino string) bool {
	return map[string]string{
		"VARCHAR": "varchar", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean",
		"DATE": "date", "TIMESTAMP_MS": "timestamp(3)", "TIMESTAMP": "timestamp(3)",
	}[duck] == trino
}
