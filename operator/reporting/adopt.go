package reporting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/operator/lake"
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
	calendar, published, err := s.calendarOf(ctx, name)
	if err != nil {
		return Landed{}, err
	}
	t := &table{sink: s, name: name, calendar: calendar, days: map[string]*day{}}
	s.tables[dataset] = t
	if s.progress.State.Datasets[dataset] != nil {
		return Landed{}, nil
	}
	return t.landed(published), nil
}

// calendarOf is a table's calendar, with the present zone. Where the lake keeps
// none, it is that of the days which are published.
func (s *Sink) calendarOf(ctx context.Context, name string) (c calendar, published []lake.Publication, err error) {
	eras, known := s.progress.Calendars[name]
	if !known {
		if published, err = s.published(ctx, name); err != nil {
			return c, nil, err
		}
		eras = erasOf(published, s.options.Zone)
	}
	if c, err = newCalendar(eras); err != nil {
		return c, nil, err
	}
	until, err := s.landedUntil(ctx, name, c)
	if err != nil {
		return c, nil, err
	}
	c.change(s.options.Zone, until)
	return c, published, nil
}

// landedUntil is the end of the last day that is published.
func (s *Sink) landedUntil(ctx context.Context, name string, c calendar) (time.Time, error) {
	n := len(c.eras)
	if n == 0 || c.eras[n-1].Zone == s.options.Zone.String() {
		return time.Time{}, nil // nobody asks
	}
	days, err := s.lake.Days(ctx, name)
	if err != nil || len(days) == 0 {
		return time.Time{}, err
	}
	last, ok := c.on(days[len(days)-1])
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

// erasOf are the zones of published days. Earlier versions did not say theirs: it
// was that of the first one that does, or the present one.
func erasOf(published []lake.Publication, present *time.Location) (eras []era) {
	if len(published) == 0 {
		return nil
	}
	zone := present.String()
	for _, p := range published {
		if p.Zone != "" {
			zone = p.Zone
			break
		}
	}
	eras = []era{{Zone: zone}}
	for i, p := range published {
		if p.Zone != "" && p.Zone != eras[len(eras)-1].Zone {
			eras[len(eras)-1].Until = published[i-1].To
			eras = append(eras, era{Zone: p.Zone})
		}
	}
	return eras
}

// landed is the newest stretch of complete days among those published.
func (t *table) landed(published []lake.Publication) (l Landed) {
	for _, p := range published {
		day, ok := t.calendar.on(p.Dt)
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
