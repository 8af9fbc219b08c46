package tester

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueryFormats(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := Query(t.Context(), db, `SELECT *, DATE '2024-02-29' AS day FROM (VALUES
		(1, 'a|b', TIMESTAMPTZ '2024-01-02 03:04:05.5+00', NULL),
		(-20, E'two\nlines, "quoted"', NULL, 'ß')) v(n, "text", "at", x)`)
	if err != nil {
		t.Fatal(err)
	}
	for format, want := range map[Format]string{
		Table: "" +
			"n   | text                | at                       | x   | day\n" +
			"--- | ------------------- | ------------------------ | --- | ----------\n" +
			"  1 | a|b                 | 2024-01-02 03:04:05.5+00 |     | 2024-02-29\n" +
			"-20 | two⏎lines, \"quoted\" |                          | ß   | 2024-02-29\n",
		CSV: "n,text,at,x,day\n" +
			"1,a|b,2024-01-02 03:04:05.5+00,,2024-02-29\n" +
			"-20,\"two\nlines, \"\"quoted\"\"\",,ß,2024-02-29\n",
		JSON: "[\n" +
			"  {\"n\": 1, \"text\": \"a|b\", \"at\": \"2024-01-02 03:04:05.5+00\", \"x\": null, \"day\": \"2024-02-29\"},\n" +
			"  {\"n\": -20, \"text\": \"two\\nlines, \\\"quoted\\\"\", \"at\": null, \"x\": \"ß\", \"day\": \"2024-02-29\"}\n]\n",
		Markdown: "" +
			"| n   | text                | at                       | x   | day        |\n" +
			"| --- | ------------------- | ------------------------ | --- | ---------- |\n" +
			"|   1 | a\\|b                | 2024-01-02 03:04:05.5+00 |     | 2024-02-29 |\n" +
			"| -20 | two⏎lines, \"quoted\" |                          | ß   | 2024-02-29 |\n",
	} {
		var b strings.Builder
		if err := result.Write(&b, format); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%s:\n%s", format, diff)
		}
	}
}

func TestOpenReadOnly(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReadOnly(filepath.Join(dir, "none.db"), "tester"); err == nil || !strings.Contains(err.Error(), "run a sync first") {
		t.Errorf("got %v", err)
	}
	config := serve(t, &script{schema: schemaOf(tableOf("t", "k LONG key")), send: says(nil, checkpoint("{}"))})
	if _, err := Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReadOnly(config.WarehousePath, "other"); err == nil || !strings.Contains(err.Error(), `no schema "other"`) {
		t.Errorf("got %v", err)
	}
	db, err := OpenReadOnly(config.WarehousePath, "tester")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := Query(t.Context(), db, "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("a read-only warehouse was written to")
	}
	if _, err := Query(t.Context(), db, "SELECT k FROM t"); err != nil {
		t.Errorf("an empty table is not there: %v", err)
	}
}
