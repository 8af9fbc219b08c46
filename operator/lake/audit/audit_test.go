package audit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/compact"
	"intercom-connector/operator/lake/folder"
)

// newLake has four days of contact, of which one is not complete and two are
// missing before the last, and one day of tag.
func newLake(t *testing.T) (root string, l *lake.Lake) {
	t.Helper()
	root = t.TempDir()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	l = lake.New(store, lake.Options{Now: func() time.Time { return time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC) }})
	for _, day := range []struct {
		table, dt string
		complete  bool
	}{
		{"contact", "2026-01-30", true},
		{"contact", "2026-01-31", false},
		{"contact", "2026-02-01", false},
		{"contact", "2026-02-04", true},
		{"tag", "2026-02-01", true},
	} {
		run, err := l.Begin(t.Context(), []string{day.table}, day.dt, day.dt)
		if err != nil {
			t.Fatal(err)
		}
		w := run.Table(day.table, day.dt, []tables.Column{{Name: "id", Kind: tables.String}}, false)
		for _, id := range []string{"a", "b"} {
			if err := w.Row(t.Context(), []any{id}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		p.Complete = day.complete
		if err := run.Commit(t.Context(), []lake.Publication{p}); err != nil {
			t.Fatal(err)
		}
	}
	return root, l
}

func TestStatus(t *testing.T) {
	root, l := newLake(t)
	if err := os.WriteFile(filepath.Join(root, "_published/tag/dt=2026-02-02.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, damaged, err := Status(t.Context(), l)
	if err != nil || len(damaged) != 1 || !strings.Contains(damaged[0].Error(), "_published/tag/dt=2026-02-02.json") {
		t.Fatal(damaged, err)
	}
	size := all[1].Bytes
	want := []Table{
		{
			Name: "contact", First: "2026-01-30", Last: "2026-02-04", Days: 4, Parts: 4, Rows: 8, Bytes: 4 * size,
			Missing: []Range{{"2026-02-02", "2026-02-03"}}, Incomplete: []Range{{"2026-01-31", "2026-02-01"}},
		},
		{Name: "tag", First: "2026-02-01", Last: "2026-02-01", Days: 1, Parts: 1, Rows: 2, Bytes: size, Missing: []Range{}, Incomplete: []Range{}},
	}
	if diff := cmp.Diff(want, all); diff != "" || size == 0 {
		t.Error(diff)
	}
	if got := [2]int64{Count(all[0].Missing), Count(all[0].Incomplete)}; got != [2]int64{2, 2} {
		t.Errorf("%v missing and not complete", got)
	}
}

// TestRepair damages a lake in one way, or two, and says what must be left.
func TestRepair(t *testing.T) {
	damage := func(t *testing.T, root, key string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, key), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, root, key string) {
		t.Helper()
		if err := os.Remove(filepath.Join(root, key)); err != nil {
			t.Fatal(err)
		}
	}
	parts := func(t *testing.T, root, day string) []string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(root, day, "*.gz"))
		if err != nil || len(names) != 1 {
			t.Fatal(names, err)
		}
		return names
	}
	const day = "_published/contact/dt=2026-02-04.json"
	for name, c := range map[string]struct {
		harm    func(t *testing.T, root string)
		done    string
		left    string // a problem that stays
		unproof bool   // the day is not complete any more
		gone    bool   // it is no day any more
	}{
		"a publication that the index knows": {
			harm: func(t *testing.T, root string) { damage(t, root, day) }, done: day + ": written again as the index knows it",
		},
		"a publication that is lost": {
			harm: func(t *testing.T, root string) { remove(t, root, day) }, done: day + ": written again as the index knows it",
		},
		"a publication that is lost, and its index was written again since": {
			harm: func(t *testing.T, root string) {
				remove(t, root, day)
				store, err := folder.Open(root)
				if err != nil {
					t.Fatal(err)
				}
				if months, err := compact.Months(t.Context(), lake.New(store, lake.Options{}), 0); err != nil || len(months) > 0 {
					t.Errorf("compacted %v, %v", months, err)
				}
			}, done: day + ": written again as the index knows it",
		},
		"a publication that is lost with one of its parts": {
			harm: func(t *testing.T, root string) {
				remove(t, root, day)
				if err := os.WriteFile(parts(t, root, "contact/dt=2026-02-04")[0], []byte("no gzip"), 0o600); err != nil {
					t.Fatal(err)
				}
			}, left: day,
		},
		"a publication that is lost with one of its parts, and another that the index knows": {
			harm: func(t *testing.T, root string) {
				remove(t, root, day)
				damage(t, root, "_published/tag/dt=2026-02-01.json")
				if err := os.WriteFile(parts(t, root, "contact/dt=2026-02-04")[0], []byte("no gzip"), 0o600); err != nil {
					t.Fatal(err)
				}
			}, done: "_published/tag/dt=2026-02-01.json: written again as the index knows it", left: "contact/dt=2026-02-04/",
		},
		"a day that somebody has removed": {
			harm: func(t *testing.T, root string) {
				remove(t, root, day)
				if err := os.Remove(parts(t, root, "contact/dt=2026-02-04")[0]); err != nil {
					t.Fatal(err)
				}
			}, done: day + ": it is gone with its parts; _index/2026-02.json, which knew it, is removed, and operator compact writes it again", gone: true,
		},
		"a day that somebody has removed, and a publication that is lost with one of its parts": {
			harm: func(t *testing.T, root string) {
				remove(t, root, day)
				remove(t, root, "_published/tag/dt=2026-02-01.json")
				if err := os.Remove(parts(t, root, "contact/dt=2026-02-04")[0]); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(parts(t, root, "tag/dt=2026-02-01")[0], []byte("no gzip"), 0o600); err != nil {
					t.Fatal(err)
				}
			}, done: day + ": it is gone with its parts; _index/2026-02.json, which knew it, is removed, and operator compact writes it again", left: "tag/dt=2026-02-01/",
		},
		"a publication without an index": {
			harm: func(t *testing.T, root string) {
				damage(t, root, day)
				damage(t, root, "_index/2026-02.json")
			}, done: day + ": written again from its parts, 2 rows, as not complete; its workspace, zone and bounds cannot be known\n_index/2026-02.json: removed; operator compact writes it again", unproof: true,
		},
		"a publication of two runs": {
			harm: func(t *testing.T, root string) {
				damage(t, root, day)
				damage(t, root, "_index/2026-02.json")
				was := parts(t, root, "contact/dt=2026-02-04")[0]
				data, err := os.ReadFile(was)
				if err == nil {
					err = os.WriteFile(filepath.Join(filepath.Dir(was), "20260101T000000Z-000000-00000.ndjson.gz"), data, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}, done: "_index/2026-02.json: removed; operator compact writes it again", left: day,
		},
		"a publication and its part": {
			harm: func(t *testing.T, root string) {
				damage(t, root, day)
				if err := os.WriteFile(parts(t, root, "contact/dt=2026-02-04")[0], []byte("no gzip"), 0o600); err != nil {
					t.Fatal(err)
				}
			}, left: day,
		},
		"a part": {
			harm: func(t *testing.T, root string) {
				if err := os.Truncate(parts(t, root, "contact/dt=2026-02-04")[0], 9); err != nil {
					t.Fatal(err)
				}
			}, left: "contact/dt=2026-02-04/",
		},
		"an index that lies": {
			harm: func(t *testing.T, root string) {
				key := filepath.Join(root, "_index/2026-02.json")
				text, err := os.ReadFile(key)
				if err == nil {
					err = os.WriteFile(key, []byte(strings.Replace(string(text), `"complete":true`, `"complete":false`, 1)), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}, done: "_index/2026-02.json: removed; operator compact writes it again",
		},
		"a part that nobody reads": {
			harm: func(t *testing.T, root string) {
				if err := os.WriteFile(filepath.Join(root, "contact/dt=2026-02-01/20260101T000000Z-000000-00000.ndjson.gz"), []byte("x"), 0o600); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root, l := newLake(t)
			if _, err := compact.Months(t.Context(), l, 0); err != nil {
				t.Fatal(err)
			}
			before, err := l.SurveyFiles(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.harm(t, root)
			if v, err := Verify(t.Context(), l); err != nil || name == "a part that nobody reads" && v.Unpublished != 1 {
				t.Errorf("%d parts are said to be read by nobody, %v", v.Unpublished, err)
			}
			done, err := Repair(t.Context(), l)
			if err != nil || strings.Join(done, "\n") != c.done {
				t.Errorf("done: %v, %v", done, err)
			}
			v, err := Verify(t.Context(), l)
			if err != nil || (len(v.Problems) > 0) != (c.left != "") || !strings.Contains(strings.Join(v.Problems, " "), c.left) || c.left == "" && v.Unpublished > 0 {
				t.Errorf("left: %+v, %v", v, err)
			}
			if c.left == "" && !c.unproof && !c.gone {
				after, err := l.SurveyFiles(t.Context())
				if diff := cmp.Diff(before, after); err != nil || diff != "" {
					t.Errorf("%v\n%s", err, diff)
				}
			}
			if c.unproof && len(v.Incomplete) != 3 {
				t.Errorf("not complete: %v", v.Incomplete)
			}
			if again, err := Repair(t.Context(), l); err != nil || len(again) > 0 {
				t.Errorf("a second time: %v, %v", again, err)
			}
		})
	}
}

// A publication that is written again from its parts says whose it is and which day, as
// far as the lake tells it.
func TestRepairSaysWhichDay(t *testing.T) {
	root, l := newLake(t)
	change := func(key string, change func(*lake.Publication)) {
		t.Helper()
		var p lake.Publication
		text, err := os.ReadFile(filepath.Join(root, key))
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		change(&p)
		if err == nil {
			text, err = json.Marshal(p)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, key), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	from := time.Date(2026, 1, 31, 11, 0, 0, 0, time.UTC)
	change("_published/tag/dt=2026-02-01.json", func(p *lake.Publication) {
		p.Zone, p.From, p.To = "Pacific/Auckland", from, from.Add(24*time.Hour)
	})
	for key, text := range map[string]string{
		"_lake.json": `{"version":1,"workspace_id":"ws1"}`, "_published/contact/dt=2026-02-01.json": "{",
	} {
		if err := os.WriteFile(filepath.Join(root, key), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done, err := Repair(t.Context(), l)
	if want := "_published/contact/dt=2026-02-01.json: written again from its parts, 2 rows, as not complete"; err != nil || strings.Join(done, "|") != want {
		t.Errorf("%v, %v", done, err)
	}
	p, _, err := l.Published(t.Context(), "contact", "2026-02-01")
	if err != nil || p.Workspace != "ws1" || p.Zone != "Pacific/Auckland" || !p.From.Equal(from) || !p.To.Equal(from.Add(24*time.Hour)) {
		t.Errorf("%+v, %v", p, err)
	}
}

// A day of a sparse table that is written again from its parts is as sparse as the
// others: the days before it are not missing.
func TestRepairKnowsSparseTables(t *testing.T) {
	root, l := newLake(t)
	all, err := l.Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		p.Sparse = p.Table == "contact"
		text, err := json.Marshal(p)
		if p.Table == "tag" || p.Dt == "2026-02-04" {
			text = []byte("{")
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, p.Key()), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if done, err := Repair(t.Context(), l); err != nil || len(done) != 2 {
		t.Errorf("%v, %v", done, err)
	}
	all, err = l.Publications(t.Context())
	for _, p := range all {
		if p.Sparse != (p.Table == "contact") {
			t.Errorf("%s of %s: sparse is %t", p.Table, p.Dt, p.Sparse)
		}
	}
	tables, _, statusErr := Status(t.Context(), l)
	if err != nil || statusErr != nil || len(tables) != 2 || len(tables[0].Missing) > 0 {
		t.Errorf("%+v, %v, %v", tables, err, statusErr)
	}
}

func TestDayOf(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 2, 1, hour, 0, 0, 0, time.UTC) }
	day := func(table, dt, zone string, from, to int) lake.Publication {
		return lake.Publication{Table: table, Dt: dt, Zone: zone, From: at(from), To: at(to)}
	}
	for name, c := range map[string]struct {
		published []lake.Publication
		zone      string
		from, to  int
	}{
		"the day's other tables":                      {[]lake.Publication{day("tag", "2026-02-02", "UTC", 24, 48), day("segment", "2026-02-02", "UTC", 24, 48)}, "UTC", 24, 48},
		"others that part":                            {[]lake.Publication{day("tag", "2026-02-02", "UTC", 24, 48), day("segment", "2026-02-02", "Asia/Tokyo", 15, 39)}, "", 0, 0},
		"others whose bounds part":                    {[]lake.Publication{day("tag", "2026-02-02", "UTC", 24, 48), day("segment", "2026-02-02", "UTC", 20, 48)}, "", 0, 0},
		"the days beside it":                          {[]lake.Publication{day("contact", "2026-02-01", "UTC", 0, 24), day("contact", "2026-02-03", "UTC", 47, 72)}, "UTC", 24, 47},
		"days beside it, of two zones":                {[]lake.Publication{day("contact", "2026-02-01", "UTC", 0, 24), day("contact", "2026-02-03", "Asia/Tokyo", 39, 63)}, "", 0, 0},
		"the day before alone":                        {[]lake.Publication{day("contact", "2026-02-01", "UTC", 0, 24)}, "", 0, 0},
		"days beside it, of another table":            {[]lake.Publication{day("tag", "2026-02-01", "UTC", 0, 24), day("tag", "2026-02-03", "UTC", 48, 72)}, "", 0, 0},
		"days that are near, but not beside it":       {[]lake.Publication{day("contact", "2026-01-31", "UTC", -24, 0), day("contact", "2026-02-03", "UTC", 48, 72)}, "", 0, 0},
		"others of two zones that are the same today": {[]lake.Publication{day("tag", "2026-02-02", "UTC", 24, 48), day("segment", "2026-02-02", "Europe/London", 24, 48)}, "", 0, 0},
		"nothing": {},
	} {
		zone, from, to := dayOf("contact", "2026-02-02", c.published)
		if zone != c.zone || zone != "" && (!from.Equal(at(c.from)) || !to.Equal(at(c.to))) {
			t.Errorf("%s: %s from %v to %v", name, zone, from, to)
		}
	}
}

// TestRepairReadsColumns: of a table that is no snapshot's and has no other day, the rows
// tell the columns, without which nobody could ask the lake.
func TestRepairReadsColumns(t *testing.T) {
	root, l := newLake(t)
	run, err := l.Begin(t.Context(), []string{"conversation"}, "2026-02-01", "2026-02-01")
	if err != nil {
		t.Fatal(err)
	}
	columns := []tables.Column{
		{Name: "conversation_id", Kind: tables.String},
		{Name: "started_at", Kind: tables.Timestamp},
		{Name: "seconds", Kind: tables.Double},
		{Name: "replies", Kind: tables.Long},
		{Name: "closed", Kind: tables.Boolean},
		{Name: "note", Kind: tables.String},
	}
	w := run.Table("conversation", "2026-02-01", columns, false)
	at := time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)
	for _, row := range [][]any{{"007", at, 1.0, int64(5), true, nil}, {"x", at, 2.5, nil, nil, "2026-02-01 08:00:00"}, {"y", nil, nil, nil, nil, "none"}} {
		if err := w.Row(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Finish()
	if err == nil {
		err = run.Commit(t.Context(), []lake.Publication{p})
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, p.Key()), []byte("{"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if done, err := Repair(t.Context(), l); err != nil || len(done) != 1 {
		t.Fatalf("done: %v, %v", done, err)
	}
	got, found, err := l.Published(t.Context(), "conversation", "2026-02-01")
	if diff := cmp.Diff(p.Columns, got.Columns); err != nil || !found || diff != "" {
		t.Errorf("%v, %v\n%s", found, err, diff)
	}
}
