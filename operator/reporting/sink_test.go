package reporting

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/audit"
	"intercom-connector/operator/lake/folder"
	"intercom-connector/operator/lake/part"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// landing is a lake in a folder that takes the dataset "call".
type landing struct {
	t        testing.TB
	root     string
	now      time.Time
	zone     *time.Location
	options  Options
	sink     *Sink
	rows     export.Rows
	landed   Landed
	warnings []string
}

// calls is the dataset's table.
func calls(zone *time.Location) csv.Table {
	return csv.Table{
		Name: "call", TimeField: 1, Zone: zone, RowID: true,
		Columns: []csv.Column{
			{Name: "call_id", Field: 0, Key: true},
			{Name: "call_initiated_at", Kind: csv.UTCDatetime, Field: 1},
			{Name: "talk_time", Kind: csv.Double, Field: 2},
		},
		Header: []csv.Field{{ID: "call_id"}, {ID: "call_initiated_at"}, {ID: "talk_time"}},
	}
}

func newLanding(t testing.TB, zone string) *landing {
	t.Helper()
	l := &landing{t: t, root: t.TempDir(), now: at("2026-11-25T12:00:00Z"), zone: location(t, zone)}
	l.open()
	t.Cleanup(func() { l.close() })
	return l
}

// open begins a run.
func (l *landing) open() {
	l.t.Helper()
	store, err := folder.Open(l.root)
	if err != nil {
		l.t.Fatal(err)
	}
	l.warnings = nil
	o := l.options
	o.Workspace, o.Zone = "w1", l.zone
	o.OnWarning = func(message string) { l.warnings = append(l.warnings, message) }
	in := lake.New(store, lake.Options{Now: func() time.Time { return l.now }})
	if l.sink, err = Open(l.t.Context(), in, o); err != nil {
		l.t.Fatal(err)
	}
	if l.landed, err = l.sink.Prepare(l.t.Context(), "call", "call"); err != nil {
		l.t.Fatal(err)
	}
	if l.rows, err = l.sink.Open(export.Table{Dataset: "call", CSV: calls(l.zone)}); err != nil {
		l.t.Fatal(err)
	}
}

// close ends the run, as the engine does.
func (l *landing) close() {
	l.t.Helper()
	if l.sink == nil {
		return
	}
	ctx := context.WithoutCancel(l.t.Context())
	if err := errors.Join(l.rows.Close(ctx), l.sink.Close(ctx)); err != nil {
		l.t.Error(err)
	}
	l.sink = nil
}

func (l *landing) again() {
	l.t.Helper()
	l.close()
	l.open()
}

// window is one that was asked for at an hour's distance from its end.
func window(start, end string) export.Window {
	return export.Window{
		Start: at(start), End: at(end), AsOf: at(end).Add(2 * time.Hour),
		Asked: csv.Window{Start: at(start).Add(-time.Second), End: at(end)},
	}
}

// read reads a window of rows "id,time,talk", without ending it.
func (l *landing) read(w export.Window, rows ...string) (csv.Stats, error) {
	text := "call_id,call_initiated_at,talk_time\n" + strings.Join(append(rows, ""), "\n")
	return l.rows.Read(l.t.Context(), w, csv.FromReader(strings.NewReader(text)))
}

// end reads a window, ends it and makes the state last.
func (l *landing) end(w export.Window, rows ...string) {
	l.t.Helper()
	if _, err := l.read(w, rows...); err != nil {
		l.t.Fatal(err)
	}
	if err := l.rows.End(l.t.Context(), w); err != nil {
		l.t.Fatal(err)
	}
	if err := l.sink.Keep(l.t.Context(), *l.sink.State()); err != nil {
		l.t.Fatal(err)
	}
}

