package views

import (
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
)

var columns = []tables.Column{{Name: "contact_id", Kind: tables.String}, {Name: "segment_id", Kind: tables.String}}

// kept is a lake of contact_segment alone.
type kept struct {
	t     *testing.T
	store *folder.Folder
	lake  *lake.Lake
}

func newKept(t *testing.T) *kept {
	t.Helper()
	store, err := folder.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &kept{t, store, lake.New(store, lake.Options{})}
}

// publish publishes a day that holds some pairs of contact and segment.
func (k *kept) publish(dt string, complete bool, unproven []string, pairs [][2]string) {
	k.t.Helper()
	var rows [][]any
	for _, pair := range pairs {
		rows = append(rows, []any{pair[0], pair[1]})
	}
	k.publishRows(tables.Table{Name: tables.ContactSegment, Columns: columns}, dt, complete, unproven, rows)
}

// publishRows publishes a day of any table.
func (k *kept) publishRows(t tables.Table, dt string, complete bool, unproven []string, rows [][]any) {
	k.t.Helper()
	run, err := k.lake.Begin(k.t.Context(), []string{t.Name}, dt, dt)
	if err != nil {
		k.t.Fatal(err)
	}
	w := run.Table(t.Name, dt, t.Columns, false)
	for _, row := range rows {
		if err := w.Row(k.t.Context(), row); err != nil {
			k.t.Fatal(err)
		}
	}
	p, err := w.Finish()
	if err != nil {
		k.t.Fatal(err)
	}
	p.Complete, p.Unproven = complete, unproven
	if err := run.Commit(k.t.Context(), []lake.Publication{p}); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kept) open() *sql.DB {
	k.t.Helper()
	all, err := k.lake.Publications(k.t.Context())
	if err != nil {
		k.t.Fatal(err)
	}
	db, err := Open(k.t.Context(), all, k.store.Path)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { db.Close() })
	return db
}

// ask returns the rows as text, sorted.
func ask(t *testing.T, db *sql.DB, question string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, v := range values {
			line = append(line, strings.TrimSuffix(v.String, "T00:00:00Z"))
		}
		all = append(all, strings.Join(line, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// walked is who was in which segment, by the rule as one would write it for one
// contact and one day after the other, with the stays that have ended.
type walked struct {
	in    map[[2]string]bool
	first map[[2]string]int
	stays []stay
	known map[string]int // the first day on which a list is proven
}

type stay struct {
	pair        [2]string
	begins, end int // end is the day on which it is left; -1 while it lasts
}

func (w *walked) day(n int, segments []string, complete bool, unproven []string, told map[[2]string]bool) {
	for _, contact := range contacts {
		for _, segment := range segments {
			pair := [2]string{contact, segment}
			proven := complete || unproven != nil && !slices.Contains(unproven, segment)
			if _, known := w.known[segment]; proven && !known {
				w.known[segment] = n
			}
			switch {
			case told[pair] && !w.in[pair]:
				w.in[pair], w.first[pair] = true, n
			case !told[pair] && w.in[pair] && proven:
				delete(w.in, pair)
				w.stays = append(w.stays, stay{pair, w.first[pair], n})
			}
		}
	}
}

// events are the changes, of which those inside are told up to the last day.
func (w *walked) events(last int, dt func(int) string) (all []string) {
	for pair := range w.in {
		w.stays = append(w.stays, stay{pair, w.first[pair], -1})
	}
	for _, s := range w.stays {
		until := s.end - 1
		if s.end < 0 {
			until = last
		}
		rest := fmt.Sprintf("%s %s %s %s %d", s.pair[0], s.pair[1], dt(s.begins), dt(until), until-s.begins+1)
		if known, is := w.known[s.pair[1]]; is && s.begins > known {
			all = append(all, dt(s.begins)+" joined "+rest)
		}
		if s.end >= 0 {
			all = append(all, dt(s.end)+" left "+rest)
		}
	}
	slices.Sort(all)
	return all
}

var contacts = []string{"ann", "ben", "cyd", "dee", "eve"}

// TestChangesOfAnyHistory compares the view with a walk over the days, of
// histories with days that are missing, days that are not proven, and segments
// that are not proven on a day on which others are.
func TestChangesOfAnyHistory(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 3))
			segments := []string{"s1", "s2"}
			k := newKept(t)
			dt := func(n int) string {
				return time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
			}
			inside := map[[2]string]bool{}
			want := &walked{in: map[[2]string]bool{}, first: map[[2]string]int{}, known: map[string]int{}}
			for n := range 24 {
				for _, c := range contacts {
					for _, s := range segments {
						if chance.IntN(5) == 0 {
							inside[[2]string{c, s}] = !inside[[2]string{c, s}]
						}
					}
				}
				if n > 0 && n < 23 && chance.IntN(5) == 0 {
					continue // nobody has read this day
				}
				complete, unproven := true, []string(nil)
				switch drawn := chance.IntN(5); {
				case drawn == 0, n < 2 && seed == 4: // the first days, too
					complete = false
				case drawn == 1, n < 2 && seed == 5:
					complete, unproven = false, []string{segments[chance.IntN(2)]}
				}
				told := map[[2]string]bool{}
				var pairs [][2]string
				for _, pair := range slices.SortedFunc(maps.Keys(inside), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
					doubted := !complete && (unproven == nil || slices.Contains(unproven, pair[1]))
					if inside[pair] && !(doubted && chance.IntN(2) == 0) {
						told[pair] = true
						pairs = append(pairs, pair)
					}
				}
				k.publish(dt(n), complete, unproven, pairs)
				want.day(n, segments, complete, unproven, told)
			}
			got := ask(t, k.open(), "SELECT dt, change, contact_id, segment_id, first_day, last_day, days_in FROM contact_segment_change")
			if events := want.events(23, dt); !slices.Equal(got, events) || len(got) < 20 {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(events, "\n"))
			}
		})
	}
}

