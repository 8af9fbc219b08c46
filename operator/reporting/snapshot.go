package reporting

import (
	"context"
	"slices"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
)

// Snapshot is a day of some tables of which Intercom tells the present only.
type Snapshot struct {
	Tables []tables.Table
	// NoPII leaves out columns about persons.
	NoPII bool
	// Rows reads all rows of all tables.
	Rows func(context.Context) ([]tables.Row, error)
}

// TakeSnapshot lands the rows of the day that holds now, all tables or none, unless
// the day is there already, without what is left out now.
func (s *Sink) TakeSnapshot(ctx context.Context, now time.Time, of Snapshot) error {
	day := plan.DayOf(now, s.options.Zone)
	var was []lake.Publication
	for _, t := range of.Tables {
		p, _, err := s.lake.Published(ctx, t.Name, day.Date)
		if err != nil {
			return err
		}
		was = append(was, p)
	}
	if !slices.ContainsFunc(was, func(p lake.Publication) bool { return !p.Complete || of.NoPII && p.TellsOfPersons() }) {
		return nil
	}
	rows, err := of.Rows(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, t := range of.Tables {
		names = append(names, t.Name)
	}
	if err := s.run.Cover(ctx, names, day.Date, day.Date); err != nil {
		return err
	}
	var days []lake.Replacement
	for i, t := range of.Tables {
		by, err := s.writeSnapshot(ctx, day, t, rows, of.NoPII)
		if err != nil {
			return err
		}
		days = append(days, lake.Replacement{Was: was[i], By: by})
	}
	return s.publish(ctx, days)
}

// writeSnapshot writes the day of one table.
func (s *Sink) writeSnapshot(ctx context.Context, day plan.Day, t tables.Table, rows []tables.Row, noPII bool) (p lake.Publication, err error) {
	w := s.run.Table(t.Name, day.Date, t.Columns, noPII).As(s.run.NewID(), 0)
	for _, row := range rows {
		if row.Table != t.Name {
			continue
		}
		if err := w.Row(ctx, row.Values); err != nil {
			w.Discard(ctx, err)
			return p, err
		}
	}
	if p, err = w.Finish(); err != nil {
		w.Discard(ctx, err)
		return p, err
	}
	p.Zone, p.From, p.To = s.options.Zone.String(), day.Start.UTC(), day.End.UTC()
	return p, nil
}
