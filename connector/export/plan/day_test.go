package plan

import (
	"archive/zip"
	"go/build"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDayOf(t *testing.T) {
	for _, test := range []struct{ zone, at, date, start, end string }{
		{"UTC", "2026-05-04T00:00:00Z", "2026-05-04", "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"},
		{"UTC", "2026-05-03T23:59:59Z", "2026-05-03", "2026-05-03T00:00:00Z", "2026-05-04T00:00:00Z"},
		{"America/New_York", "2026-03-08T12:00:00Z", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"America/Santiago", "2026-09-06T03:59:59Z", "2026-09-05", "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"},
		{"America/Santiago", "2026-09-06T04:00:00Z", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"},
		{"Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		{"America/Havana", "2026-11-01T04:30:00Z", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"}, // midnight comes twice
		{"America/Havana", "2026-11-01T05:30:00Z", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"America/Asuncion", "2022-03-27T03:30:00Z", "2022-03-26", "2022-03-26T03:00:00Z", "2022-03-27T04:00:00Z"}, // 23:00 comes twice
		{"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},     // a date is left out
	} {
		got := DayOf(instant(test.at), location(t, test.zone))
		want := Day{test.date, instant(test.start), instant(test.end)}
		if got != want {
			t.Errorf("%s in %s: %v, want %v", test.at, test.zone, got, want)
		}
		if on, err := DayOn(test.date, location(t, test.zone)); err != nil || on != want {
			t.Errorf("%s in %s: %v, %v", test.date, test.zone, on, err)
		}
	}
	if left, err := DayOn("2011-12-30", location(t, "Pacific/Apia")); err != nil || !left.Start.Equal(left.End) {
		t.Errorf("a date that is left out takes %v, %v", left, err)
	}
}

// TestDaysOfEveryZone looks at every change of every zone's clocks since 2020:
// the days around it follow one another without a gap, each date once, and each
// begins at the first instant of its date, found minute by minute.
func TestDaysOfEveryZone(t *testing.T) {
	midnights := 0
	for _, name := range zones(t) {
		zone := location(t, name)
		for at := instant("2020-01-01T00:00:00Z"); ; {
			_, change := at.In(zone).ZoneBounds()
			if change.IsZero() || change.After(instant("2029-01-01T00:00:00Z")) {
				break
			}
			follow(t, name, zone, change)
			if oddMidnight(zone, change) {
				midnights++
				search(t, name, zone, change)
			}
			at = change
		}
	}
	if midnights < 50 {
		t.Errorf("%d midnights are missing or doubled: the test shows little", midnights)
	}
}

// follow walks the days around a change.
func follow(t *testing.T, name string, zone *time.Location, change time.Time) {
	t.Helper()
	day := DayOf(change.Add(-72*time.Hour), zone)
	for range 6 {
		next := DayOf(day.End, zone)
		last := DayOf(day.End.Add(-time.Second), zone)
		date, _ := time.Parse(time.DateOnly, day.Date)
		if !next.Start.Equal(day.End) || next.Date != date.AddDate(0, 0, 1).Format(time.DateOnly) || last != day || day.Start.In(zone).Format(time.DateOnly) != day.Date {
			t.Errorf("%s: %v is followed by %v, its last second is of %v", name, day, next, last)
		}
		day = next
	}
}

// oddMidnight says whether a change of the clocks leaves a midnight out, or
// gives it twice.
func oddMidnight(zone *time.Location, change time.Time) bool {
	_, before := change.Add(-time.Second).In(zone).Zone()
	_, after := change.In(zone).Zone()
	from, to := change.Add(time.Duration(min(before, after))*time.Second).UTC(), change.Add(time.Duration(max(before, after))*time.Second).UTC()
	return from.Day() != to.Day() || from.Equal(from.Truncate(24*time.Hour))
}

// search finds the beginnings of the days around a change the slow way.
func search(t *testing.T, name string, zone *time.Location, change time.Time) {
	t.Helper()
	seen := ""
	for at := change.Add(-30 * time.Hour).Truncate(time.Minute); at.Before(change.Add(30 * time.Hour)); at = at.Add(time.Minute) {
		date := at.In(zone).Format(time.DateOnly)
		if date > seen && seen != "" {
			if day, err := DayOn(date, zone); err != nil || !day.Start.Equal(at) {
				t.Errorf("%s: %s begins at %v, not %v", name, date, at.UTC(), day.Start)
			}
		}
		seen = max(seen, date)
		if got := DayOf(at, zone).Date; got != seen {
			t.Errorf("%s: %v is of %s, not %s", name, at.UTC(), seen, got)
		}
	}
}

func zones(t *testing.T) (names []string) {
	t.Helper()
	all, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	for _, file := range all.File {
		if !strings.HasSuffix(file.Name, "/") {
			names = append(names, file.Name)
		}
	}
	if len(names) < 400 {
		t.Fatalf("%d zones only", len(names))
	}
	return names
}

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
