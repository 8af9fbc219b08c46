package membership_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/sandbox"
)

// noon is a moment of the sandbox's thirtieth day. The clock stands still.
var (
	epoch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	noon  = epoch.Add(30*24*time.Hour + 12*time.Hour)
)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// workspace serves a sandbox over HTTP and gives a client of it.
func workspace(t testing.TB, o sandbox.Options) (*sandbox.Sandbox, *intercom.Client) {
	t.Helper()
	if o.Now == nil {
		o.Now = at(noon)
	}
	o.Epoch = epoch
	box := sandbox.New(o)
	url, closeBox, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := intercom.New(intercom.Config{Token: "sandbox-token", BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := closeBox(); err != nil {
			t.Error(err)
		}
	})
	return box, client
}

// lake holds rows by table, each as text.
type lake struct {
	mu     sync.Mutex
	tables map[string]map[string]int
}

func (l *lake) row(r tables.Row) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tables == nil {
		l.tables = map[string]map[string]int{}
	}
	if l.tables[r.Table] == nil {
		l.tables[r.Table] = map[string]int{}
	}
	l.tables[r.Table][rowKey(r)]++
	return nil
}

// rowKey is the text of a row's key columns.
func rowKey(r tables.Row) string {
	var key []string
	for _, t := range tables.All() {
		if t.Name != r.Table {
			continue
		}
		for i, c := range t.Columns {
			if c.Key {
				key = append(key, fmt.Sprint(r.Values[i]))
			}
		}
	}
	return strings.Join(key, " ")
}

func begin() membership.State { return membership.Begin(noon, time.UTC) }

// walkAll runs every stage and returns what came and where the walk ended.
func walkAll(t testing.TB, cfg membership.Config) (*lake, membership.State) {
	t.Helper()
	w := membership.New(cfg, begin())
	l := &lake{}
	for _, stage := range membership.Stages() {
		if err := w.Run(t.Context(), stage, l.row); err != nil {
			t.Fatal(err)
		}
	}
	return l, w.State()
}

// compare wants exactly what the sandbox says is there, each once.
func compare(t testing.TB, l *lake, box *sandbox.Sandbox) {
	t.Helper()
	truth := box.TruthMembership()
	pairs := func(s iter.Seq2[string, string]) map[string]int {
		all := map[string]int{}
		for a, b := range s {
			all[a+" "+b] = 1
		}
		return all
	}
	ids := func(s iter.Seq[string]) map[string]int {
		all := map[string]int{}
		for id := range s {
			all[id] = 1
		}
		return all
	}
	for table, want := range map[string]map[string]int{
		tables.Tag:            ids(slices.Values(truth.TagIDs)),
		tables.Contact:        ids(truth.Contacts),
		tables.ContactTag:     pairs(truth.ContactTags),
		tables.ContactSegment: pairs(truth.ContactSegments),
		tables.Company:        ids(truth.Companies),
		tables.CompanyTag:     pairs(truth.CompanyTags),
		tables.CompanySegment: pairs(truth.CompanySegments),
	} {
		if got := l.tables[table]; !maps.Equal(got, want) {
			t.Errorf("%s: %s", table, difference(got, want))
		}
	}
}

func difference(got, want map[string]int) string {
	var missing, extra, twice []string
	for key := range want {
		if got[key] == 0 {
			missing = append(missing, key)
		}
	}
	for key, n := range got {
		if want[key] == 0 {
			extra = append(extra, key)
		} else if n > 1 {
			twice = append(twice, key)
		}
	}
	some := func(all []string) []string { return all[:min(3, len(all))] }
	return fmt.Sprintf("%d rows of %d: %d missing %v, %d that are not there %v, %d more than once %v",
		len(got), len(want), len(missing), some(missing), len(extra), some(extra), len(twice), some(twice))
}

func TestWalkEqualsTheTruth(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"default":                  {Contacts: 700},
		"small":                    {Contacts: 3, Companies: 1, Segments: 2, Tags: 1},
		"empty":                    {Contacts: -1, Companies: -1, Segments: -1, Tags: -1},
		"full pages":               {Contacts: 300, Companies: 200},
		"many tags":                {Contacts: 700, Tags: 120},
		"company segments hidden":  {Contacts: 300, HideCompanySegments: true},
		"slow search, small pages": {Contacts: 300, SearchPageMax: 40},
	} {
		t.Run(name, func(t *testing.T) {
			o.Seed = 7
			box, client := workspace(t, o)
			l, s := walkAll(t, membership.Config{Client: client})
			compare(t, l, box)
			if !s.Complete() {
				t.Errorf("not proven complete: %+v", s.Done)
			}
			if n := box.Stats().RateLimited; n != 0 {
				t.Errorf("%d calls were over the rate limit", n)
			}
		})
	}
}

