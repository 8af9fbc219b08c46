package connector

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

func spans(list []reading) []string {
	var texts []string
	for _, r := range list {
		texts = append(texts, r.purpose.String()+" "+stamp(r.at)+" "+stamp(r.to))
	}
	return texts
}

func TestReadings(t *testing.T) {
	now := at("2026-03-10T12:00:00Z")
	tests := []struct {
		name     string
		state    datasetState
		days     int
		want     []string
		lookback lookback
	}{
		{
			"first sync: all is new, and nothing to read again",
			*newDatasetState(epoch("2026-03-09T12:00:00Z"), epoch("2026-03-09T12:00:00Z"), moment{now, time.UTC}),
			30,
			[]string{"new rows 2026-03-09T12:00:00Z 2026-03-10T12:00:00Z"},
			lookback{Last: now.Unix()},
		},
		{
			"an hour later: new rows, the last day",
			datasetState{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: lookback{Last: epoch("2026-03-10T00:30:00Z")}},
			30,
			[]string{"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z", "the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z"},
			lookback{Last: epoch("2026-03-10T00:30:00Z")},
		},
		{
			"the first sync of a day: the look-back too, from where the last one began less the days and an hour",
			datasetState{Floor: epoch("2025-01-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: lookback{Last: epoch("2026-03-09T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z",
				"look-back 2026-02-07T01:00:00Z 2026-03-09T12:00:00Z",
			},
			lookback{Last: epoch("2026-03-09T02:00:00Z"), Began: now.Unix(), At: epoch("2026-02-07T01:00:00Z"), To: epoch("2026-03-09T12:00:00Z")},
		},
		{
			"nothing before the floor",
			datasetState{Floor: epoch("2026-03-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: lookback{Last: epoch("2026-03-09T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z",
				"look-back 2026-03-01T00:00:00Z 2026-03-09T12:00:00Z",
			},
			lookback{Last: epoch("2026-03-09T02:00:00Z"), Began: now.Unix(), At: epoch("2026-03-01T00:00:00Z"), To: epoch("2026-03-09T12:00:00Z")},
		},
		{
			"a look-back that was cut off goes on where it stood, even the next day",
			datasetState{Floor: epoch("2026-01-01T00:00:00Z"), Cursor: epoch("2026-03-10T10:00:00Z"), Lookback: lookback{Last: epoch("2026-03-08T02:00:00Z"), Began: epoch("2026-03-09T02:00:00Z"), At: epoch("2026-02-20T00:00:00Z"), To: epoch("2026-03-08T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T10:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-09T12:00:00Z 2026-03-10T10:00:00Z",
				"look-back 2026-02-20T00:00:00Z 2026-03-08T02:00:00Z",
			},
			lookback{Last: epoch("2026-03-08T02:00:00Z"), Began: epoch("2026-03-09T02:00:00Z"), At: epoch("2026-02-20T00:00:00Z"), To: epoch("2026-03-08T02:00:00Z")},
		},
		{
			"after two months of silence: everything that may have changed since",
			datasetState{Floor: epoch("2025-01-01T00:00:00Z"), Cursor: epoch("2026-01-10T10:00:00Z"), Lookback: lookback{Last: epoch("2026-01-10T02:00:00Z")}},
			30,
			[]string{
				"new rows 2026-01-10T10:00:00Z 2026-03-10T12:00:00Z",
				"look-back 2025-12-11T01:00:00Z 2026-01-10T10:00:00Z",
			},
			lookback{Last: epoch("2026-01-10T02:00:00Z"), Began: now.Unix(), At: epoch("2025-12-11T01:00:00Z"), To: epoch("2026-01-10T10:00:00Z")},
		},
		{
			"without a look-back nothing is read twice but the hour of lag",
			datasetState{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-10T11:00:00Z"), Lookback: lookback{Last: epoch("2026-03-09T02:00:00Z")}},
			0,
			[]string{"new rows 2026-03-10T11:00:00Z 2026-03-10T12:00:00Z"},
			lookback{Last: epoch("2026-03-09T02:00:00Z")},
		},
		{
			"a clock that stepped back: no new rows, no look-back, nothing lost",
			datasetState{Floor: epoch("2026-02-01T00:00:00Z"), Cursor: epoch("2026-03-12T11:00:00Z"), Lookback: lookback{Last: epoch("2026-03-11T02:00:00Z")}},
			30,
			[]string{"the last day again 2026-03-09T12:00:00Z 2026-03-12T11:00:00Z"},
			lookback{Last: epoch("2026-03-11T02:00:00Z")},
		},
		{
			"rows before the floor come last",
			datasetState{Floor: epoch("2026-03-10T00:00:00Z"), Cursor: epoch("2026-03-10T11:00:00Z"), Lookback: lookback{Last: now.Unix()}, Earlier: &earlier{Start: epoch("2026-01-01T00:00:00Z"), At: epoch("2026-01-05T00:00:00Z")}},
			30,
			[]string{
				"new rows 2026-03-10T11:00:00Z 2026-03-10T12:00:00Z",
				"the last day again 2026-03-10T00:00:00Z 2026-03-10T11:00:00Z",
				"earlier rows 2026-01-05T00:00:00Z 2026-03-10T00:00:00Z",
			},
			lookback{Last: now.Unix()},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.state.readings(moment{now, time.UTC}, test.days)
			if diff := cmp.Diff(test.want, spans(got)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.lookback, test.state.Lookback); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBeginEarlier(t *testing.T) {
	under := &earlier{Asked: 50, Start: 60, At: 70}
	tests := []struct {
		name         string
		asked, start int64
		state, want  datasetState
	}{
		{"as before", 100, 100, datasetState{Floor: 100, Asked: 100}, datasetState{Floor: 100, Asked: 100}},
		{"later", 200, 200, datasetState{Floor: 100, Asked: 100}, datasetState{Floor: 100, Asked: 100}},
		{"earlier", 50, 60, datasetState{Floor: 100, Asked: 100}, datasetState{Floor: 100, Asked: 100, Earlier: &earlier{50, 60, 60}}},
		{"under way", 50, 61, datasetState{Floor: 100, Asked: 100, Earlier: under}, datasetState{Floor: 100, Asked: 100, Earlier: under}},
		{"earlier still", 40, 60, datasetState{Floor: 100, Asked: 100, Earlier: under}, datasetState{Floor: 100, Asked: 100, Earlier: &earlier{40, 60, 60}}},
		{"taken back", 100, 100, datasetState{Floor: 100, Asked: 100, Earlier: under}, datasetState{Floor: 100, Asked: 100}},
		{"all that is kept is read", 50, 120, datasetState{Floor: 100, Asked: 100}, datasetState{Floor: 100, Asked: 50}},
	}
	for _, test := range tests {
		test.state.beginEarlier(test.asked, test.start)
		if diff := cmp.Diff(test.want, test.state); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestAdvance(t *testing.T) {
	tests := []struct {
		name      string
		state     datasetState
		purpose   purpose
		end, asOf int64
		want      datasetState
	}{
		{"to the window's end", datasetState{Cursor: 10}, newRows, 5000, 10_000, datasetState{Cursor: 5000}},
		{"an hour behind the clocks", datasetState{Cursor: 10}, newRows, 9000, 10_000, datasetState{Cursor: 6400}},
		{"never back", datasetState{Cursor: 8000}, newRows, 9000, 10_000, datasetState{Cursor: 8000}},
		{"the last day leaves no trace", datasetState{Cursor: 10}, lastDay, 9000, 10_000, datasetState{Cursor: 10}},
		{"look-back", datasetState{Lookback: lookback{1, 5, 2, 9}}, lookBack, 7, 10, datasetState{Lookback: lookback{1, 5, 7, 9}}},
		{"look-back done", datasetState{Lookback: lookback{1, 5, 2, 9}}, lookBack, 9, 10, datasetState{Lookback: lookback{Last: 5}}},
		{"earlier", datasetState{Floor: 9, Earlier: &earlier{1, 2, 3}}, earlierRows, 7, 10, datasetState{Floor: 9, Earlier: &earlier{1, 2, 7}}},
		{"earlier done", datasetState{Floor: 9, Asked: 9, Earlier: &earlier{1, 2, 3}}, earlierRows, 9, 10, datasetState{Floor: 2, Asked: 1}},
	}
	for _, test := range tests {
		test.state.advance(test.purpose, test.end, test.asOf)
		if diff := cmp.Diff(test.want, test.state); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
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
		{"a minute at the least", time.Minute, time.Minute, time.Hour, 1, time.Minute},
	}
	for _, test := range tests {
		if got := widthAfter(test.width, test.span, test.took, test.rows); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
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
		cuts = append(cuts, stamp(cut.Unix()))
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
