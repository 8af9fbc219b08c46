package recipes_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
)

// TestViewsOfYears opens a lake of more days than a SELECT for each would bear,
// in folders whose names look like columns.
func TestViewsOfYears(t *testing.T) {
	root := filepath.Join(t.TempDir(), "id=7", "dt=2001-01-01", "name=x", "lake")
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l := lake.New(store, lake.Options{})
	const days = 1100
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	run, err := l.Begin(t.Context(), []string{"tag"}, "2024-01-01", "2027-12-31")
	if err != nil {
		t.Fatal(err)
	}
	var published []lake.Publication
	for day := range days {
		w := run.Table("tag", first.AddDate(0, 0, day).Format(time.DateOnly), []tables.Column{{Name: "id", Kind: tables.String}, {Name: "name", Kind: tables.String}}, false)
		if day%10 == 0 { // the others are empty
			if err := w.Row(t.Context(), []any{"t1", "VIP"}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		published = append(published, p)
	}
	if err := run.Commit(t.Context(), published); err != nil {
		t.Fatal(err)
	}
	db := openLake(t, root)
	for question, want := range map[string]string{
		"SELECT count(*), count(DISTINCT dt), sum(row_count) FROM published WHERE complete": "1100 1100 110",
		"SELECT count(*), min(id), min(name), min(dt), max(dt) FROM tag":                    "110 t1 VIP 2024-01-01 2026-12-26",
		"SELECT count(*) FROM tag WHERE dt >= DATE '2026-12-01'":                            "3",
	} {
		if got := query(t, db, question)[1]; strings.Join(got, " ") != want {
			t.Errorf("%s: %v, not %s", question, got, want)
		}
	}
}
