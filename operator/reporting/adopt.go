package reporting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake"
	"intercom-connector/operator/reporting/calendar"
)

// Landed is what a lake has of a dataset: the days from From up to To without a
// gap, all of them complete. The zero value is nothing.
type Landed struct {
	From, To time.Time
	// Oldest is where the oldest day begins that is published: before From, days are
	// not complete or not there.
	Oldest time.Time
}

// Prepare makes a dataset's table ready for a run. Where the lake keeps no state
// of the dataset but has days of it, which earlier versions have published, it
// tells what is landed, so that it need not be read again.
func (s *Sink) Prepare(ctx context.Context, dataset, name string) (Landed, error) {
	of, published, err := s.calendarOf(ctx, name)
	if err != nil {
		return Landed{}, err
	}
	t := &table{sink: s, name: name, calendar: of, days: map[string]*day{}}
	s.tables[dataset] = t
	if s.progress.State.Datasets[dataset] != nil {
		return Landed{}, nil
	}
	return t.landed(published), nil
}

// calendarOf is a table's calendar, with the present zone. Where the lake keeps
// none, it is that of the days which are published.
func (s *Sink) calendarOf(ctx context.Context, name string) (c calendar.Calendar, published []lake.Publication, err error) {
	eras, known := s.progress.Calendars[name]
	if !known {
		if published, err = s.published(ctx, name); err != nil {
			return c, nil, err
		}
		eras = calendar.ErasOf(published, s.options.Zone)
	}
	if c, err = calendar.New(eras); err != nil {
		return c, nil, fmt.Errorf("%s: %w", progressKey, err)
	}
	until, err := s.landedUntil(ctx, name, c)
	if err != nil {
		return c, nil, err
	}
	c.Change(s.options.Zone, until)
	return c, published, nil
}

// landedUntil is the end of the last day that is published.
func (s *Sink) landedUntil(ctx context.Context, name string, c calendar.Calendar) (time.Time, error) {
	if c.Has(s.options.Zone) {
		return time.Time{}, nil // nobody asks
	}
	days, err := s.lake.Days(ctx, name)
	if err != nil || len(days) == 0 {
		return time.Time{}, err
	}
	last, ok := c.On(days[len(days)-1])
	if !ok {
		return time.Time{}, fmt.Errorf("%s is published of %s, which is no day of its calendar", name, days[len(days)-1])
	}
	return last.End, nil
}

// readAtOnce is how many publications are read at the same time.
const readAtOnce = 16

// published reads all that is published of a table.
func (s *Sink) published(ctx context.Context, name string) ([]lake.Publication, error) {
	days, err := s.lake.Days(ctx, name)
	if err != nil {
		return nil, err
	}
	all := make([]lake.Publication, len(days))
	reads, within := errgroup.WithContext(ctx)
	reads.SetLimit(readAtOnce)
	for i, dt := range days {
		reads.Go(func() error {
			var err error
			all[i], _, err = s.lake.Published(within, name, dt)
			return err
		})
	}
	err = reads.Wait()
	return slices.DeleteFunc(all, func(p lake.Publication) bool { return p.Run == "" }), err
}

// landed is the newest stretch of complete days among those published.
func (t *table) landed(published []lake.Publication) (l Landed) {
	for _, p := range published {
		day, ok := t.calendar.On(p.Dt)
		if ok && l.Oldest.IsZero() {
			l.Oldest = day.Start
		}
		if !ok || !p.Complete {
			continue
		}
		if !day.Start.Equal(l.To) {
			l.From = day.Start
		}
		l.To = day.End
	}
	return l
}