func TestRowsAreAsTheTablesSay(t *testing.T) {
	_, client := workspace(t, sandbox.Options{Seed: 1, Contacts: 200})
	kinds := map[string][]tables.Column{}
	for _, table := range tables.All() {
		kinds[table.Name] = table.Columns
	}
	w := membership.New(membership.Config{Client: client}, begin())
	nonNull := map[string]bool{}
	for _, stage := range membership.Stages() {
		err := w.Run(t.Context(), stage, func(r tables.Row) error {
			if !slices.Contains(stage.Tables(), r.Table) {
				t.Fatalf("the stage %s hands out a row of %s", stage, r.Table)
			}
			columns := kinds[r.Table]
			if len(columns) != len(r.Values) {
				t.Fatalf("%s: %d values for %d columns", r.Table, len(r.Values), len(columns))
			}
			for i, v := range r.Values {
				if !fits(columns[i], v) {
					t.Fatalf("%s.%s is %s and holds %T %v", r.Table, columns[i].Name, columns[i].Kind, v, v)
				}
				nonNull[r.Table+"."+columns[i].Name] = nonNull[r.Table+"."+columns[i].Name] || v != nil
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for table, columns := range kinds {
		for _, c := range columns {
			if column := table + "." + c.Name; !nonNull[column] && column != "membership_snapshot.unproven" && c.Name != "unparsed_values" {
				t.Errorf("%s is null in every row", column)
			}
		}
	}
}

func fits(c tables.Column, v any) bool {
	switch v := v.(type) {
	case nil:
		return !c.Key
	case string:
		switch c.Kind {
		case tables.Date:
			_, err := time.Parse(time.DateOnly, v)
			return err == nil
		case tables.JSON:
			return json.Valid([]byte(v))
		}
		return c.Kind == tables.String && v != ""
	case int64:
		return c.Kind == tables.Long
	case float64:
		return c.Kind == tables.Double
	case bool:
		return c.Kind == tables.Boolean
	case time.Time:
		return c.Kind == tables.Timestamp && v.Location() == time.UTC
	}
	return false
}

func TestCallsStayWithinThePlan(t *testing.T) {
	box, client := workspace(t, sandbox.Options{Seed: 3, Contacts: 6_000, Companies: 400, Tags: 40})
	l, _ := walkAll(t, membership.Config{Client: client})
	truth := box.TruthMembership()
	perSegment, perContact := map[string]int{}, map[string]int{}
	for _, segment := range truth.ContactSegments {
		perSegment[segment]++
	}
	for contact := range truth.ContactTags {
		perContact[contact]++
	}
	// The segments of people and of companies, the tags, and the companies counted
	// before and after.
	plan := 5 + pages(len(l.tables["contact"]), 150) + pages(len(l.tables["company"]), 100) + 1
	for segment := range l.tables["segment"] {
		plan += max(1, pages(perSegment[segment], 150))
	}
	for _, tags := range perContact {
		if tags > 10 {
			plan++
		}
	}
	calls := box.Stats().Total
	t.Logf("%d calls, the plan's formula gives %d", calls, plan)
	if limit := plan * 103 / 100; calls > limit {
		t.Errorf("%d calls; the plan takes %d, and 3%% more are %d", calls, plan, limit)
	}
}

func pages(n, size int) int { return (n + size - 1) / size }

func TestCutOffWalkGoesOnAtItsStage(t *testing.T) {
	box, client := workspace(t, sandbox.Options{Seed: 5, Contacts: 300})
	l := &lake{}
	state := begin()
	for _, stage := range membership.Stages() {
		stored, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		var loaded membership.State
		if err := json.Unmarshal(stored, &loaded); err != nil {
			t.Fatal(err)
		}
		w := membership.New(membership.Config{Client: client, Now: at(noon.Add(time.Hour))}, loaded)
		if err := w.Run(t.Context(), stage, l.row); err != nil {
			t.Fatal(err)
		}
		if err := w.Run(t.Context(), stage, l.row); err == nil {
			t.Errorf("the stage %s runs twice", stage)
		}
		state = w.State()
	}
	compare(t, l, box)
	if state.Date != "2026-03-31" || !state.At.Equal(noon) {
		t.Errorf("the snapshot moved to %s, %s", state.Date, state.At)
	}
	if n := l.tables["membership_snapshot"]["2026-03-31"]; n != 1 {
		t.Errorf("%d rows of membership_snapshot", n)
	}
}

func TestSnapshotsDayIsTheWorkspaces(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	s := membership.Begin(time.Date(2026, 5, 4, 16, 30, 0, 0, time.UTC), tokyo)
	if s.Date != "2026-05-05" || s.At.Format(time.RFC3339) != "2026-05-04T16:30:00Z" {
		t.Errorf("got %s and %s", s.Date, s.At.Format(time.RFC3339))
	}
}

func TestUnknownStage(t *testing.T) {
	w := membership.New(membership.Config{}, begin())
	if err := w.Run(t.Context(), "friends", nil); err == nil || !strings.Contains(err.Error(), "no such stage") {
		t.Errorf("got %v", err)
	}
}

func TestReceiversErrorEndsTheStage(t *testing.T) {
	_, client := workspace(t, sandbox.Options{Companies: 900})
	full := fmt.Errorf("the disk is full")
	for _, stage := range membership.Stages() {
		w := membership.New(membership.Config{Client: client}, begin())
		if err := w.Run(t.Context(), membership.Segments, func(tables.Row) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if stage == membership.Segments {
			w = membership.New(membership.Config{Client: client}, begin())
		}
		n := 0
		err := w.Run(t.Context(), stage, func(tables.Row) error { n++; return full })
		if err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("%s: got %v", stage, err)
		}
		if _, done := w.State().Done[stage]; done {
			t.Errorf("%s counts as done", stage)
		}
	}
}

func TestCancelledWalkEnds(t *testing.T) {
	_, client := workspace(t, sandbox.Options{})
	for _, stage := range []membership.Stage{membership.Contacts, membership.Companies} {
		ctx, cancel := context.WithCancel(t.Context())
		w := membership.New(membership.Config{Client: client}, begin())
		err := w.Run(ctx, stage, func(tables.Row) error { cancel(); return nil })
		if err == nil || w.State().Done != nil {
			t.Errorf("%s: got %v, done %v", stage, err, w.State().Done)
		}
		cancel()
	}
}

// journal keeps a walk's log as text.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) log() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }
