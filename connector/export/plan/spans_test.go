package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func epoch(text string) int64 { return at(text).Unix() }

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func texts(list []Span) []string {
	var texts []string
	for _, r := range list {
		texts = append(texts, r.Purpose.String()+" "+Stamp(r.From)+" "+Stamp(r.To))
	}
	return texts
}

func TestSpans(t *testing.T) {
	now := at("2026-03-10T12:00:00Z")
	tests := []struct {
		name     string
		state    State
		days     int
		want     []string
		lookback Lookback
	}{
		{
			"first sync: all is new, and nothing to read again",
			*NewState(epoch("2026-03-09T12:00:00Z"), epoch("2026-03-09T12:00:00Z"), now.Unix()),
			30,
			[]string{"new rows 2026-03-09T12:00:00Z 2026-03-10T12:00:00Z"},
			Lookback{Last: now.Unix()},
		},
		{
			"an hour later: new rows, the last day",
			State{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-10T00:30:00Z")}},
			30,
			[]string{"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z", "the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z"},
			Lookback{Last: epoch("2026-03-10T00:30:00Z")},
		},
		{
			"the first sync of a day: the look-back too, from where the last one began less the days and an hour",
			State{Floor: epoch("2025-01-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-09T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z",
				"look-back 2026-02-07T01:00:00Z 2026-03-09T12:00:00Z",
			},
			Lookback{Last: epoch("2026-03-09T02:00:00Z"), Began: now.Unix(), At: epoch("2026-02-07T01:00:00Z"), To: epoch("2026-03-09T12:00:00Z")},
		},
		{
			"nothing before the floor",
			State{Floor: epoch("2026-03-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-09T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z",
				"look-back 2026-03-01T00:00:00Z 2026-03-09T12:00:00Z",
			},
			Lookback{Last: epoch("2026-03-09T02:00:00Z"), Began: now.Unix(), At: epoch("2026-03-01T00:00:00Z"), To: epoch("2026-03-09T12:00:00Z")},
		},
		{
			"a look-back that was cut off goes on where it stood, even the next day",
			State{Floor: epoch("2026-01-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-08T02:00:00Z"), Began: epoch("2026-03-09T02:00:00Z"), At: epoch("2026-02-20T00:00:00Z"), To: epoch("2026-03-08T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z",
				"look-back 2026-02-20T00:00:00Z 2026-03-09T12:00:00Z",
			},
			Lookback{Last: epoch("2026-03-08T02:00:00Z"), Began: epoch("2026-03-09T02:00:00Z"), At: epoch("2026-02-20T00:00:00Z"), To: epoch("2026-03-09T12:00:00Z")},
		},
		{
			"after two months of silence: everything that may have changed since",
			State{Floor: epoch("2025-01-01T00:00:00Z"), Cursor: epoch("2026-01-10T10:00:00Z"), Lookback: Lookback{Last: epoch("2026-01-10T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-01-10T10:00:00Z 2026-03-10T12:00:00Z",
				"look-back 2025-12-11T01:00:00Z 2026-01-10T10:00:00Z",
			},
			Lookback{Last: epoch("2026-01-10T02:00:00Z"), Began: now.Unix(), At: epoch("2025-12-11T01:00:00Z"), To: epoch("2026-01-10T10:00:00Z")},
		},
		{
			"without a look-back nothing is read twice but the hour of lag",
			State{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-10T11:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-09T02:00:00Z")}},
			0,
			[]string{"new rows 2026-03-10T11:00:00Z 2026-03-10T12:00:00Z"},
			Lookback{Last: epoch("2026-03-09T02:00:00Z")},
		},
		{
			"a clock that stepped back: no new rows, no look-back, nothing lost",
			State{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-12T11:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-11T02:00:00Z")}},
			30,
			[]string{"the last day again 2026-03-09T12:00:00Z 2026-03-12T11:00:00Z"},
			Lookback{Last: epoch("2026-03-11T02:00:00Z")},
		},
		{
			"rows before the floor come last",
			State{Floor: epoch("2026-03-10T00:00:00Z"), Cursor: epoch("2026-03-10T11:00:00Z"), Lookback: Lookback{Last: now.Unix()}, Earlier: &Earlier{Start: epoch("2026-01-01T00:00:00Z"), At: epoch("2026-01-05T00:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T11:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-10T00:00:00Z 2026-03-10T11:00:00Z",
				"earlier rows 2026-01-05T00:00:00Z 2026-03-10T00:00:00Z",
			},
			Lookback{Last: now.Unix()},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.state.Spans(now, time.UTC, test.days, nil, nil)
			if diff := cmp.Diff(test.want, texts(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.lookback, test.state.Lookback); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBeginEarlier(t *testing.T) {
	under := &Earlier{Asked: 50, Start: 60, At: 70}
	tests := []struct {
		name         string
		asked, start int64
		state, want  State
	}{
		{"as before", 100, 100, State{Floor: 100, Asked: 100}, State{Floor: 100, Asked: 100}},
		{"later", 200, 200, State{Floor: 100, Asked: 100}, State{Floor: 100, Asked: 100}},
		{"earlier", 50, 60, State{Floor: 100, Asked: 100}, State{Floor: 100, Asked: 100, Earlier: &Earlier{50, 60, 60}}},
		{"under way", 50, 61, State{Floor: 100, Asked: 100, Earlier: under}, State{Floor: 100, Asked: 100, Earlier: under}},
		{"earlier still", 40, 60, State{Floor: 100, Asked: 100, Earlier: under}, State{Floor: 100, Asked: 100, Earlier: &Earlier{40, 60, 60}}},
		{"taken back", 100, 100, State{Floor: 100, Asked: 100, Earlier: under}, State{Floor: 100, Asked: 100}},
		{"all that is kept is read", 50, 120, State{Floor: 100, Asked: 100}, State{Floor: 100, Asked: 50}},
	}
	for _, test := range tests {
		test.state.BeginEarlier(test.asked, test.start)
		if diff := cmp.Diff(test.want, test.state); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// What a window that begins at 0 and ends at an end does to a state.
func TestRead(t *testing.T) {
	tests := []struct {
		name      string
		state     State
		purpose   Purpose
		end, asOf int64
		want      State
	}{
		{"to the window's end", State{Cursor: 10}, NewRows, 5000, 10_000, State{Cursor: 5000}},
		{"an hour behind the clocks", State{Cursor: 10}, NewRows, 9000, 10_000, State{Cursor: 6400}},
		{"never back", State{Cursor: 8000}, NewRows, 9000, 10_000, State{Cursor: 8000}},
		{"the last day leaves no trace", State{Cursor: 10}, LastDay, 9000, 10_000, State{Cursor: 10}},
		{"look-back", State{Lookback: Lookback{1, 5, 2, 9}}, LookBack, 7, 10, State{Lookback: Lookback{1, 5, 7, 9}}},
		{"look-back done", State{Lookback: Lookback{1, 5, 2, 9}}, LookBack, 9, 10, State{Lookback: Lookback{Last: 5}}},
		{"earlier", State{Floor: 9, Earlier: &Earlier{1, 2, 3}}, EarlierRows, 7, 10_000, State{Floor: 9, Earlier: &Earlier{1, 2, 7}}},
		{"earlier done", State{Floor: 9, Asked: 9, Earlier: &Earlier{1, 2, 3}}, EarlierRows, 9, 10_000, State{Floor: 2, Asked: 1}},
		{"earlier, within the hour before the clocks", State{Floor: 9000, Earlier: &Earlier{1, 2, 3}}, EarlierRows, 9000, 10_000, State{Floor: 9000, Earlier: &Earlier{1, 2, 6400}}},
	}
	for _, test := range tests {
		w := &Window{End: test.end, spans: []Span{{test.purpose, 0, test.end}}}
		test.state.Read(w, test.asOf)
		if diff := cmp.Diff(test.want, test.state); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// The cursor does not move over a gap: a window capped an hour behind its job's
// enqueue leaves one, and the next window, whose job was enqueued later, begins
// behind it.
func TestCursorStopsAtAGap(t *testing.T) {
	s := State{Cursor: 1000}
	s.Read(&Window{Start: 1000, End: 9000, spans: []Span{{NewRows, 1000, 9000}}}, 10_000)
	s.Read(&Window{Start: 9000, End: 20_000, spans: []Span{{NewRows, 9000, 20_000}}}, 50_000)
	if s.Cursor != 10_000-3600 {
		t.Errorf("the cursor is at %d", s.Cursor)
	}
}

func TestWidthAfter(t *testing.T) {
	tests := []struct {
		name              string
		width, span, took time.Duration
		rows              int64
		want              time.Duration
	}{
		{"easy: twice as long", time.Hour, time.Hour, 2 * time.Second, 10, 2 * time.Hour},
		{"a result of an older length", 4 * time.Hour, time.Hour, 2 * time.Second, 10, 4 * time.Hour},
		{"31 days at the most", 20 * day, 20 * day, time.Second, 0, 31 * day},
		{"slow enough: kept", 4 * time.Hour, 4 * time.Hour, 61 * time.Second, 10, 4 * time.Hour},
		{"full enough: kept", 8 * time.Hour, 4 * time.Hour, time.Second, 200_000, 4 * time.Hour},
		{"too slow: half", 4 * time.Hour, 4 * time.Hour, 301 * time.Second, 10, 2 * time.Hour},
		{"too full: half", 4 * time.Hour, 4 * time.Hour, time.Second, 500_001, 2 * time.Hour},
		{"slow and full: half", 4 * time.Hour, 4 * time.Hour, 59 * time.Minute, 500_001, 2 * time.Hour},
		{"slow whatever the length: no shorter", time.Hour, time.Hour, 40 * time.Minute, 10, time.Hour},
		{"slower than a quarter of its length: longer", 10 * time.Minute, 10 * time.Minute, 6 * time.Minute, 10, 20 * time.Minute},
		{"as slow, and full enough: kept", 10 * time.Minute, 10 * time.Minute, 6 * time.Minute, 200_000, 10 * time.Minute},
		{"a minute at the least", time.Minute, time.Minute, time.Hour, 1, time.Minute},
	}
	for _, test := range tests {
		if got := widthAfter(test.width, test.span, test.took, test.rows); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// Jobs that all take long, whatever their window, are outpaced: the windows come
// to be longer than the time they take.
func TestWidthKeepsPace(t *testing.T) {
	for _, took := range []time.Duration{2 * time.Minute, 6 * time.Minute, 10 * time.Minute, 25 * time.Minute} {
		for _, width := range []time.Duration{LeastWidth, 450 * time.Second, firstWidth, 31 * day} {
			for range 40 {
				width = widthAfter(width, width, took, 10)
			}
			if width < pace*took {
				t.Errorf("windows of %v, whose jobs take %v", width, took)
			}
		}
	}
}

// Cut where clocks are set back, no window holds both instants of a local time.
func TestNextCut(t *testing.T) {
	dublin := zone(t, "Europe/Dublin")
	start, end := at("2026-10-24T00:00:00Z"), at("2026-10-27T00:00:00Z")
	var cuts []string
	for from := start; ; {
		cut := nextCut(from, end, dublin)
		if cut.IsZero() {
			break
		}
		cuts = append(cuts, Stamp(cut.Unix()))
		from = cut
	}
	want := []string{"2026-10-25T00:59:59Z", "2026-10-25T01:00:01Z"}
	if diff := cmp.Diff(want, cuts); diff != "" {
		t.Error(diff)
	}
	for _, quiet := range []struct{ zone, from, to string }{
		{"Europe/Dublin", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"}, // set forward
		{"UTC", "2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"},
		{"Europe/Dublin", "2026-10-25T00:00:00Z", "2026-10-25T00:59:59Z"},
		{"Europe/Dublin", "2026-10-25T01:00:01Z", "2026-10-26T00:00:00Z"},
	} {
		if cut := nextCut(at(quiet.from), at(quiet.to), zone(t, quiet.zone)); !cut.IsZero() {
			t.Errorf("%v is cut at %v", quiet, cut)
		}
	}
}

// After a failure windows do not grow for a while, and for twice as long after
// the next: one by chance costs little, a length that is never borne too.
func TestWindowsGrowLaterAfterFailures(t *testing.T) {
	s := State{Width: 4 * 3600}
	p := Plan{state: &s, zone: time.UTC}
	window := func(width int64) *Window { return &Window{Start: 0, End: width, spans: []Span{{NewRows, 0, width}}} }
	failures := 0
	for range 200 { // of more than two hours each fails
		if w := window(s.Width); w.Span() > 2*time.Hour {
			failures++
			p.Shorten(w)
		} else {
			p.Learn(w, time.Second, 10)
		}
	}
	if failures != 6 || s.Width > 4*3600 {
		t.Errorf("%d failures, windows of %d seconds", failures, s.Width)
	}
}

// Rows before the first start that were read days ago, by a reading that is still
// under way, are within the look-back: they may have changed.
func TestLookBackHoldsEarlierRows(t *testing.T) {
	floor := epoch("2026-03-07T00:00:00Z")
	s := State{
		Floor: floor, Cursor: epoch("2026-03-10T10:00:00Z"), Asked: floor, Lookback: Lookback{Last: epoch("2026-03-09T12:00:00Z")},
		Earlier: &Earlier{Asked: epoch("2026-01-01T00:00:00Z"), Start: epoch("2026-01-01T00:00:00Z"), At: epoch("2026-03-06T00:00:00Z")},
	}
	s.Spans(at("2026-03-10T12:00:00Z"), time.UTC, 10, nil, nil)
	if got := Stamp(s.Lookback.At); got != "2026-02-27T11:00:00Z" {
		t.Errorf("the look-back begins at %s", got)
	}
}

// TestAMovedStartBeginsAtAWholePiece: of the day around the oldest second that
// Intercom keeps, not all is kept.
func TestAMovedStartBeginsAtAWholePiece(t *testing.T) {
	days := Pieces(func(t int64) (from, to int64) { return t - t%86400, t - t%86400 + 86400 })
	now := at("2026-03-10T12:00:00Z")
	for _, c := range []struct {
		name         string
		start, asked string
		want         []string
	}{
		{"as asked", "2026-03-08T10:00:00Z", "2026-03-08T10:00:00Z", []string{"new rows 2026-03-08T00:00:00Z 2026-03-10T12:00:00Z"}},
		{"moved", "2026-03-08T10:00:00Z", "2020-01-01T00:00:00Z", []string{"new rows 2026-03-09T00:00:00Z 2026-03-10T12:00:00Z"}},
		{"moved to a midnight", "2026-03-08T00:00:00Z", "2020-01-01T00:00:00Z", []string{"new rows 2026-03-08T00:00:00Z 2026-03-10T12:00:00Z"}},
	} {
		s := NewState(epoch(c.start), epoch(c.asked), now.Unix())
		if diff := cmp.Diff(c.want, texts(s.Spans(now, time.UTC, 0, days, nil))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	s := NewState(epoch("2026-03-08T00:00:00Z"), epoch("2026-03-08T00:00:00Z"), now.Unix())
	s.BeginEarlier(epoch("2020-01-01T00:00:00Z"), epoch("2026-03-06T10:00:00Z"))
	want := []string{"new rows 2026-03-08T00:00:00Z 2026-03-10T12:00:00Z", "earlier rows 2026-03-07T00:00:00Z 2026-03-08T00:00:00Z"}
	if diff := cmp.Diff(want, texts(s.Spans(now, time.UTC, 0, days, nil))); diff != "" {
		t.Error(diff)
	}
	s.BeginEarlier(epoch("2019-01-01T00:00:00Z"), epoch("2026-03-07T10:00:00Z")) // nothing whole is left
	if got := texts(s.Spans(now, time.UTC, 0, days, nil)); len(got) != 1 || s.Earlier != nil || s.Asked != epoch("2019-01-01T00:00:00Z") {
		t.Errorf("%v, %+v", got, s)
	}
}

// A look-back that begins within the last day is not over before the last day has been
// read, which is then a part of it, also for the run after one that was cut off.
func TestLookBackWithinTheLastDay(t *testing.T) {
	newYork := zone(t, "America/New_York")
	days := Compared(func(t int64) int64 { return t - t%86400 })
	s := State{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: Lookback{Last: epoch("2026-03-10T01:30:00Z")}}
	for _, now := range []string{"2026-03-10T12:00:00Z", "2026-03-11T02:00:00Z"} {
		want := []string{"new rows 2026-03-10T10:00:00Z " + now, "look-back 2026-03-09T00:00:00Z 2026-03-10T10:00:00Z"}
		if diff := cmp.Diff(want, texts(s.Spans(at(now), newYork, 1, nil, days))); diff != "" {
			t.Errorf("at %s: %s", now, diff)
		}
		lookback := Lookback{Last: epoch("2026-03-10T01:30:00Z"), Began: epoch("2026-03-10T12:00:00Z"), At: epoch("2026-03-09T00:00:00Z"), To: epoch("2026-03-10T10:00:00Z")}
		if diff := cmp.Diff(lookback, s.Lookback); diff != "" {
			t.Errorf("at %s: %s", now, diff)
		}
	}
}
