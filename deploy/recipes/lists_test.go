package recipes_test

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"intercom-connector/deploy/recipes"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
)

// beginLists begins a lake of nine days of segments and their members.
func beginLists(t *testing.T) (root string, run *lake.Run) {
	t.Helper()
	root = t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	run, err = lake.New(store, lake.Options{}).Begin(t.Context(), []string{"contact_segment", "segment"}, "2026-05-01", "2026-05-09")
	if err != nil {
		t.Fatal(err)
	}
	return root, run
}

// TestListsAreToldByID: two segments of one name are two, and one that is renamed is
// one; and a day that is not proven, on which nobody was met, lets nobody leave.
func TestListsAreToldByID(t *testing.T) {
	root, run := beginLists(t)
	var published []lake.Publication
	publish := func(w *lake.TableWriter, complete bool, rows ...[]any) {
		published = append(published, written(t, w, complete, rows...))
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
	answers(t, db, map[string][]string{
		"median-days-in-segment": {"Active users 1 4 s1", "Active users 1 4 s2"},
		"joined-and-left-this-week": {
			"2026-05-03 joined ann  s1", "2026-05-04 joined ben  s2", "2026-05-07 left ann  s1", "2026-05-08 left ben  s2",
		},
		"segment-flows": nil,
	})
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

// TestWhatWasNotReadIsNotNobody: a table that is not published on a day is null, one that is
// not proven tells no size of today and no growth, and who was missed on the first days
// has not joined.
func TestWhatWasNotReadIsNotNobody(t *testing.T) {
	root := t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{
		"segment": {"id", "name"}, "tag": {"id", "name"}, "contact_segment": {"contact_id", "segment_id"}, "company_segment": {"company_id", "segment_id"},
		"contact_tag": {"contact_id", "tag_id"}, "company_tag": {"company_id", "tag_id"},
	}
	run, err := lake.New(store, lake.Options{}).Begin(t.Context(), slices.Collect(maps.Keys(columns)), "2026-05-01", "2026-05-31")
	if err != nil {
		t.Fatal(err)
	}
	var published []lake.Publication
	publish := func(dt, table string, complete bool, rows ...[]any) {
		published = append(published, written(t, run.Table(table, dt, text(columns[table]...), false), complete, rows...))
	}
	all := [][]any{{"ann", "s1"}, {"ben", "s1"}, {"ann", "s2"}, {"ben", "s2"}}
	tagged := [][]any{{"ann", "t1"}, {"ben", "t1"}}
	for i, day := range []struct {
		met       int  // of all
		proven    bool // contacts, their segments and tags
		companies bool // are read
	}{{1, false, true}, {4, true, true}, {4, true, false}, {1, false, true}} {
		dt := fmt.Sprintf("2026-05-%02d", 8+7*(i/2)+i%2) // a Friday and a Saturday, twice
		publish(dt, "tag", true, []any{"t1", "vip"})
		publish(dt, "contact_segment", day.proven, all[:day.met]...)
		publish(dt, "contact_tag", day.proven, tagged[:min(day.met, 2)]...)
		if day.companies {
			publish(dt, "company_segment", true, []any{"acme", "s2"})
			publish(dt, "company_tag", true, []any{"acme", "t1"})
		}
		if i < 3 {
			publish(dt, "segment", true, []any{"s1", "One"}, []any{"s2", "Two"})
		} else {
			publish(dt, "segment", true, []any{"s2", "Two"})
		}
	}
	if err := run.Commit(t.Context(), published); err != nil {
		t.Fatal(err)
	}
	db := openLake(t, root)
	answers(t, db, map[string][]string{
		"segment-size-by-day": {
			"One 2026-05-08 1 0 s1 false", "One 2026-05-09 2 0 s1 true", "One 2026-05-15 2  s1 true",
			"Two 2026-05-08 0 1 s2 false", "Two 2026-05-09 2 1 s2 true", "Two 2026-05-15 2  s2 true", "Two 2026-05-16 0 1 s2 false",
		},
		"tag-growth":             {"vip 2026-05-09 2  1  t1", "vip 2026-05-15 2 0   t1"},
		"segment-overlap":        {"Two s1 2 100"},
		"median-days-in-segment": nil,
	})
	if rows := query(t, db, "SELECT * FROM contact_segment_change UNION ALL SELECT * FROM contact_tag_change")[1:]; len(rows) > 0 {
		t.Errorf("changes that nobody saw: %q", rows)
	}
}

// answers asks recipes, and wants these rows of each.
func answers(t *testing.T, db *sql.DB, want map[string][]string) {
	t.Helper()
	for name, rows := range want {
		r, err := recipes.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range query(t, db, r.SQL)[1:] {
			got = append(got, strings.Join(row, " "))
		}
		if !slices.Equal(got, rows) {
			t.Errorf("%s: %q, not %q", name, got, rows)
		}
	}
}

func text(names ...string) (columns []tables.Column) {
	for _, name := range names {
		columns = append(columns, tables.Column{Name: name, Kind: tables.String})
	}
	return columns
}

// written is a table's day, with its rows.
func written(t *testing.T, w *lake.TableWriter, complete bool, rows ...[]any) lake.Publication {
	t.Helper()
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
	return p
}

// TestAListThatIsNeverProven keeps nobody from hearing of the others, and tells nothing
// itself: of s3 nobody knows who was in it on any day, and on one day of any.
func TestAListThatIsNeverProven(t *testing.T) {
	root, run := beginLists(t)
	var published []lake.Publication
	for day := 1; day <= 9; day++ {
		dt := fmt.Sprintf("2026-05-0%d", day)
		rows := map[string][][]any{"segment": {{"s1", "Active users"}, {"s2", "Paying"}, {"s3", "Doubted"}}}
		columns := map[string][]tables.Column{"segment": text("id", "name"), "contact_segment": text("contact_id", "segment_id")}
		is := func(contact, segment string, now bool) {
			if now {
				rows["contact_segment"] = append(rows["contact_segment"], []any{contact, segment})
			}
		}
		is("ann", "s1", day < 5)
		is("ann", "s2", day >= 5)
		is("ben", "s3", day < 6)
		is("ben", "s1", day >= 6 && day != 8)
		for segment := range 3 {
			is("carl", fmt.Sprintf("s%d", segment+1), true)
		}
		for table, of := range columns {
			p := written(t, run.Table(table, dt, of, false), table == "segment", rows[table]...)
			if !p.Complete && day != 8 {
				p.Unproven = []string{"s3", "s33"}
			}
			published = append(published, p)
		}
	}
	if err := run.Commit(t.Context(), published); err != nil {
		t.Fatal(err)
	}
	db := openLake(t, root)
	answers(t, db, map[string][]string{
		"joined-and-left-this-week": {"2026-05-05 left ann  s1", "2026-05-06 joined ben  s1"},
		"segment-flows":             {"Active users Paying 1 s1 s2"},
		"segment-overlap":           {"Active users Paying 1 50"},
	})
}
