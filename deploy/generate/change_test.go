package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/views"
)

// TestChangesAreThoseOfTheLake compares the template's views of changes with the
// lake's own, of a lake that has a day that is missing, one that is not proven and
// one of which a list is not, and half of whose rows come and go; and of one whose
// first days are not proven.
func TestChangesAreThoseOfTheLake(t *testing.T) {
	for name, days := range map[string][]string{
		"a day is missing":         {`true`, `true`, `false`, `true`, `false,"unproven":["s1"]`, `false,"unproven":["s1"]`, "", `true`, `false,"unproven":["s2"]`, `true`, `false`},
		"the first are not proven": {`false`, `false,"unproven":["s1"]`, `false,"unproven":["s1","s3"]`, `true`, `true`, `true`, "", `true`, `true`, `true`, `true`},
		"one is not proven, ever":  {`false,"unproven":["s1"]`, `false,"unproven":["s1"]`, `false`, `false,"unproven":["s1"]`, "", `false,"unproven":["s1"]`, `false,"unproven":["s1"]`},
	} {
		t.Run(name, func(t *testing.T) { sameChanges(t, days) })
	}
}

// sameChanges compares them of a lake whose days are proven as told.
func sameChanges(t *testing.T, days []string) {
	root := t.TempDir()
	for day, says := range days {
		if says == "" {
			continue
		}
		dt, run := fmt.Sprintf("2026-02-%02d", 20+day%9), fmt.Sprintf("20260220T000000Z-%06x", day)
		if day >= 9 {
			dt = fmt.Sprintf("2026-03-%02d", day-8)
		}
		for table, columns := range map[string][2]string{
			"contact_segment": {"contact_id", "segment_id"}, "contact_tag": {"contact_id", "tag_id"},
			"company_segment": {"company_id", "segment_id"}, "company_tag": {"company_id", "tag_id"},
		} {
			var rows strings.Builder
			for member := range 12 {
				for list := 1; list <= 3; list++ {
					if (day*day+3*member+5*list+len(table))%4 < 2 {
						fmt.Fprintf(&rows, `{"%s":"m%d","%s":"s%d"}`+"\n", columns[0], member, columns[1], list)
					}
				}
			}
			key := table + "/dt=" + dt + "/" + run + "-00000.ndjson.gz"
			put(t, filepath.Join(root, key), rows.String())
			put(t, filepath.Join(root, "_published", table, "dt="+dt+".json"), fmt.Sprintf(
				`{"table":"%s","dt":"%s","run":"%s","rows":%d,"complete":%s,"started_at":"2026-02-20T00:00:00Z","finished_at":"2026-02-20T00:00:00Z",`+
					`"parts":[{"key":"%s","rows":1,"size":1,"sha256":""}],"columns":[{"name":"%s","kind":"string"},{"name":"%s","kind":"string"}]}`+"\n",
				table, dt, run, strings.Count(rows.String(), "\n"), says, key, columns[0], columns[1]))
		}
	}
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	published, err := lake.New(store, lake.Options{}).Publications(t.Context())
	if err != nil || len(published) != 4*(len(days)-1) {
		t.Fatalf("%d publications: %v", len(published), err)
	}
	own, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if _, err := own.Exec(views.SQL(published, store.Path)); err != nil {
		t.Fatal(err)
	}
	defined, _ := glue(t)
	for _, g := range defined { // DuckDB wants a file of each
		if name, is := strings.CutSuffix(g.name, "_parts"); is {
			put(t, filepath.Join(root, name, "dt=2026-02-20", "20260101T000000Z-000000-00000.ndjson.gz"), "")
		}
	}
	db := openViews(t, root)
	for _, r := range changes() {
		want, got := all(t, own, r.name), all(t, db, r.name)
		if !slices.Equal(want, got) || len(want) < 20 {
			t.Errorf("%s: got\n%s\nwant\n%s", r.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// put writes a file, packed where its name says so.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	data := []byte(text)
	if strings.HasSuffix(path, ".gz") {
		data = packed(t, text)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// all are a view's rows as text, sorted.
func all(t *testing.T, db *sql.DB, view string) (lines []string) {
	t.Helper()
	rows, err := db.Query("SELECT CAST(v AS VARCHAR) FROM " + view + " v")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
