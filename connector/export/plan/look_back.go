package plan

import "time"

// beginLookback starts the daily re-reading if none is under way and the last
// one began on an earlier day of the workspace.
//
// It reads from the last one's beginning less the look-back, not from now less
// the look-back: a row older than that was last read when no change within the
// look-back could follow any more, and one that changed between the two is read.
// A job that was taken up from the run before may have looked an hour earlier. It
// ends where the last day begins, at recent; one that begins within the last day ends
// with it, at the cursor: it is over when that has been read, and not before.
func (s *State) beginLookback(now time.Time, zone *time.Location, days int, recent, cursor int64, pieces Pieces, compared Compared) {
	l, to := &s.Lookback, min(recent, cursor)
	if l.Began != 0 {
		// The last day of the run that was cut off may not have been read, and this
		// run's begins later.
		l.To = max(l.To, to)
		return
	}
	last := time.Unix(l.Last, 0)
	if last.After(now.Add(day)) { // written under a clock that was wrong
		last = now
	} else if !dateOf(now, zone).After(dateOf(last, zone)) {
		return
	}
	from := last.Add(-time.Duration(days)*day - JobLife).Unix()
	from = pieces.Start(compared.start(max(from, s.oldestRead(from))))
	if from >= to {
		to = cursor
	}
	if from >= to {
		l.Last = now.Unix()
		return
	}
	l.Began, l.At, l.To = now.Unix(), from, to
}

// ReadAgainFrom is where a coming run begins to read again at the earliest, as far
// as it is known now.
func (s *State) ReadAgainFrom(days int) int64 {
	reach := int64((time.Duration(days)*day + JobLife).Seconds())
	if l := s.Lookback; l.Began != 0 {
		return min(l.At, l.Began-reach)
	}
	return s.Lookback.Last - reach
}

// oldestRead is the floor; or, where earlier rows that were made after a time have
// been read already, where these begin: they may change before the reading is over.
func (s *State) oldestRead(since int64) int64 {
	if e := s.Earlier; e != nil && e.At > max(e.Start, since) {
		return min(e.Start, s.Floor)
	}
	return s.Floor
}

// dateOf is the day of the zone's calendar, as a time that compares.
func dateOf(t time.Time, zone *time.Location) time.Time {
	y, mo, d := t.In(zone).Date()
	return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
}