// TestADayIsReadAlone reads of a day, and of the newest, its file and no other.
func TestADayIsReadAlone(t *testing.T) {
	k := newKept(t)
	for _, dt := range []string{"2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"} {
		k.publish(dt, true, nil, [][2]string{{"ann", "s1"}, {dt, "s2"}})
	}
	db := k.open()
	for condition, files := range map[string]int{
		"dt = DATE '2026-02-02'":                  1,
		"dt = (SELECT max(dt) FROM published)":    1,
		"dt IN (DATE '2026-02-02', '2026-02-04')": 2,
		"dt > (SELECT CAST(max(dt) - INTERVAL '2' DAY AS date) FROM published WHERE table_name = 'contact_segment')": 2,
		"dt > '1999-01-01'": 4,
	} {
		question, err := Prune(t.Context(), db, "SELECT dt, contact_id, count(*) FROM contact_segment WHERE "+condition+" GROUP BY ALL")
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(ask(t, db, "EXPLAIN ANALYZE "+question), ""); !strings.Contains(plan, fmt.Sprintf("Total Files Read: %d ", files)) {
			t.Errorf("%s reads other files than %d:\n%s", condition, files, plan)
		}
		if rows := ask(t, db, question); len(rows) != 2*files {
			t.Errorf("%s finds %v", condition, rows)
		}
	}
}

