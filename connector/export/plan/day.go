package plan

import "time"

// Day is a date of a zone's calendar and the time that it takes: from its start
// up to, but not including, its end.
type Day struct {
	Date       string // 2006-01-02
	Start, End time.Time
}

// DayOf is the day that holds a time. It begins at the first instant whose date
// in the zone it is, and ends where the next one begins: midnights that a zone
// leaves out lose nothing, and those that it has twice double nothing.
func DayOf(t time.Time, zone *time.Location) Day {
	day := dayOn(t.In(zone), zone)
	if !t.Before(day.End) { // set back over midnight, the clocks show the date again
		day = dayOn(t.In(zone).AddDate(0, 0, 1), zone)
	}
	return day
}

// DayOn is the day of a date, 2006-01-02. One that the zone leaves out takes no
// time.
func DayOn(date string, zone *time.Location) (Day, error) {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return Day{}, err
	}
	return dayOn(t, zone), nil
}

// dayOn is the day of the date that the clock of a time shows.
func dayOn(shown time.Time, zone *time.Location) Day {
	y, m, d := shown.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return Day{Date: midnight.Format(time.DateOnly), Start: begin(midnight, zone), End: begin(midnight.AddDate(0, 0, 1), zone)}
}

// begin is the first instant at which the zone's clocks show the date that
// begins at a midnight of UTC, or a later one.
func begin(midnight time.Time, zone *time.Location) time.Time {
	for at := midnight.Add(-48 * time.Hour); ; { // no zone is so far ahead
		_, offset := at.In(zone).Zone()
		_, change := at.In(zone).ZoneBounds()
		first := midnight.Add(-time.Duration(offset) * time.Second)
		if first.Before(at) {
			first = at
		}
		if change.IsZero() || first.Before(change) {
			return first.UTC()
		}
		at = change
	}
}