// publication is that of a day; false where it is not published.
func (l *landing) publication(dt string) (p lake.Publication, ok bool) {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join(l.root, "_published", "call", "dt="+dt+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return p, false
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return p, true
}

// days are the ids of all published rows, by day, as readers see them.
func (l *landing) days() map[string]string {
	l.t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.root, "_published", "call", "*.json"))
	if err != nil {
		l.t.Fatal(err)
	}
	days := map[string]string{}
	for _, path := range paths {
		dt := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "dt="), ".json")
		p, _ := l.publication(dt)
		parts, err := filepath.Glob(filepath.Join(l.root, "call", "dt="+dt, p.Run+"-*"))
		if err != nil || len(parts) != len(p.Parts) {
			l.t.Errorf("%s: %d parts are there, %d are published, %v", dt, len(parts), len(p.Parts), err)
		}
		var ids []string
		for _, part := range parts {
			ids = append(ids, l.ids(part)...)
		}
		if int64(len(ids)) != p.Rows {
			l.t.Errorf("%s: %d rows are there, %d are published", dt, len(ids), p.Rows)
		}
		slices.Sort(ids)
		days[dt] = strings.Join(ids, " ")
	}
	return days
}

func (l *landing) ids(path string) (ids []string) {
	l.t.Helper()
	file, err := os.Open(path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		l.t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var row struct {
			ID string `json:"call_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			l.t.Fatal(err)
		}
		ids = append(ids, row.ID)
	}
	return ids
}

// holds wants the lake to hold these days, and nothing beside them.
func (l *landing) holds(want map[string]string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.days()); diff != "" {
		l.t.Error(diff)
	}
	store, err := folder.Open(l.root)
	if err != nil {
		l.t.Fatal(err)
	}
	v, err := audit.Verify(l.t.Context(), lake.New(store, lake.Options{}))
	if err != nil || len(v.Problems) > 0 || v.Unpublished > 0 {
		l.t.Errorf("the lake is not sound: %+v, %v", v, err)
	}
}

func TestRowsGoToTheirDays(t *testing.T) {
	l := newLanding(t, "America/New_York")
	l.end(window("2026-11-23T05:00:00Z", "2026-11-25T05:00:00Z"),
		"before,2026-11-22 23:59:59,1", // in a second that touches: the window before has it
		"a,2026-11-23 00:00:00,1", "d,2026-11-24 23:59:59,1", "c,2026-11-24 00:00:00,1", "b,2026-11-23 23:59:59,1",
		"after,2026-11-25 00:00:00,1", // and the window after has this one
		"timeless,,1",
		"early,2026-11-20 12:00:00,1", "late,2026-11-25 09:00:00,1", // outside: the nearest day
		"far,2026-11-29 12:00:00,1", // which tells nothing
	)
	l.holds(map[string]string{"2026-11-23": "a b early far timeless", "2026-11-24": "c d late"})
	p, _ := l.publication("2026-11-24")
	if p.Zone != "America/New_York" || !p.From.Equal(at("2026-11-24T05:00:00Z")) || !p.To.Equal(at("2026-11-25T05:00:00Z")) {
		t.Errorf("%+v", p)
	}
	want := []part.Column{{Name: "call_id", Kind: "string"}, {Name: "call_initiated_at", Kind: "timestamp"}, {Name: "talk_time", Kind: "double"}, {Name: "unparsed_values", Kind: "json"}}
	if diff := cmp.Diff(want, p.Columns); diff != "" {
		t.Error(diff)
	}
}

// A row that tells no day, or one that was not asked for, may land in two days by two
// windows. Neither of them is complete while it holds the row, and the others are. It is
// not lost by a later window that has it no more.
func TestRowsOfNoDayAreNotComplete(t *testing.T) {
	for name, row := range map[string]string{
		"without a time": "x,,1", "of a time before": "x,2026-11-20 12:00:00,1", "of a time after": "x,2026-11-29 12:00:00,1",
	} {
		t.Run(name, func(t *testing.T) {
			l := newLanding(t, "UTC")
			complete := func(want map[string]bool) {
				t.Helper()
				for dt, is := range want {
					if p, _ := l.publication(dt); p.Complete != is {
						t.Errorf("%s: complete is %t", dt, p.Complete)
					}
				}
			}
			l.end(window("2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z"), "a,2026-11-22 01:00:00,1", "b,2026-11-23 01:00:00,1", row)
			complete(map[string]bool{"2026-11-22": false, "2026-11-23": true})
			l.end(window("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"), "b,2026-11-23 01:00:00,1", "c,2026-11-24 01:00:00,1")
			l.holds(map[string]string{"2026-11-22": "a x", "2026-11-23": "b", "2026-11-24": "c"})
			l.end(window("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"), "b,2026-11-23 01:00:00,1", "c,2026-11-24 01:00:00,1", row)
			complete(map[string]bool{"2026-11-22": false, "2026-11-23": false, "2026-11-24": true})
			l.end(window("2026-11-22T00:00:00Z", "2026-11-25T00:00:00Z"), "a,2026-11-22 01:00:00,1", "b,2026-11-23 01:00:00,1", "c,2026-11-24 01:00:00,1",
				"edge,2026-11-25 00:00:00,1")
			complete(map[string]bool{"2026-11-22": true, "2026-11-23": true, "2026-11-24": true})
		})
	}
}

// TestDaysOfAnotherZoneAreNotComplete: rows whose times are another zone's are kept,
// and may lie in the wrong day.
func TestDaysOfAnotherZoneAreNotComplete(t *testing.T) {
	l := newLanding(t, "America/New_York")
	l.end(window("2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z"),
		"a,2026-11-23 20:00:00,1", "b,2026-11-23 23:00:00,1", "c,2026-11-24 04:30:00,1")
	l.holds(map[string]string{"2026-11-23": "a b c"})
	if p, _ := l.publication("2026-11-23"); p.Complete {
		t.Errorf("%+v", p)
	}
}

// TestADayWithoutMidnight lands each row in its day, and both days once.
func TestADayWithoutMidnight(t *testing.T) {
	l := newLanding(t, "America/Santiago")
	l.now = at("2026-09-08T12:00:00Z")
	rows := []string{
		"c1,2026-09-05 22:30:00,1", "c2,2026-09-05 23:00:00,1", "c3,2026-09-05 23:30:00,1",
		"c4,2026-09-06 01:00:00,1", "c5,2026-09-06 01:30:00,1", "c6,2026-09-06 02:00:00,1",
	}
	from, to := l.rows.Bounds(at("2026-09-06T04:00:00Z"))
	if !from.Equal(at("2026-09-06T04:00:00Z")) || !to.Equal(at("2026-09-07T03:00:00Z")) {
		t.Errorf("the day is from %v to %v", from, to)
	}
	l.end(window("2026-09-05T04:00:00Z", "2026-09-07T03:00:00Z"), rows...)
	l.holds(map[string]string{"2026-09-05": "c1 c2 c3", "2026-09-06": "c4 c5 c6"})
}

// TestCompleteByAsOf: a day is complete when all of it was looked up an hour
// after its end, or later.
func TestCompleteByAsOf(t *testing.T) {
	for name, test := range map[string]struct {
		asOf []string
		want bool
	}{
		"an hour after":             {[]string{"2026-11-25T01:00:00Z"}, true},
		"a second too early":        {[]string{"2026-11-25T00:59:59Z"}, false},
		"the first half too early":  {[]string{"2026-11-25T00:59:59Z", "2026-11-25T02:00:00Z"}, false},
		"both halves an hour after": {[]string{"2026-11-25T02:00:00Z", "2026-11-25T01:00:00Z"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLanding(t, "UTC")
			cut := at("2026-11-24T00:00:00Z")
			for i, asOf := range test.asOf {
				end := at("2026-11-24T00:00:00Z").Add(24 * time.Hour / time.Duration(len(test.asOf)) * time.Duration(i+1))
				w := window(cut.Format(time.RFC3339), end.Format(time.RFC3339))
				w.AsOf = at(asOf)
				l.end(w, fmt.Sprintf("c%d,%s,1", i, cut.Add(time.Hour).Format(time.DateTime)))
				cut = end
			}
			if p, ok := l.publication("2026-11-24"); !ok || p.Complete != test.want {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestADayInParts is published when its last part is there, and each row once
// though the parts share their edges.
func TestADayInParts(t *testing.T) {
	l := newLanding(t, "UTC")
	whole := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	if _, err := l.read(whole, "a,2026-11-24 01:00:00,1", "b,2026-11-24 13:00:00,1"); err != nil {
		t.Fatal(err)
	}
	// The engine does not believe it, and reads halves.
	l.end(window("2026-11-24T00:00:00Z", "2026-11-24T12:00:00Z"), "a,2026-11-24 01:00:00,1", "edge,2026-11-24 12:00:00,1")
	l.holdsNothing()
	l.end(window("2026-11-24T12:00:00Z", "2026-11-25T00:00:00Z"), "edge,2026-11-24 12:00:00,1", "b,2026-11-24 13:00:00,1")
	l.holds(map[string]string{"2026-11-24": "a b edge"})
}

func (l *landing) holdsNothing() {
	l.t.Helper()
	if days := l.days(); len(days) > 0 {
		l.t.Errorf("published are %v", days)
	}
}

// TestAPartOfADayIsForgotten where the run ends before the day is whole.
func TestAPartOfADayIsForgotten(t *testing.T) {
	l := newLanding(t, "UTC")
	l.end(window("2026-11-24T00:00:00Z", "2026-11-24T12:00:00Z"), "a,2026-11-24 01:00:00,1")
	l.again()
	l.holds(map[string]string{})
}

// TestTheNewestDay is published as far as it goes, not complete, and whole the
// next day.
func TestTheNewestDay(t *testing.T) {
	l := newLanding(t, "UTC")
	w := window("2026-11-24T00:00:00Z", "2026-11-25T11:00:00Z")
	w.Newest, w.AsOf = true, at("2026-11-25T11:00:00Z")
	l.end(w, "a,2026-11-24 01:00:00,1", "b,2026-11-25 01:00:00,1")
	l.holds(map[string]string{"2026-11-24": "a", "2026-11-25": "b"})
	if p, _ := l.publication("2026-11-25"); p.Complete || !p.To.Equal(at("2026-11-26T00:00:00Z")) {
		t.Errorf("%+v", p)
	}
	if p, _ := l.publication("2026-11-24"); !p.Complete {
		t.Errorf("%+v", p)
	}
	l.now = at("2026-11-26T12:00:00Z")
	l.again()
	l.end(window("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"), "b,2026-11-25 01:00:00,1", "c,2026-11-25 21:00:00,1")
	l.holds(map[string]string{"2026-11-24": "a", "2026-11-25": "b c"})
}

// TestABrokenDownload is begun again: nothing of the first is left.
func TestABrokenDownload(t *testing.T) {
	l := newLanding(t, "UTC")
	w := window("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z")
	_, err := l.read(w, "a,2026-11-23 01:00:00,1", "b,2026-11-24 01:00:00,1", "c,2026-11-24 01:00:00,1,too many")
	if err == nil {
		t.Fatal("a row with a field too many is taken")
	}
	l.end(w, "a,2026-11-23 01:00:00,1", "b,2026-11-24 01:00:00,1")
	l.holds(map[string]string{"2026-11-23": "a", "2026-11-24": "b"})
}

// TestTheSameAgain leaves the parts of a day that has not changed alone.
func TestTheSameAgain(t *testing.T) {
	l := newLanding(t, "UTC")
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	l.end(w, "a,2026-11-24 01:00:00,1")
	before, _ := l.publication("2026-11-24")
	l.again()
	w.AsOf = w.AsOf.Add(time.Hour)
	l.end(w, "a,2026-11-24 01:00:00,1")
	after, _ := l.publication("2026-11-24")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	l.confirmed("map[2026-11-24:" + w.AsOf.UTC().Truncate(time.Second).String() + "]")
	l.end(w, "a,2026-11-24 01:00:00,2")
	l.confirmed("map[]")
	if changed, _ := l.publication("2026-11-24"); changed.Run == before.Run {
		t.Error("a change was not taken")
	}
	l.holds(map[string]string{"2026-11-24": "a"})
	w.AsOf = w.AsOf.Add(-time.Hour)
	l.end(w, "a,2026-11-24 01:00:00,3", "b,2026-11-24 01:00:00,3")
	l.holds(map[string]string{"2026-11-24": "a"}) // what is older does not replace what is newer
}

// confirmed holds what the lake tells of days that were read again.
func (l *landing) confirmed(want string) {
	l.t.Helper()
	if err := l.sink.keep(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	all, err := Confirmed(l.t.Context(), l.sink.lake)
	if got := fmt.Sprint(all["call"]); err != nil || got != want {
		l.t.Errorf("%s is confirmed, want %s; %v", got, want, err)
	}
}

// The days of which it is remembered are no more than any look-back reads.
func TestConfirmationsAreBounded(t *testing.T) {
	c, first := Confirmations{}, at("2025-01-01T00:00:00Z")
	for i := range confirmedDays + 3 {
		c.confirm("call", first.AddDate(0, 0, i).Format(time.DateOnly), first)
	}
	if _, oldest := c["call"]["2025-01-03"]; oldest || len(c["call"]) != confirmedDays || c["call"]["2025-01-04"].IsZero() {
		t.Errorf("%d days", len(c["call"]))
	}
}

func many(n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf("r%03d,2026-11-24 01:00:00,1", i))
	}
	return rows
}

// TestALossIsSeenTwice keeps what is published where a day has lost most of it,
// until the run of another day finds the same.
func TestALossIsSeenTwice(t *testing.T) {
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	for name, test := range map[string]struct {
		was, is int
		doubted bool
	}{
		"nothing left":            {1, 0, true},
		"nothing before":          {0, 0, false},
		"under half, 20 fewer":    {39, 19, true},
		"under half, 19 fewer":    {37, 18, false},
		"half":                    {40, 20, false},
		"grown":                   {10, 90, false},
		"all but a few of a lot":  {200, 199, false},
		"all but a few are gone":  {200, 3, true},
		"from an export, nothing": {200, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLanding(t, "UTC")
			rows := func() int64 { p, _ := l.publication("2026-11-24"); return p.Rows }
			l.end(w, many(test.was)...)
			l.again()
			l.end(w, many(test.is)...)
			if doubted := len(l.warnings) > 0; doubted != test.doubted || doubted && (rows() != int64(test.was) || !strings.Contains(l.warnings[0], "call of 2026-11-24 came with ")) {
				t.Fatalf("warnings %q, %d rows are published", l.warnings, rows())
			}
			if !test.doubted {
				return
			}
			l.now = l.now.Add(time.Hour)
			l.again()
			l.end(w, many(test.is)...)
			if rows() != int64(test.was) {
				t.Fatalf("the same day's second run is believed: %d rows", rows())
			}
			l.now = l.now.Add(24 * time.Hour)
			l.again()
			l.end(w, many(test.is)...)
			if rows() != int64(test.is) || len(l.warnings) > 0 {
				t.Errorf("the next day's run: %d rows, %q", rows(), l.warnings)
			}
		})
	}
}

// TestALossThatGrew is another one: the run of another day must find it again.
func TestALossThatGrew(t *testing.T) {
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	l := newLanding(t, "UTC")
	l.end(w, many(100)...)
	for day, test := range []struct{ comes, published int }{{40, 100}, {0, 100}, {0, 0}} {
		l.now = l.now.Add(24 * time.Hour)
		l.again()
		l.end(w, many(test.comes)...)
		if p, _ := l.publication("2026-11-24"); p.Rows != int64(test.published) {
			t.Fatalf("on day %d, after %d rows came: %d are published, want %d", day, test.comes, p.Rows, test.published)
		}
	}
}

func TestALossThatIsBelieved(t *testing.T) {
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	l := newLanding(t, "UTC")
	l.end(w, many(50)...)
	l.options.Believe = true
	l.again()
	l.end(w)
	l.holds(map[string]string{"2026-11-24": ""})
}

// TestADoubtIsDecidedLater reads a doubted day again on a later date, until it is
// published, also where nothing is published of it any more.
func TestADoubtIsDecidedLater(t *testing.T) {
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	l := newLanding(t, "UTC")
	l.end(w, many(50)...)
	l.end(w)
	l.again()
	if from, doubted := l.sink.Doubted("call"); doubted {
		t.Errorf("on the same date, from %v", from)
	}
	l.now = l.now.Add(24 * time.Hour)
	l.again()
	if from, doubted := l.sink.Doubted("call"); !doubted || !from.Equal(w.Start) {
		t.Errorf("a day later: %v, from %v", doubted, from)
	}
	if err := os.Remove(filepath.Join(l.root, "_published", "call", "dt=2026-11-24.json")); err != nil {
		t.Fatal(err)
	}
	l.end(w, many(3)...)
	if from, doubted := l.sink.Doubted("call"); doubted {
		t.Errorf("decided, and read again from %v", from)
	}
}

// TestALossThatCameBack is forgotten.
func TestALossThatCameBack(t *testing.T) {
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	l := newLanding(t, "UTC")
	l.end(w, many(50)...)
	l.end(w)
	l.now = l.now.Add(24 * time.Hour)
	l.again()
	l.end(w, many(50)...)
	l.now = l.now.Add(24 * time.Hour)
	l.again()
	l.end(w)
	if p, _ := l.publication("2026-11-24"); p.Rows != 50 || len(l.warnings) != 1 {
		t.Errorf("%d rows, %q", p.Rows, l.warnings)
	}
}

// TestAnotherZone leaves no row out and doubles none where a workspace moves.
func TestAnotherZone(t *testing.T) {
	for name, test := range map[string]struct {
		from, to string
		seam     string // the new zone's first day
		until    string
	}{
		"west":     {"UTC", "America/New_York", "2026-11-26", "2026-11-27T05:00:00Z"},
		"east":     {"UTC", "Asia/Tokyo", "2026-11-26", "2026-11-26T15:00:00Z"},
		"far east": {"Etc/GMT+12", "Pacific/Kiritimati", "2026-11-27", "2026-11-27T10:00:00Z"},
		"far west": {"Pacific/Kiritimati", "Etc/GMT+12", "2026-11-27", "2026-11-28T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLanding(t, test.from)
			l.now = at("2026-11-25T13:00:00Z")
			_, end := l.rows.Bounds(at("2026-11-24T12:00:00Z"))
			start, _ := l.rows.Bounds(at("2026-11-24T12:00:00Z"))
			old := window(start.UTC().Format(time.RFC3339), end.Add(24*time.Hour).UTC().Format(time.RFC3339))
			l.end(old, everyHour(l.zone, old)...)
			was := l.days()
			l.zone, l.now = location(t, test.to), at("2026-11-29T12:00:00Z")
			l.again()
			from, to := l.rows.Bounds(old.End)
			if !from.Equal(old.End) || !to.Equal(at(test.until)) {
				t.Errorf("the first day is from %v to %v", from, to)
			}
			if again, _ := l.rows.Bounds(old.Start); !again.Equal(old.Start) {
				t.Errorf("a day read again begins at %v", again)
			}
			fresh := window(old.End.UTC().Format(time.RFC3339), to.Add(24*time.Hour).UTC().Format(time.RFC3339))
			l.end(fresh, everyHour(l.zone, fresh)...)
			l.end(old, everyHour(l.zone, old)...) // the look-back
			days := l.days()
			var all []string
			for _, ids := range days {
				all = append(all, strings.Fields(ids)...)
			}
			hours := int(fresh.End.Sub(old.Start).Hours())
			slices.Sort(all)
			if len(all) != hours || len(slices.Compact(all)) != hours {
				t.Errorf("%d rows of %d hours: %v", len(all), hours, days)
			}
			if _, ok := days[test.seam]; !ok || len(days) != len(was)+2 {
				t.Errorf("published are %v", days)
			}
			for dt, ids := range was {
				if days[dt] != ids {
					t.Errorf("%s was %q and is %q", dt, ids, days[dt])
				}
			}
			p, _ := l.publication(test.seam)
			if p.Zone != test.to || !p.From.Equal(old.End) || !p.To.Equal(at(test.until)) {
				t.Errorf("%+v", p)
			}
			l.again() // the calendar lasts
			if again, _ := l.rows.Bounds(old.Start); !again.Equal(old.Start) {
				t.Errorf("a run later, a day read again begins at %v", again)
			}
		})
	}
}

// everyHour is a row at each hour of a window, on the clocks of a zone.
func everyHour(zone *time.Location, w export.Window) (rows []string) {
	for t := w.Start; !t.After(w.End); t = t.Add(time.Hour) {
		rows = append(rows, fmt.Sprintf("%s,%s,1", t.UTC().Format("02T15"), t.In(zone).Format(time.DateTime)))
	}
	return rows
}

// TestTheStateLasts, with what a run must not mix up.
func TestTheStateLasts(t *testing.T) {
	l := newLanding(t, "UTC")
	l.sink.State().Jobs = []export.SavedJob{{ID: "j1", Dataset: "call", Start: 1, End: 2, AsOf: 3}}
	if err := l.sink.Keep(t.Context(), *l.sink.State()); err != nil {
		t.Fatal(err)
	}
	l.again()
	if jobs := l.sink.State().Jobs; len(jobs) != 1 || jobs[0].ID != "j1" {
		t.Errorf("jobs in flight: %v", jobs)
	}
	l.close()
	store, err := folder.Open(l.root)
	if err != nil {
		t.Fatal(err)
	}
	in := lake.New(store, lake.Options{})
	if _, err := Open(t.Context(), in, Options{Workspace: "w2", Zone: time.UTC}); err == nil || !strings.Contains(err.Error(), "those of workspace w1, and the token opens w2") {
		t.Errorf("another workspace: %v", err)
	}
	path := filepath.Join(l.root, progressKey)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(string(text), `"version":1`, `"version":2`, 1)
	for is, want := range map[string]string{later: "is of version 2", "": "is damaged: remove it", "{}": "is damaged: remove it", string(text[:9]): "is damaged: remove it"} {
		if err := os.WriteFile(path, []byte(is), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), in, Options{Workspace: "w1", Zone: time.UTC}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", is, err, want)
		}
	}
}

// TestSomethingElseIsDue ends the run in good order.
func TestSomethingElseIsDue(t *testing.T) {
	l := newLanding(t, "UTC")
	due := false
	l.options.Due = func() bool { return due }
	l.again()
	l.end(window("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"), "a,2026-11-23 01:00:00,1")
	due = true
	w := window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z")
	if _, err := l.read(w, "b,2026-11-24 01:00:00,1"); err != nil {
		t.Fatal(err)
	}
	if err := l.rows.End(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if err := l.sink.Keep(t.Context(), *l.sink.State()); !errors.Is(err, export.ErrStop) {
		t.Errorf("got %v", err)
	}
	l.close()
	l.holds(map[string]string{"2026-11-23": "a", "2026-11-24": "b"})
}
