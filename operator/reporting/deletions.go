package reporting

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom/deletions"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
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
	calendar, _, err := s.calendarOf(ctx, tables.Deleted)
	if err != nil {
		return err
	}
	s.progress.Calendars[tables.Deleted] = calendar.eras
	today, _ := calendar.day(d.Now)
	p := s.progress.Deletions
	if p == nil {
		p = &deletionsProgress{}
		s.progress.Deletions = p
	}
	from, _ := calendar.day(time.Unix(s.deletionsFrom(*p, today.Date, d), 0))
	t := &deletionTable{sink: s, calendar: calendar, until: d.Now.Add(-plan.Lag), days: map[string]*deletionDay{}}
	for page, err := range d.List(ctx, from.Start) {
		if err != nil {
			return s.noDeletions(ctx, p, today.Date, err)
		}
		for _, one := range page {
			if !one.At.Before(from.Start) {
				t.add(one)
			}
		}
		if t.rows >= deletionsAtOnce {
			if err := t.publish(ctx, false); err != nil {
				return err
			}
		}
	}
	for at := from.Start; !at.After(d.Now); {
		at = t.day(at).bounds.End // it is known that nothing was deleted on the others
	}
	if err := t.publish(ctx, true); err != nil {
		return err
	}
	if p.Floor == 0 || from.Start.Unix() < p.Floor {
		p.Floor = from.Start.Unix()
	}
	p.Since, p.Day = max(p.Since, t.until.Unix()), today.Date
	return s.keep(ctx)
}

// deletionsAtOnce is how many deletions are held in memory before they are
// published.
const deletionsAtOnce = 100_000

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

// deletionTable is the table of the deletions while the list is read.
type deletionTable struct {
	sink     *Sink
	calendar calendar
	until    time.Time // days that end before are complete once the list is read
	days     map[string]*deletionDay
	rows     int
}

// deletionDay is what the list tells of a day, by conversation, and is not published
// yet.
type deletionDay struct {
	bounds plan.Day
	zone   *time.Location
	rows   map[string]deletions.Deletion
}

// day is that of a time, begun if it was not.
func (t *deletionTable) day(at time.Time) *deletionDay {
	bounds, zone := t.calendar.day(at)
	d := t.days[bounds.Date]
	if d == nil {
		d = &deletionDay{bounds: bounds, zone: zone, rows: map[string]deletions.Deletion{}}
		t.days[bounds.Date] = d
	}
	return d
}

func (t *deletionTable) add(one deletions.Deletion) {
	one.At = one.At.UTC()
	t.day(one.At).rows[one.ConversationID] = one
	t.rows++
}

// publish publishes the days that differ from what is published. whole says that
// the list was read to its end.
func (t *deletionTable) publish(ctx context.Context, whole bool) error {
	dates := slices.Sorted(maps.Keys(t.days))
	if len(dates) == 0 {
		return nil
	}
	run := t.sink.run
	if err := run.Cover(ctx, []string{tables.Deleted}, dates[0], dates[len(dates)-1]); err != nil {
		return err
	}
	var days []lake.Replacement
	for _, date := range dates {
		d := t.days[date]
		complete := whole && !d.bounds.End.After(t.until)
		replaced, changed, err := t.replacement(ctx, d, complete)
		if err != nil {
			return err
		}
		if changed {
			days = append(days, replaced)
		}
	}
	clear(t.days)
	t.rows = 0
	return t.sink.publish(ctx, days)
}

// replacement is a day with all that was told of it, now or before; false where
// that is what is published.
func (t *deletionTable) replacement(ctx context.Context, d *deletionDay, complete bool) (lake.Replacement, bool, error) {
	l := t.sink.lake
	was, published, err := l.Published(ctx, tables.Deleted, d.bounds.Date)
	if err != nil {
		return lake.Replacement{}, false, err
	}
	fresh := maps.Clone(d.rows)
	kept := was.Parts
	err = told(ctx, l, kept, func(row deletions.Deletion, _ []byte) error {
		if fresh[row.ConversationID] == row {
			delete(fresh, row.ConversationID)
		}
		return nil
	})
	if errors.As(err, new(*part.Damage)) {
		l.Log().Warn("a part of the deletions is damaged: its day is written anew", "cause", err)
		fresh, kept, err = maps.Clone(d.rows), nil, nil
	}
	if err != nil {
		return lake.Replacement{}, false, err
	}
	if published && len(fresh) == 0 && len(kept) == len(was.Parts) {
		by := was
		by.Complete, by.AsOf, by.Finished = was.Complete || complete, t.until, l.Now().UTC().Truncate(time.Second)
		return lake.Replacement{Was: was, By: by}, by.Complete != was.Complete, nil
	}
	by, err := t.write(ctx, d, kept, fresh)
	by.Complete = complete
	return lake.Replacement{Was: was, By: by}, true, err
}

// write writes a day: what is kept of it, but for the conversations of which
// something else is told now, and those.
func (t *deletionTable) write(ctx context.Context, d *deletionDay, kept []part.File, fresh map[string]deletions.Deletion) (p lake.Publication, err error) {
	w := t.sink.run.Table(tables.Deleted, d.bounds.Date, tables.Deletions().Columns, false).As(t.sink.run.NewID(), 0)
	defer func() {
		if err != nil {
			w.Discard(ctx, err)
		}
	}()
	err = told(ctx, t.sink.lake, kept, func(row deletions.Deletion, line []byte) error {
		if _, again := fresh[row.ConversationID]; again {
			return nil
		}
		return w.Line(ctx, line)
	})
	if err != nil {
		return p, err
	}
	inOrder := slices.SortedFunc(maps.Values(fresh), func(a, b deletions.Deletion) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ConversationID, b.ConversationID)
	})
	for _, row := range inOrder {
		if err := w.Row(ctx, []any{row.ConversationID, row.At, row.MetricsRetained}); err != nil {
			return p, err
		}
	}
	if p, err = w.Finish(); err != nil {
		return p, err
	}
	p.Zone, p.From, p.To, p.AsOf = d.zone.String(), d.bounds.Start.UTC(), d.bounds.End.UTC(), t.until.UTC()
	return p, nil
}

// told yields the rows of some parts of the table, each with its line.
func told(ctx context.Context, l *lake.Lake, parts []part.File, row func(deletions.Deletion, []byte) error) error {
	for _, file := range parts {
		err := l.Scan(ctx, file, func(line []byte) error {
			var as struct {
				ID       string `json:"conversation_id"`
				At       string `json:"deleted_at"`
				Retained bool   `json:"metrics_retained"`
			}
			if err := json.Unmarshal(line, &as); err != nil {
				return &part.Damage{Key: file.Key, What: err.Error()}
			}
			at, err := time.Parse(part.TimestampForm, as.At)
			if err != nil {
				return &part.Damage{Key: file.Key, What: err.Error()}
			}
			return row(deletions.Deletion{ConversationID: as.ID, At: at, MetricsRetained: as.Retained}, line)
		})
		if errors.Is(err, fs.ErrNotExist) {
			err = &part.Damage{Key: file.Key, What: "it is published but not there"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
