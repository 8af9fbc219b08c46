//go:build genuine

package genuine

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/deploy/recipes"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/storetest"
	"intercom-connector/operator/lake/views"
)

// reads says what a recipe may read of a table: the files of the newest so many days,
// 0 being all of them, so many times; and so many times its publications alone.
type reads struct {
	table              string
	days, scans, looks int
}

// bounds are what each recipe may read. A question that names a part of it twice
// reads it twice.
var bounds = map[string][]reads{
	"companies-that-moved-on":    {{"company_segment", 0, 2, 30}, {"segment", 0, 2, 0}, {"company", 20, 1, 0}},
	"days-published":             {{"contact_segment", 0, 0, 1}, {"company_segment", 0, 0, 1}},
	"first-response-percentiles": {{"conversation", 0, 1, 0}, {"deleted_conversation", 0, 1, 0}},
	"joined-and-left-this-week":  {{"contact_segment", 8, 4, 16}, {"segment", 1, 6, 6}, {"contact", 8, 1, 0}},
	"median-days-in-segment":     {{"contact_segment", 0, 1, 15}, {"segment", 0, 1, 0}},
	"segment-flows":              {{"contact_segment", 31, 4, 18}, {"segment", 31, 4, 2}},
	"segment-overlap":            {{"contact_segment", 1, 4, 8}, {"segment", 1, 2, 2}},
	"segment-size-by-day":        {{"contact_segment", 0, 1, 1}, {"company_segment", 0, 1, 1}, {"segment", 0, 2, 0}},
	"tag-growth":                 {{"contact_tag", 14, 1, 5}, {"company_tag", 14, 1, 0}, {"tag", 14, 2, 0}},
	"who-is-in-segment":          {{"contact_segment", 1, 1, 1}, {"segment", 1, 1, 1}, {"contact", 1, 1, 1}},
	"tagged-then-in-segment":     {{"contact_tag", 0, 2, 17}, {"tag", 0, 2, 0}, {"contact_segment", 0, 2, 16}, {"segment", 0, 2, 0}},
}

// Trino, on which Athena is built, reads a lake of ninety days through the
// template's tables and views, as they are in Glue. Every view and every recipe
// comes to the rows that DuckDB comes to, in their order, and reads the files of
// its days only.
func TestTrino(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	at := filepath.Join(root, storetest.Bucket, "lake")
	began := time.Now()
	if err := run(program(t, "operator"), "snapshot", "--sandbox", "--output", at, "--days", "90", "--reporting", "all"); err != nil {
		t.Fatal(err)
	}
	t.Logf("a lake of ninety days after %s", time.Since(began).Round(time.Second))
	glue := moto(t)
	stack(t, glue, "AWS::Glue", map[string]string{"Bucket": storetest.Bucket})
	s := startTrino(t, glue, "http://"+storetest.ServeFolder(t, root))
	doubt(t, at)
	duck, published := openLake(t, at, "")

	newest := map[string]string{}
	for _, p := range published {
		newest[p.Table] = max(newest[p.Table], p.Dt)
	}
	for table, dt := range newest {
		t.Run(table, func(t *testing.T) {
			s.agrees(t, duck, "SELECT dt, count(*) AS n FROM "+table+" GROUP BY dt ORDER BY dt")
			columns := strings.Join(s.query(t, "SELECT * FROM "+table+" WHERE false").columns, `", "`)
			s.agrees(t, duck, fmt.Sprintf(`SELECT "%s" FROM %s WHERE dt = DATE '%s' ORDER BY "%[1]s"`, columns, table, dt))
		})
	}
	for _, table := range []string{"contact_segment", "contact_tag", "company_segment", "company_tag"} {
		t.Run(table+"_change", func(t *testing.T) {
			columns := strings.Join(s.query(t, "SELECT * FROM "+table+"_change WHERE false").columns, ", ")
			a := s.agrees(t, duck, "SELECT "+columns+" FROM "+table+"_change ORDER BY "+columns)
			most := bytesOf([]reads{{table, 0, 1, 15}}, published, at)
			t.Logf("%d rows, %d bytes read of at most %d", len(a.rows), a.bytes, most)
			if len(a.rows) < 20 || a.bytes > most {
				t.Errorf("only %d changes, or %d bytes read, at most %d", len(a.rows), a.bytes, most)
			}
		})
	}
	all, err := recipes.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		t.Run(r.Name, func(t *testing.T) {
			began := time.Now()
			a := s.agrees(t, duck, r.SQL)
			most := bytesOf(bounds[r.Name], published, at)
			t.Logf("%d rows, %d bytes read of at most %d, in %s", len(a.rows), a.bytes, most, time.Since(began).Round(time.Millisecond))
			if len(a.rows) == 0 || a.bytes > most {
				t.Errorf("%d rows, %d bytes read, at most %d", len(a.rows), a.bytes, most)
			}
		})
	}
}

