package reporting

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/connector/export/plan"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/merge"
	"intercom-connector/operator/lake/part"
	"intercom-connector/operator/reporting/calendar"
)

// merged are tables of which a reading tells some rows of some days: those that come
// are merged into what is published, by their keys, so that what was told once stays
// until something else is told of it. Rows wait in memory, up to a bound, and then in
// parts that nobody reads yet.
//
// Of days without a row the first and the last that are known are published, and no
// others: those between them are known, and empty.
type merged struct {
	sink   *Sink
	tables []*mergedTable
	held   int // bytes of rows in memory

	// readAgain makes the next run read from a time on, before anything else lasts; nil
	// where each reading tells all of the days that it reads.
	readAgain func(context.Context, time.Time) error

	first, last string // the days that the run's note covers
}

// mergedTable is one of them.
type mergedTable struct {
	name     string
	columns  []tables.Column
	key      []string // the columns of its key
	at       string   // the column of the time by which a row has its day
	calendar calendar.Calendar
	days     map[string]*mergedDay
	near     map[int64]*mergedDay // by the quarter of an hour, since a day takes long to tell
}

// mergedDay are the rows of a day that came and are not published.
type mergedDay struct {
	table  *mergedTable
	bounds plan.Day
	zone   *time.Location
	lines  []byte
	writer *lake.TableWriter // of what no longer waits in memory; nil before its first row
}

// newMerged begins a reading of some tables.
func (s *Sink) newMerged(ctx context.Context, all ...*mergedTable) (*merged, error) {
	for _, t := range all {
		var err error
		if t.calendar, _, err = s.calendarOf(ctx, t.name); err != nil {
			return nil, err
		}
		s.progress.Calendars[t.name] = t.calendar.Eras()
		t.days, t.near = map[string]*mergedDay{}, map[int64]*mergedDay{}
	}
	return &merged{sink: s, tables: all}, nil
}

// mostHeld is how many bytes of rows wait in memory. The more, the fewer parts has a
// day whose rows come between those of others.
const mostHeld = 24 << 20

// add takes a row of a table.
func (m *merged) add(ctx context.Context, t *mergedTable, line []byte) error {
	d, err := t.dayOf(line)
	if err != nil {
		return err
	}
	d.lines = append(d.lines, line...)
	if m.held += len(line); m.held < mostHeld {
		return nil
	}
	largest := d
	for _, t := range m.tables {
		for _, other := range t.days {
			if len(other.lines) > len(largest.lines) {
				largest = other
			}
		}
	}
	m.held -= len(largest.lines)
	if err := m.cover(ctx, largest); err != nil {
		return err
	}
	return largest.spill(ctx, m.sink.run)
}

// dayOf is the day of a row. One whose time cannot be read is of the beginning of
// time, wherever it comes from.
func (t *mergedTable) dayOf(line []byte) (*mergedDay, error) {
	value, err := merge.Value(line, t.at)
	if err != nil {
		return nil, fmt.Errorf("%s: column %s: %w", t.name, t.at, err)
	}
	at := time.Unix(0, 0)
	if value != nil {
		if at, err = time.Parse(part.TimestampForm, string(bytes.Trim(value, `"`))); err != nil {
			return nil, fmt.Errorf("%s: column %s: %w", t.name, t.at, err)
		}
	}
	quarter := at.Unix() / (15 * 60)
	if d := t.near[quarter]; d != nil && !at.Before(d.bounds.Start) && at.Before(d.bounds.End) {
		return d, nil
	}
	d := t.day(at)
	t.near[quarter] = d
	return d, nil
}

// day is that of a time, begun if it was not.
func (t *mergedTable) day(at time.Time) *mergedDay {
	bounds, zone := t.calendar.Day(at)
	d := t.days[bounds.Date]
	if d == nil {
		d = &mergedDay{table: t, bounds: bounds, zone: zone}
		t.days[bounds.Date] = d
	}
	return d
}

// cover notes in which days the run writes.
func (m *merged) cover(ctx context.Context, days ...*mergedDay) error {
	first, last := m.first, m.last
	for _, d := range days {
		if first == "" {
			first, last = d.bounds.Date, d.bounds.Date
		}
		first, last = min(first, d.bounds.Date), max(last, d.bounds.Date)
	}
	if first == m.first && last == m.last {
		return nil
	}
	var names []string
	for _, t := range m.tables {
		names = append(names, t.name)
	}
	if err := m.sink.run.Cover(ctx, names, first, last); err != nil {
		return err
	}
	m.first, m.last = first, last
	return nil
}

