package wire

import "time"

// margin is how far from a change of offset a day is simple: one that turns
// clocks back by a whole day has happened.
const margin = 25 * time.Hour

// offset gives how many seconds the zone's clocks are ahead of UTC on a day,
// given as days since 1970-01-01, and whether it is the same all day and in the
// margin before and after.
func (c *calendar) offset(day int64) (offset int64, simple bool) {
	year, month, date := time.Unix(day*secondsPerDay, 0).UTC().Date()
	noon := time.Date(year, month, date, 12, 0, 0, 0, c.zone)
	_, seconds := noon.Zone()
	start, end := noon.ZoneBounds()
	first, last := noon.Add(-12*time.Hour-margin), noon.Add(12*time.Hour+margin)
	return int64(seconds), (start.IsZero() || !first.Before(start)) && (end.IsZero() || !last.After(end))
}

// instants gives the first and the last second at which the clocks show a
// time, given as seconds since 1970-01-01 00:00:00 on them. They differ where
// clocks were turned back. A time that was skipped is what time.Date makes of
// it.
func (c *calendar) instants(local int64) (first, last int64) {
	utc := time.Unix(local, 0).UTC()
	year, month, day := utc.Date()
	hour, minute, second := utc.Clock()
	t := time.Date(year, month, day, hour, minute, second, 0, c.zone)
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