// doubt spoils some days of the memberships: two are missing, one is not proven, and
// of three a list each is not.
func doubt(t *testing.T, root string) {
	t.Helper()
	for _, table := range []string{"contact_segment", "contact_tag", "company_segment", "company_tag"} {
		days, err := filepath.Glob(filepath.Join(root, "_published", table, "dt=*.json"))
		if err != nil || len(days) != 90 {
			t.Fatalf("%d days of %s: %v", len(days), table, err)
		}
		for _, day := range []int{20, 21} {
			if err := os.Remove(days[day]); err != nil {
				t.Fatal(err)
			}
		}
		for day, lists := range map[int]int{30: 0, 40: 1, 41: 1, 50: 1} {
			text, err := os.ReadFile(days[day])
			if err != nil {
				t.Fatal(err)
			}
			says := `"complete":false`
			if lists > 0 {
				says += `,"unproven":["` + listOf(t, root, table, filepath.Base(days[day])) + `"]`
			}
			if err := os.WriteFile(days[day], []byte(strings.Replace(string(text), `"complete":true`, says, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// listOf is the segment or tag in the first row of a table's day.
func listOf(t *testing.T, root, table, publication string) string {
	t.Helper()
	duck, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close()
	var list string
	files := filepath.Join(root, table, strings.TrimSuffix(publication, ".json"), "*.gz")
	column := table[strings.Index(table, "_")+1:] + "_id"
	if err := duck.QueryRow("SELECT " + column + " FROM read_json('" + files + "', format = 'newline_delimited') LIMIT 1").Scan(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// bytesOf are those of the files that may be read.
func bytesOf(all []reads, published []lake.Publication, root string) (most int64) {
	days := map[string][]lake.Publication{}
	for _, p := range published {
		days[p.Table] = append(days[p.Table], p)
	}
	for _, may := range all {
		of := days[may.table]
		for _, p := range of {
			if file, err := os.Stat(filepath.Join(root, "_published", p.Table, "dt="+p.Dt+".json")); err == nil {
				most += file.Size() * int64(may.scans+may.looks)
			}
		}
		if may.days > 0 {
			of = of[len(of)-may.days:]
		}
		for _, p := range of {
			for _, file := range p.Parts {
				most += file.Size * int64(may.scans)
			}
		}
	}
	return most
}

// agrees wants Trino to come to the same columns and rows as DuckDB.
func (s *trino) agrees(t *testing.T, duck *sql.DB, question string) answer {
	t.Helper()
	a := s.query(t, question)
	rows, err := duck.QueryContext(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.columns, columns) {
		t.Errorf("Trino has the columns %q, DuckDB %q", a.columns, columns)
	}
	n := 0
	for ; rows.Next(); n++ {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		if n >= len(a.rows) {
			continue
		}
		for i, value := range values {
			if want, got := text(value), text(a.rows[n][i]); want != got {
				t.Fatalf("row %d, %s: Trino has %s, DuckDB %s, of: %s", n, columns[i], got, want, question)
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n != len(a.rows) {
		t.Errorf("Trino has %d rows, DuckDB %d, of: %s", len(a.rows), n, question)
	}
	return a
}

// text writes a value of either engine in one way.
func text(value any) string {
	switch v := value.(type) {
	case time.Time:
		return strings.TrimSuffix(v.Format("2006-01-02 15:04:05.000"), " 00:00:00.000")
	case string:
		return strings.TrimSuffix(v, " 00:00:00.000")
	case int64:
		return text(float64(v))
	case int32:
		return text(float64(v))
	}
	return fmt.Sprint(value)
}

// openLake opens DuckDB, in a file or ("") in memory, with a lake's views.
func openLake(t *testing.T, root, file string) (*sql.DB, []lake.Publication) {
	t.Helper()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	published, err := lake.New(store, lake.Options{}).Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	duck, err := sql.Open("duckdb", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { duck.Close() })
	if _, err := duck.Exec(views.SQL(published, store.Path)); err != nil {
		t.Fatal(err)
	}
	return duck, published
}
