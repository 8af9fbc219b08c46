package reporting

import (
	"context"
	"fmt"
	"time"

	"intercom-connector/operator/lake"
)

// doubt is that a day came back with so few rows that what is published of it
// stays: one bad night must not empty a month.
type doubt struct {
	Seen string `json:"seen"` // the workspace's date when it was first seen
	Rows int64  `json:"rows"` // that came
}

// A day that has lost half of its rows, and this many at least, is doubted; so is
// one that has lost all.
const doubtedLoss = 20

func doubtful(was, is int64) bool { return is == 0 && was > 0 || 2*is < was && was-is >= doubtedLoss }

// checkLostRows says whether a day may be published in place of what is. One that is
// doubtful must come so again on a later date, with no less of it, or be believed on
// demand.
func (t *table) checkLostRows(ctx context.Context, was, by lake.Publication) (bool, error) {
	s := t.sink
	doubts := s.progress.Doubts[t.name]
	if !doubtful(was.Rows, by.Rows) || s.options.Believe {
		t.forgetDoubt(by.Dt)
		return true, nil
	}
	today, _ := t.calendar.Day(s.lake.Now())
	d, known := doubts[by.Dt]
	again := known && !doubtful(d.Rows, by.Rows)
	if again && d.Seen < today.Date {
		t.forgetDoubt(by.Dt)
		return true, nil
	}
	if doubts == nil {
		doubts = map[string]doubt{}
		s.progress.Doubts[t.name] = doubts
	}
	if !again {
		doubts[by.Dt] = doubt{Seen: today.Date, Rows: by.Rows}
	}
	return false, s.Warn(ctx, fmt.Sprintf(
		"%s of %s came with %d rows, published are %d: these stay until a run of another day finds the same again, or until --believe",
		t.name, by.Dt, by.Rows, was.Rows))
}

// Doubted is where the first of a table's days begins that was doubted on an earlier
// date than today's: now it can be decided; false where none was.
func (s *Sink) Doubted(dataset string) (from time.Time, doubted bool) {
	t := s.tables[dataset]
	today, _ := t.calendar.Day(s.lake.Now())
	for dt, d := range s.progress.Doubts[t.name] {
		day, ok := t.calendar.On(dt)
		if ok && d.Seen < today.Date && (!doubted || day.Start.Before(from)) {
			from, doubted = day.Start, true
		}
	}
	return from, doubted
}

func (t *table) forgetDoubt(dt string) {
	doubts := t.sink.progress.Doubts[t.name]
	delete(doubts, dt)
	if len(doubts) == 0 {
		delete(t.sink.progress.Doubts, t.name)
	}
}

// older says that a day's rows were looked up before those that are published.
func older(by, was lake.Publication) bool {
	return !was.AsOf.IsZero() && by.AsOf.Before(was.AsOf.Truncate(time.Second))
}
