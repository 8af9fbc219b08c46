package reporting

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/connector/export"
	"intercom-connector/operator/lake"
)

// errNotEnded is why parts of a window are given up that was read in vain.
var errNotEnded = errors.New("the window is read again")

// windowRows are a window's rows on their way into its days.
type windowRows struct {
	table  *table
	began  time.Time
	shares []*share // one for each day that the window touches, in order

	start, end    int64 // of the window: its rows are those from start up to, but not including, end
	before, after int64 // of the seconds that touch it
	current       *share
	from, to      int64 // of current
	neighbours    int64 // rows that other windows take
	shifted       bool  // its rows' times are those of another zone: they are not of the days they seem
}

// share is a window's part in a day.
type share struct {
	day      *day
	from, to time.Time
	writer   *lake.TableWriter // nil before its first row
	rows     int64
	astray   bool // rows of it are there for want of a better day
}

// newWindowRows begins a window.
func (t *table) newWindowRows(w export.Window) *windowRows {
	r := &windowRows{
		table: t, began: t.sink.lake.Now(),
		start: w.Start.Unix(), end: w.End.Unix(),
		before: w.Asked.Start.Unix() - 1, after: w.Asked.End.Unix() + 1,
	}
	for at := w.Start; at.Before(w.End) || len(r.shares) == 0; {
		d := t.day(at)
		to := d.bounds.End
		if w.End.Before(to) {
			to = w.End
		}
		r.shares = append(r.shares, &share{day: d, from: at, to: to})
		at = d.bounds.End
	}
	r.choose(0)
	return r
}

func (r *windowRows) choose(i int) {
	r.current = r.shares[i]
	r.from, r.to = r.current.from.Unix(), r.current.to.Unix()
}

// aDay in seconds is more than a zone's shift: a time further outside tells nothing.
const aDay = 24 * 60 * 60

// row takes a row. Those in the seconds that touch the window are other windows'. One
// further outside goes to the nearest day, and one that tells no day, without a time or
// of one far outside, to the first: whatever reads that one again reads from there on, and
// so all that this window may have had the row for. In a later day it would be lost, once
// that is read again without those before it. But a window of other days puts it elsewhere,
// and then it is there twice: so its day is not complete.
func (r *windowRows) row(ctx context.Context, at int64, timed bool, line []byte) error {
	astray := !timed || at < r.start || at >= r.end
	switch {
	case !timed, at >= r.end+aDay:
		at = r.start
	case at < r.start && at >= r.before, at >= r.end && at <= r.after:
		r.neighbours++
		return nil
	}
	if at < r.from || at >= r.to {
		r.choose(r.nearest(at))
	}
	s := r.current
	if s.writer == nil {
		s.writer = r.table.writer(s.day)
	}
	s.rows++
	s.astray = s.astray || astray
	if onRow := r.table.sink.options.OnRow; onRow != nil {
		onRow(r.table.name)
	}
	if err := s.writer.Line(ctx, line); err != nil {
		return &export.SinkError{Err: err}
	}
	return nil
}

// nearest is the day of a time, or the window's first or last.
func (r *windowRows) nearest(at int64) int {
	i := sort.Search(len(r.shares), func(i int) bool { return at < r.shares[i].to.Unix() })
	return min(i, len(r.shares)-1)
}

// storedAtOnce is how many parts are ended at the same time.
const storedAtOnce = 8

// finish ends the parts of all days.
func (r *windowRows) finish() error {
	var parts errgroup.Group
	parts.SetLimit(storedAtOnce)
	for _, s := range r.shares {
		if s.writer != nil {
			parts.Go(s.writer.EndPart)
		}
	}
	if err := parts.Wait(); err != nil {
		return &export.SinkError{Err: err}
	}
	return nil
}

// discard forgets what was read.
func (r *windowRows) discard(ctx context.Context, why error) {
	for _, s := range r.shares {
		if s.writer != nil {
			s.writer.Discard(ctx, why)
		}
	}
}

// cover notes the days in which a window writes, with those of the days that are
// not whole yet.
func (s *Sink) cover(ctx context.Context, r *windowRows) error {
	first, last := r.shares[0].day.bounds.Date, r.shares[len(r.shares)-1].day.bounds.Date
	if s.first != "" && s.first <= first && last <= s.last {
		return nil
	}
	var tables []string
	for _, t := range s.tables {
		tables = append(tables, t.name)
		for date := range t.days {
			first, last = min(first, date), max(last, date)
		}
	}
	slices.Sort(tables)
	if err := s.run.Cover(ctx, tables, first, last); err != nil {
		return err
	}
	s.first, s.last = first, last
	return nil
}
