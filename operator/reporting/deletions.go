package reporting

import (
	"context"
	"iter"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom/deletions"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake/part"
)

// Deletions say how the list of deleted conversations is read.
type Deletions struct {
	// List gives the deletions from a time on, the last one first.
	List func(ctx context.Context, since time.Time) iter.Seq2[[]deletions.Deletion, error]
	// Now is the smaller of both clocks when the run began.
	Now time.Time
	// LookbackDays is how far back the list is read once a day, since a deletion may
	// be listed late.
	LookbackDays int
}

// deletionsProgress is how far the list of deletions is read. Times are epoch
// seconds.
type deletionsProgress struct {
	Floor int64 `json:"floor"` // from when on
	Since int64 `json:"since"` // up to when
	// Day is the workspace's day on which the list was last read through the whole
	// look-back, and Warned that on which it was last said to be missing.
	Day    string `json:"day,omitempty"`
	Warned string `json:"warned,omitempty"`
}

// slack is how much further back the list is read than rows are: clocks and zones
// may be wrong by hours.
const slack = 24 * time.Hour

// TakeDeletions reads the list of deleted conversations into a table, by the day of
// the deletion: down to what is known, once a day through the look-back, and from
// where the rows begin that the lake has of the prepared tables. What was told once
// stays, whatever the list says later. A list that cannot be had is a Warning, once
// a day, and no more than that.
func (s *Sink) TakeDeletions(ctx context.Context, d Deletions) error {
	m, err := s.newMerged(ctx, &mergedTable{
		name: tables.Deleted, columns: tables.Deletions().Columns, key: []string{"conversation_id"}, at: "deleted_at",
	})
	if err != nil {
		return err
	}
	defer m.discard(context.WithoutCancel(ctx))
	p := s.progress.Deletions
	if p == nil {
		p = &deletionsProgress{}
		s.progress.Deletions = p
	}
	days := &m.tables[0].calendar
	today, _ := days.Day(d.Now)
	from, _ := days.Day(instant(s.deletionsFrom(*p, today.Date, d)))
	if missing, err := m.list(ctx, d, from.Start); err != nil {
		return err
	} else if missing != nil {
		return s.noDeletions(ctx, p, today.Date, missing)
	}
	if p.Floor == 0 || from.Start.Unix() < p.Floor {
		p.Floor = from.Start.Unix()
	}
	until := d.Now.Add(-plan.Lag)
	of := known{From: instant(p.Floor), To: d.Now, Read: from.Start, Until: until}
	if err := m.publish(ctx, map[string]known{tables.Deleted: of}); err != nil {
		return err
	}
	p.Since, p.Day = max(p.Since, until.Unix()), today.Date
	return s.keep(ctx)
}

// list takes the list of deletions from a time on into their days. missing says why it
// cannot be had.
func (m *merged) list(ctx context.Context, d Deletions, from time.Time) (missing, err error) {
	t := m.tables[0]
	var columns []part.Column
	for _, c := range t.columns {
		columns = append(columns, part.Column{Name: c.Name, Kind: c.Kind})
	}
	var line []byte
	for page, missing := range d.List(ctx, from) {
		if missing != nil {
			return missing, nil
		}
		for _, one := range page {
			if one.At.Before(from) {
				continue
			}
			if line, err = part.AppendRow(line[:0], columns, []any{one.ConversationID, one.At, one.MetricsRetained}); err != nil {
				return nil, err
			}
			if err := m.add(ctx, t, line); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// deletionsFrom is from when on the list is to be read.
func (s *Sink) deletionsFrom(p deletionsProgress, today string, d Deletions) int64 {
	oldest := d.Now.Unix()
	for _, of := range s.progress.State.Datasets {
		oldest = min(oldest, of.Floor)
		if of.Earlier != nil {
			oldest = min(oldest, of.Earlier.Start)
		}
	}
	oldest -= int64(slack / time.Second)
	from := p.Since
	if p.Day != today && d.LookbackDays > 0 {
		from = min(from, d.Now.AddDate(0, 0, -d.LookbackDays).Unix())
	}
	if p.Floor == 0 || oldest < p.Floor {
		return oldest
	}
	return max(from, p.Floor)
}

// noDeletions says that the list cannot be had.
func (s *Sink) noDeletions(ctx context.Context, p *deletionsProgress, today string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.lake.Log().Info("no list of deleted conversations", "reason", err)
	if p.Warned == today {
		return nil
	}
	p.Warned = today
	if err := s.keep(ctx); err != nil {
		return err
	}
	return s.Warn(ctx, "the list of deleted conversations cannot be had: deleted_conversation stays as it was: "+err.Error())
}