// TestDeletedConversationsAreLeftOut: those whose metrics were not kept, of each
// table that says whose its rows are. A row that does not say stays, and a day is
// still read alone.
func TestDeletedConversationsAreLeftOut(t *testing.T) {
	k := newKept(t)
	states := tables.Table{Name: "conversation_state", Columns: []tables.Column{
		{Name: "conversation_id", Kind: tables.String}, {Name: "state", Kind: tables.String},
	}}
	numbered := tables.Table{Name: "own", Columns: []tables.Column{{Name: "conversation_id", Kind: tables.Long}}}
	for _, dt := range []string{"2026-02-01", "2026-02-02"} {
		k.publishRows(states, dt, true, nil, [][]any{{"1", "open"}, {"2", "open"}, {"3", "open"}, {nil, "open"}})
		k.publishRows(numbered, dt, true, nil, [][]any{{int64(1)}, {int64(2)}})
	}
	living := func() (all []string) {
		return ask(t, k.open(), "SELECT dt, coalesce(conversation_id, 'none') FROM conversation_state WHERE dt = DATE '2026-02-01'")
	}
	if got := living(); len(got) != 4 {
		t.Errorf("without deletions: %v", got)
	}
	k.publishRows(tables.Deletions(), "2026-02-03", true, nil, [][]any{{"1", time.Now(), false}, {"3", time.Now(), true}, {"x", time.Now(), false}})
	if got, want := living(), []string{"2026-02-01 2", "2026-02-01 3", "2026-02-01 none"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	db := k.open()
	if got := ask(t, db, "SELECT conversation_id FROM own"); !slices.Equal(got, []string{"2", "2"}) {
		t.Errorf("of numbers: %v", got)
	}
	if got := ask(t, db, "SELECT conversation_id FROM deleted_conversation"); len(got) != 3 {
		t.Errorf("deletions: %v", got)
	}
	plan := strings.Join(ask(t, db, "EXPLAIN ANALYZE SELECT * FROM conversation_state WHERE dt = DATE '2026-02-02'"), "")
	if strings.Contains(plan, "Total Files Read: 2 ") {
		t.Errorf("a day is not read alone:\n%s", plan)
	}
	for _, name := range []string{"teammate", "team", "team_member"} {
		if got := ask(t, db, "SELECT * FROM "+name); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestFold(t *testing.T) {
	k := newKept(t)
	for _, dt := range []string{"2026-02-01", "2026-02-02"} {
		k.publish(dt, true, nil, nil)
	}
	db := k.open()
	for statement, want := range map[string]string{
		"SELECT 1 FROM contact WHERE dt = (SELECT max(dt) FROM published)":                                                    "SELECT 1 FROM contact WHERE (dt = CAST('2026-02-02' AS DATE))",
		"SELECT 1 FROM contact WHERE name = (SELECT table_name FROM published LIMIT 1)":                                       "SELECT 1 FROM contact WHERE (\"name\" = CAST('contact_segment' AS VARCHAR))",
		"SELECT 1 FROM contact c JOIN tag t ON t.dt = (SELECT min(dt) FROM published)":                                        "SELECT 1 FROM contact AS c INNER JOIN tag AS t ON ((t.dt = CAST('2026-02-01' AS DATE)))",
		"SELECT 1 FROM contact WHERE dt = (SELECT max(dt) FROM published WHERE run = '')":                                     "SELECT 1 FROM contact WHERE (dt = CAST(NULL AS DATE))",
		"SELECT 1 FROM contact WHERE dt = (SELECT max(dt) FROM published WHERE dt < (SELECT max(dt) FROM published))":         "SELECT 1 FROM contact WHERE (dt = CAST('2026-02-01' AS DATE))",
		"SELECT 1 FROM contact WHERE dt = (SELECT max(p.dt) FROM published p JOIN contact c ON c.dt = p.dt)":                  "",
		"SELECT 1 FROM contact WHERE dt = (SELECT 1)":                                                                         "",
		"SELECT (SELECT max(dt) FROM published)":                                                                              "",
		"SELECT 1 FROM contact c WHERE dt = (SELECT max(dt) FROM published p WHERE p.dt < c.dt)":                              "",
		"SELECT 1 FROM contact WHERE dt = (SELECT max(dt) FROM contact)":                                                      "",
		"SELECT 1 FROM contact WHERE dt = (SELECT dt FROM published)":                                                         "", // two days: an error when it is asked
		"WITH published AS (SELECT DATE '2020-01-01' AS dt) SELECT 1 FROM contact WHERE dt = (SELECT max(dt) FROM published)": "",
		"CREATE TABLE x AS SELECT 1": "",
		"no SQL":                     "",
	} {
		if want == "" {
			want = statement
		}
		if got, err := Prune(t.Context(), db, statement); err != nil || got != want {
			t.Errorf("%s: %s, %v", statement, got, err)
		}
	}
}
