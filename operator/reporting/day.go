package reporting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/plan"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
)

// day is a table's day until it is published.
type day struct {
	bounds plan.Day
	zone   *time.Location
	id     string // what its parts are named after
	number int    // of its next part
	pieces []piece
}

// piece is a stretch of a day that was read whole.
type piece struct {
	from, to time.Time
	window   export.Window
	began    time.Time
	parts    []part.File
	rows     int64
	astray   bool // rows of it may be of other days
}

// day is that of a time, begun if it was not.
func (t *table) day(at time.Time) *day {
	of, zone := t.calendar.Day(at)
	d := t.days[of.Date]
	if d == nil {
		d = &day{bounds: of, zone: zone, id: t.sink.run.NewID()}
		t.days[of.Date] = d
	}
	return d
}

// windowParts is more parts than a window writes of a day.
const windowParts = 1000

// writer writes a window's rows of a day.
func (t *table) writer(d *day) *lake.TableWriter {
	w := t.sink.run.Table(t.name, d.bounds.Date, t.columns, false).As(d.id, d.number)
	d.number += windowParts
	return w
}

// add takes a window's share into its day. One that was read before is replaced.
func (t *table) add(ctx context.Context, r *windowRows, s *share, w export.Window) error {
	p := piece{from: s.from, to: s.to, window: w, began: r.began, rows: s.rows, astray: r.shifted || s.astray}
	if s.writer != nil {
		p.parts = s.writer.SoFar().Parts
	}
	var kept []piece
	for _, other := range s.day.pieces {
		switch {
		case !other.from.Before(p.to) || !p.from.Before(other.to):
			kept = append(kept, other)
		case p.from.After(other.from) || p.to.Before(other.to):
			return fmt.Errorf("%s of %s was read from %s to %s, and again from %s to %s: rows would be doubled", t.name, s.day.bounds.Date, other.from, other.to, p.from, p.to)
		default:
			if err := t.sink.run.Remove(ctx, other.parts); err != nil {
				return err
			}
		}
	}
	s.day.pieces = append(kept, p)
	slices.SortFunc(s.day.pieces, func(a, b piece) int { return a.from.Compare(b.from) })
	return nil
}

// whole says whether the day is: read to its end, or as far as the run reads.
func (d *day) whole() bool {
	at := d.bounds.Start
	newest := false
	for _, p := range d.pieces {
		if !p.from.Equal(at) {
			return false
		}
		at, newest = p.to, p.window.Newest && p.to.Equal(p.window.End)
	}
	return !at.Before(d.bounds.End) || newest
}

// remove removes what was read of the day.
func (d *day) remove(ctx context.Context, run *lake.Run) error {
	for _, p := range d.pieces {
		if err := run.Remove(ctx, p.parts); err != nil {
			return err
		}
	}
	d.pieces = nil
	return nil
}

// publication is the day as it is published.
func (t *table) publication(d *day) lake.Publication {
	first := d.pieces[0]
	p := lake.Publication{
		Table: t.name, Workspace: t.sink.options.Workspace, Dt: d.bounds.Date, Run: d.id, Zone: d.zone.String(), From: d.bounds.Start.UTC(), To: d.bounds.End.UTC(),
		Started: first.began.UTC().Truncate(time.Second), Finished: t.sink.lake.Now().UTC().Truncate(time.Second),
		AsOf: first.window.AsOf.UTC(), Parts: []part.File{}, Complete: true,
	}
	for _, c := range t.columns {
		p.Columns = append(p.Columns, part.Column{Name: c.Name, Kind: c.Kind})
	}
	for _, piece := range d.pieces {
		p.Rows += piece.rows
		p.Parts = append(p.Parts, piece.parts...)
		p.Complete = p.Complete && piece.window.Complete(d.bounds.End) && !piece.astray
		if piece.window.AsOf.Before(p.AsOf) {
			p.AsOf = piece.window.AsOf.UTC()
		}
	}
	return p
}

// publish publishes those days of a window that are whole now, all or none.
func (t *table) publish(ctx context.Context, r *windowRows) error {
	var days []lake.Replacement
	for _, s := range r.shares {
		d := s.day
		if !d.whole() {
			continue
		}
		was, _, err := t.sink.lake.Published(ctx, t.name, d.bounds.Date)
		if err != nil {
			return err
		}
		by := t.publication(d)
		replaces, err := t.reuseParts(ctx, was, &by)
		if err != nil {
			return err
		}
		if confirmed := was.Run != "" && by.Run == was.Run; confirmed {
			t.sink.progress.Confirmed.confirm(t.name, by.Dt, by.AsOf)
		} else if replaces {
			t.sink.progress.Confirmed.confirm(t.name, by.Dt, time.Time{})
		}
		if replaces {
			days = append(days, lake.Replacement{Was: was, By: by})
		}
		if !replaces || by.Run != d.id {
			if err := d.remove(ctx, t.sink.run); err != nil {
				return err
			}
		}
		delete(t.days, d.bounds.Date)
	}
	return t.sink.publish(ctx, days)
}

// publish publishes some days, all or none.
func (s *Sink) publish(ctx context.Context, days []lake.Replacement) error {
	if err := s.run.Publish(ctx, days); err != nil {
		return err
	}
	if s.options.OnPublish != nil {
		for _, d := range days {
			s.options.OnPublish(d.By)
		}
	}
	return nil
}

// reuseParts gives a day the parts that are published where they hold the same rows,
// and says whether it is to be published in their place.
func (t *table) reuseParts(ctx context.Context, was lake.Publication, by *lake.Publication) (bool, error) {
	if was.Run == "" {
		t.forgetDoubt(by.Dt)
		return true, nil
	}
	if older(*by, was) {
		return false, nil
	}
	if believed, err := t.checkLostRows(ctx, was, *by); !believed || err != nil {
		return false, err
	}
	if !sameRows(was, *by) {
		return true, nil
	}
	changed := was.Complete != by.Complete || was.Zone != by.Zone || !was.From.Equal(by.From) || !was.To.Equal(by.To)
	by.Run, by.Parts = was.Run, was.Parts
	return changed, nil
}

// sameRows says that two days hold the same rows in the same parts.
func sameRows(a, b lake.Publication) bool {
	return a.Rows == b.Rows && slices.Equal(a.Columns, b.Columns) &&
		slices.EqualFunc(a.Parts, b.Parts, func(a, b part.File) bool { return a.SHA256 == b.SHA256 })
}
