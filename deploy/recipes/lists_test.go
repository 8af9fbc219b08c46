package recipes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"intercom-connector/deploy/recipes"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
)

// TestListsAreToldByID: two segments of one name are two, and one that is renamed is
// one; and a day that is not proven, on which nobody was met, lets nobody leave.
func TestListsAreToldByID(t *testing.T) {
	root := t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	run, err := lake.New(store, lake.Options{}).Begin(t.Context(), []string{"contact_segment", "segment"}, "2026-05-01", "2026-05-09")
	if err != nil {
		t.Fatal(err)
	}
	text := func(names ...string) (columns []tables.Column) {
		for _, name := range names {
			columns = append(columns, tables.Column{Name: name, Kind: tables.String})
		}
		return columns
	}
	var published []lake.Publication
	publish := func(w *lake.TableWriter, complete bool, rows ...[]any) {
		for _, row := range rows {
			if err := w.Row(t.Context(), row); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		p.Complete = complete
		published = append(published, p)
	}
	for day := 1; day <= 9; day++ {
		dt, renamed := fmt.Sprintf("2026-05-0%d", day), "Old name"
		if day > 4 {
			renamed = "Active users"
		}
		publish(run.Table("segment", dt, text("id", "name"), false), true, []any{"s1", renamed}, []any{"s2", "Active users"})
		var members [][]any
		proven := day != 5
		if day >= 3 && day <= 6 && proven {
			members = append(members, []any{"ann", "s1"})
		}
		if day >= 4 && day <= 7 && proven {
			members = append(members, []any{"ben", "s2"})
		}
		publish(run.Table("contact_segment", dt, text("contact_id", "segment_id"), false), proven, members...)
	}
	if err := run.Commit(t.Context(), published); err != nil {
		t.Fatal(err)
	}
	db := openLake(t, root)
	for name, want := range map[string][]string{
		"median-days-in-segment": {"Active users 1 4 s1", "Active users 1 4 s2"},
		"joined-and-left-this-week": {
			"2026-05-03 joined ann  s1", "2026-05-04 joined ben  s2", "2026-05-07 left ann  s1", "2026-05-08 left ben  s2",
		},
		"segment-flows": nil,
	} {
		r, err := recipes.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range query(t, db, r.SQL)[1:] {
			got = append(got, strings.Join(row, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	r, err := recipes.Get("segment-size-by-day")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range query(t, db, r.SQL)[1:] {
		if row[0] != "Active users" {
			t.Errorf("a segment bears another name than its newest: %q", row)
		}
	}
}
