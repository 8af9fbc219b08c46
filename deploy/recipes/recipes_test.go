package recipes_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/deploy/recipes"
	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/views"
	"intercom-connector/sandbox"
)

var update = flag.Bool("update", false, "write the results of the recipes to testdata")

// The lake of the tests: ninety days, of which one is missing.
const (
	days       = 90
	missingDay = 85
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// played is what the sandbox was like on a day: pairs of contact and segment.
type played map[string]map[[2]string]bool

// playLake plays the days and lands conversations as well.
func playLake(ctx context.Context, root string) (played, error) {
	var clock atomic.Int64
	now := func() time.Time { return time.Unix(clock.Load(), 0) }
	moment := func(day int) { clock.Store(epoch.AddDate(0, 0, day).Add(15 * time.Hour).Unix()) }
	moment(1)
	box := sandbox.New(sandbox.Options{
		Seed: 5, Now: now, Epoch: epoch, Contacts: 200, Companies: 60, RowsPerDay: 6, RateLimit: 1 << 30, Timezone: "UTC",
		JobTime: func(string, int, time.Duration) time.Duration { return 0 },
	})
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer closeBox()
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	store, err := folder.Open(root)
	if err != nil {
		return nil, err
	}
	l, truth := lake.New(store, lake.Options{Now: now}), played{}
	for day := 1; day <= days; day++ {
		if day == missingDay {
			continue
		}
		moment(day)
		state := membership.Begin(now(), time.UTC)
		cfg := membership.Config{Client: client, Now: now}
		if _, err := operator.Take(ctx, l, cfg, state, operator.Snapshot{}); err != nil {
			return nil, err
		}
		members := map[[2]string]bool{}
		for contact, segment := range box.TruthMembership().ContactSegments {
			members[[2]string{contact, segment}] = true
		}
		truth[state.Date] = members
	}
	settings, err := configuration.Parse(map[string]string{
		configuration.KeyToken: "sandbox-token", configuration.KeyBaseURL: url, configuration.KeyDatasets: "conversation",
	})
	if err != nil {
		return nil, err
	}
	w, err := workspace.Connect(ctx, settings, workspace.Options{Now: now})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return truth, operator.Export(ctx, l, w, operator.Exports{Since: epoch.AddDate(0, 0, 60), Log: slog.New(slog.DiscardHandler)})
}

var (
	lakeRoot  string
	lakeTruth played
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		root, err := os.MkdirTemp("", "lake")
		if err == nil {
			defer os.RemoveAll(root)
			lakeRoot = root
			lakeTruth, err = playLake(context.Background(), root)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// openLake opens DuckDB with a lake's views.
func openLake(t testing.TB, root string) *sql.DB {
	t.Helper()
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	publications, err := lake.New(store, lake.Options{}).Publications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, err := views.Open(t.Context(), publications, store.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// query returns the header and the rows as text.
func query(t testing.TB, db *sql.DB, text string) [][]string {
	t.Helper()
	text, err := views.Prune(t.Context(), db, text)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	all := [][]string{columns}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(columns))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
			case time.Time:
				line[i] = strings.TrimSuffix(v.Format(time.DateTime), " 00:00:00")
			default:
				line[i] = fmt.Sprint(v)
			}
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestResults(t *testing.T) {
	all, err := recipes.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 8 {
		t.Fatalf("only %d recipes", len(all))
	}
	db := openLake(t, lakeRoot)
	for _, r := range all {
		t.Run(r.Name, func(t *testing.T) {
			var b strings.Builder
			result := query(t, db, r.SQL)
			for _, line := range result {
				b.WriteString(strings.Join(line, " | ") + "\n")
			}
			golden := filepath.Join("testdata", r.Name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("it is not as in %s:\n%s", golden, b.String())
			}
			if len(result) < 2 {
				t.Error("it finds nothing on the sandbox")
			}
		})
	}
}

// names maps the segments' names to their ids.
func names(t testing.TB, db *sql.DB) map[string]string {
	ids := map[string]string{}
	for _, line := range query(t, db, "SELECT DISTINCT name, id FROM segment")[1:] {
		ids[line[0]] = line[1]
	}
	return ids
}

func TestSegmentSizesAreTheTruth(t *testing.T) {
	db := openLake(t, lakeRoot)
	ids := names(t, db)
	r, err := recipes.Get("segment-size-by-day")
	if err != nil {
		t.Fatal(err)
	}
	result := query(t, db, r.SQL)[1:]
	if want := len(ids) * (days - 1); len(result) != want {
		t.Fatalf("%d rows, not %d", len(result), want)
	}
	for _, line := range result {
		n := 0
		for pair := range lakeTruth[line[1]] {
			if pair[1] == ids[line[0]] {
				n++
			}
		}
		if fmt.Sprint(n) != line[2] {
			t.Errorf("%s on %s has %d members, not %s", line[0], line[1], n, line[2])
		}
	}
}

// TestJoinedAndLeftIsTheTruth works out, from the sandbox, who joined and left
// between neighbouring published days: the week holds the missing one.
func TestJoinedAndLeftIsTheTruth(t *testing.T) {
	db := openLake(t, lakeRoot)
	segment := names(t, db)["Active users"]
	published := slices.Sorted(maps.Keys(lakeTruth))
	var want []string
	for i, dt := range published {
		if dt <= epoch.AddDate(0, 0, days-7).Format(time.DateOnly) {
			continue
		}
		before := lakeTruth[published[i-1]]
		for pair := range lakeTruth[dt] {
			if pair[1] == segment && !before[pair] {
				want = append(want, dt+" joined "+pair[0])
			}
		}
		for pair := range before {
			if pair[1] == segment && !lakeTruth[dt][pair] {
				want = append(want, dt+" left "+pair[0])
			}
		}
	}
	slices.Sort(want)
	r, err := recipes.Get("joined-and-left-this-week")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range query(t, db, r.SQL)[1:] {
		got = append(got, strings.Join(line[:3], " "))
	}
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	missing := epoch.AddDate(0, 0, missingDay).Format(time.DateOnly)
	if slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, missing) }) || lakeTruth[missing] != nil {
		t.Errorf("somebody moved on %s, of which there is no snapshot", missing)
	}
}

func TestEmptyLake(t *testing.T) {
	db := openLake(t, t.TempDir())
	all, err := recipes.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if strings.Contains(r.SQL, "FROM conversation") {
			continue // a table of the reporting export is there once it was landed
		}
		if result := query(t, db, r.SQL); len(result) != 1 {
			t.Errorf("%s finds %v", r.Name, result)
		}
	}
}

func TestRecipesAreExplained(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := recipes.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if !strings.HasPrefix(r.SQL, "-- ") || !strings.HasSuffix(r.Title, "?") {
			t.Errorf("%s does not begin with its question", r.Name)
		}
		if strings.Contains(r.SQL, ";") {
			t.Errorf("%s holds a semicolon, which Athena's named queries do not need", r.Name)
		}
		if !strings.Contains(string(readme), "## "+r.Name+"\n\n"+r.Title+"\n") {
			t.Errorf("README.md does not explain %s under its question", r.Name)
		}
	}
	for _, r := range all {
		result, err := os.ReadFile(filepath.Join("testdata", r.Name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(result)), "\n")
		for i, line := range lines[:min(9, len(lines))] {
			if !strings.Contains(string(readme), "\n| "+line+" |\n") {
				t.Errorf("README.md does not show line %d of %s: %s", i+1, r.Name, line)
			}
		}
	}
	if _, err := recipes.Get("none"); err == nil || !strings.Contains(err.Error(), "there are companies-that-moved-on, ") {
		t.Errorf("got %v", err)
	}
}