// spill writes the rows that wait in memory as a part.
func (d *mergedDay) spill(ctx context.Context, run *lake.Run) error {
	if len(d.lines) == 0 {
		return nil
	}
	if d.writer == nil {
		d.writer = d.newWriter(run)
	}
	for line := range bytes.Lines(d.lines) {
		if err := d.writer.Line(ctx, line); err != nil {
			return err
		}
	}
	d.lines = nil
	return d.writer.EndPart()
}

func (d *mergedDay) newWriter(run *lake.Run) *lake.TableWriter {
	return run.Table(d.table.name, d.bounds.Date, d.table.columns, false).As(run.NewID(), 0)
}

// discard forgets all rows that are not published.
func (m *merged) discard(ctx context.Context) {
	for _, t := range m.tables {
		for _, d := range t.days {
			d.discard(ctx)
		}
		clear(t.days)
		clear(t.near)
	}
	m.held = 0
}

func (d *mergedDay) discard(ctx context.Context) {
	if d.writer != nil {
		d.writer.Discard(ctx, errNotEnded)
		d.writer = nil
	}
}

// known is what a reading knows of a table's days.
type known struct {
	// From and To are the times between which all days are known, by this reading or
	// an earlier one. Read is from when on this one has read them.
	From, To, Read time.Time
	// Until is up to when a day must end to be complete: what is told lies before.
	Until time.Time
}

// publish merges the rows that came into the days of a table and publishes those
// that have changed by it.
func (m *merged) publish(ctx context.Context, of map[string]known) error {
	var changes []*change
	for _, t := range m.tables {
		all, err := m.changes(ctx, t, of[t.name])
		if err != nil {
			return err
		}
		changes = append(changes, all...)
	}
	var days []*mergedDay
	for _, c := range changes {
		days = append(days, c.day)
	}
	if err := m.cover(ctx, days...); err != nil {
		return err
	}
	work, within := errgroup.WithContext(ctx)
	work.SetLimit(storedAtOnce)
	for _, c := range changes {
		work.Go(func() error { return c.make(within) })
	}
	if err := work.Wait(); err != nil {
		for _, c := range changes {
			c.undo(ctx)
		}
		return err
	}
	var made []lake.Replacement
	for _, c := range changes {
		if c.changed {
			made = append(made, lake.Replacement{Was: c.was, By: c.by})
		}
		c.day.writer = nil // what it has written is published, or removed
		if c.damage == nil {
			continue
		}
		if m.readAgain != nil { // from where this reading began, too: it is not published yet
			from := c.day.bounds.Start
			if c.of.Read.Before(from) {
				from = c.of.Read
			}
			if err := m.readAgain(ctx, from); err != nil {
				return err
			}
		}
		if err := m.sink.Warn(ctx, c.warning()); err != nil {
			return err
		}
	}
	m.discard(ctx)
	return m.sink.publish(ctx, made)
}

// changes are the days of a table that may have changed: those of which rows came,
// those that were read and are published, and the first and the last that are known.
func (m *merged) changes(ctx context.Context, t *mergedTable, of known) (all []*change, err error) {
	published, err := m.sink.lake.Days(ctx, t.name)
	if err != nil {
		return nil, err
	}
	ends := []string{}
	for _, end := range []time.Time{of.From, of.To} {
		ends = append(ends, t.day(end).bounds.Date)
	}
	read := t.day(of.Read).bounds.Date
	for _, date := range published {
		if date >= read && t.days[date] == nil {
			if bounds, ok := t.calendar.On(date); ok {
				t.day(bounds.Start)
			}
		}
	}
	for _, date := range slices.Sorted(maps.Keys(t.days)) {
		d := t.days[date]
		_, is := slices.BinarySearch(published, date)
		if is || slices.Contains(ends, date) || len(d.lines) > 0 || d.writer != nil {
			all = append(all, &change{sink: m.sink, day: d, of: of, published: is, readAgain: m.readAgain != nil})
		}
	}
	return all, nil
}
