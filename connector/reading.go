package connector

import "time"

// lag is how far the cursor stays behind the clocks, since rows appear in
// exports some minutes after their time.
const lag = time.Hour

const day = 24 * time.Hour

// purpose is why a span of time is read.
type purpose int

const (
	newRows purpose = iota
	lastDay
	lookBack
	earlierRows
)

func (p purpose) String() string {
	return [...]string{"new rows", "the last day again", "look-back", "earlier rows"}[p]
}

// reading is a span of a dataset's time that a sync reads, from at to its end,
// in epoch seconds.
type reading struct {
	purpose purpose
	at, to  int64
}

// moment is what a sync knows of its time: the smaller of both clocks when it
// began, and the day of the workspace's calendar.
type moment struct {
	now  time.Time
	zone *time.Location
}

// newDatasetState is the state before a first sync.
func newDatasetState(start, asked int64, m moment) *datasetState {
	return &datasetState{
		Floor:    start,
		Cursor:   start,
		Asked:    asked,
		Lookback: lookback{Last: m.now.Unix()},
	}
}

// readings are what a sync reads of a dataset, in this order: new rows; the
// last day again; once a day the look-back; the rows before the floor when the
// person moved the start back. New rows come first, so that re-reading can
// never starve them.
func (d *datasetState) readings(m moment, lookbackDays int) []reading {
	now := m.now.Unix()
	var list []reading
	add := func(p purpose, at, to int64) {
		if at < to {
			list = append(list, reading{p, at, to})
		}
	}
	add(newRows, d.Cursor, now)
	if lookbackDays > 0 {
		recent := max(d.Floor, now-int64(day.Seconds()))
		add(lastDay, recent, d.Cursor)
		d.beginLookback(m, lookbackDays, min(d.Cursor, recent))
		add(lookBack, d.Lookback.At, d.Lookback.To)
	} else {
		d.Lookback = lookback{Last: d.Lookback.Last}
	}
	if d.Earlier != nil {
		add(earlierRows, d.Earlier.At, d.Floor)
	}
	return list
}

// beginLookback starts the daily re-reading if none is under way and the last
// one began on an earlier day of the workspace.
//
// It reads from the last one's beginning less the look-back, not from now less
// the look-back: a row older than that was last read when no change within the
// look-back could follow any more, and one that changed between the two is read.
// A job that was taken up from the sync before may have looked an hour earlier.
func (d *datasetState) beginLookback(m moment, days int, to int64) {
	l := &d.Lookback
	if l.Began != 0 {
		return
	}
	last := time.Unix(l.Last, 0)
	if last.After(m.now.Add(day)) { // written under a clock that was wrong
		last = m.now
	} else if !dayOf(m.now, m.zone).After(dayOf(last, m.zone)) {
		return
	}
	from := max(d.Floor, last.Add(-time.Duration(days)*day-jobLife).Unix())
	if from >= to {
		l.Last = m.now.Unix()
		return
	}
	l.Began, l.At, l.To = m.now.Unix(), from, to
}

// beginEarlier starts reading before the floor when the configuration asks for
// an earlier start than ever before. start is what of it Intercom still keeps.
func (d *datasetState) beginEarlier(asked, start int64) {
	switch {
	case d.Earlier != nil && d.Earlier.Asked == asked:
		return
	case asked >= d.Asked:
		d.Earlier = nil
	case start >= d.Floor:
		d.Earlier, d.Asked = nil, asked
	default:
		d.Earlier = &earlier{Asked: asked, Start: start, At: start}
	}
}

// dayOf is the day of the zone's calendar, as a time that compares.
func dayOf(t time.Time, zone *time.Location) time.Time {
	y, mo, d := t.In(zone).Date()
	return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC)
}

// advance records that a window of a purpose was read to its end by a job that
// was enqueued at asOf.
func (d *datasetState) advance(p purpose, end, asOf int64) {
	switch p {
	case newRows:
		d.Cursor = max(d.Cursor, min(end, asOf-int64(lag.Seconds())))
	case lookBack:
		d.Lookback.At = end
		if end >= d.Lookback.To {
			d.Lookback = lookback{Last: d.Lookback.Began}
		}
	case earlierRows:
		d.Earlier.At = end
		if end >= d.Floor {
			d.Floor, d.Asked = d.Earlier.Start, d.Earlier.Asked
			d.Earlier = nil
		}
	}
}
