package wire

import "time"

// zone finds the instants at which a zone's clocks show a time.
type zone struct {
	location *time.Location
	days     [512]localDay
}

// localDay is a date on a zone's clocks.
type localDay struct {
	day   int64 // since 1970-01-01
	known bool
	// whole says that the clocks are offset seconds ahead of UTC all day, and
	// that no time of it is shown twice.
	whole  bool
	offset int64
}

// margin is how far from a change of offset a day is simple: one that turns
// clocks back by a whole day has happened.
const margin = 25 * time.Hour

// localDay looks a date up.
func (z *zone) localDay(day int64) localDay {
	d := &z.days[uint64(day)%uint64(len(z.days))]
	if d.known && d.day == day {
		return *d
	}
	midnight := time.Unix(day*secondsPerDay, 0).UTC()
	year, month, date := midnight.Date()
	noon := time.Date(year, month, date, 12, 0, 0, 0, z.location)
	_, offset := noon.Zone()
	start, end := noon.ZoneBounds()
	first := noon.Add(-12*time.Hour - margin)
	last := noon.Add(12*time.Hour + margin)
	*d = localDay{
		day: day, known: true, offset: int64(offset),
		whole: (start.IsZero() || !first.Before(start)) && (end.IsZero() || !last.After(end)),
	}
	return *d
}

// instants gives the first and the last second at which the clocks show a
// time, given as seconds since 1970-01-01 00:00:00 on them. They differ where
// clocks were turned back. A time that was skipped is what time.Date makes of
// it.
func (z *zone) instants(local int64) (first, last int64) {
	utc := time.Unix(local, 0).UTC()
	year, month, day := utc.Date()
	hour, minute, second := utc.Clock()
	t := time.Date(year, month, day, hour, minute, second, 0, z.location)
	first, last = t.Unix(), t.Unix()
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		_, offset := start.Add(-time.Second).Zone()
		if before := local - int64(offset); before < start.Unix() {
			first = min(first, before)
		}
	}
	if !end.IsZero() {
		_, offset := end.Zone()
		if after := local - int64(offset); after >= end.Unix() {
			last = max(last, after)
		}
	}
	return first, last
}
