package reporting

import (
	"context"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/ndjson"
	"intercom-connector/connector/export/plan"
)

// Engagement is the reading of message engagement into the lake: receipts by the day
// of their sending, and what happened to them by the day on which it did. It must be
// closed.
//
// An export tells all that happened within its range to the messages that were sent
// in it. So of the days of the range it has all receipts, but not what happened there
// to messages sent before: rows are merged into their days, and no later export takes
// away what an earlier one told.
type Engagement struct {
	Run *engagement.Run

	config engagement.Config
	merged *merged
}

// NewEngagement prepares the reading. The config lacks the sink and the state, which
// are the lake's. since is where a first reading begins; an earlier one than before
// also reads older messages where it is given.
func (s *Sink) NewEngagement(ctx context.Context, c engagement.Config, since time.Time, given bool) (*Engagement, error) {
	switch start := plan.DayOf(since, s.options.Zone).Start.Unix(); {
	case s.progress.Engagement == nil:
		s.progress.Engagement = engagement.NewState(start, start)
	case given:
		s.progress.Engagement.BeginEarlier(start, start)
	}
	var all []*mergedTable
	for _, t := range engagement.Tables() {
		all = append(all, newEngagementTable(c.Selected(t)))
	}
	merged, err := s.newMerged(ctx, all...)
	if err != nil {
		return nil, err
	}
	c.State = s.progress.Engagement
	merged.readAgain = func(ctx context.Context, from time.Time) error {
		c.State.ReadAgain(from.Unix())
		return s.keep(ctx)
	}
	e := &Engagement{config: c, merged: merged}
	c.Sink = engagementSink{e}
	e.Run = engagement.New(c)
	return e, nil
}

// newEngagementTable is an export's table as one that is merged.
func newEngagementTable(of csv.Table) *mergedTable {
	t := &mergedTable{name: of.Name, columns: Columns(of)}
	for _, c := range t.columns {
		if c.Key {
			t.key = append(t.key, c.Name)
		}
	}
	for _, c := range of.Columns {
		if c.Kind == csv.UTCDatetime && t.at == "" {
			t.at = c.Name // when it was sent, or happened: the others follow
		}
	}
	return t
}

// Close forgets what is not published.
func (e *Engagement) Close(ctx context.Context) { e.merged.discard(context.WithoutCancel(ctx)) }

// engagementSink is the lake as the sink of message engagement.
type engagementSink struct{ of *Engagement }

// Begin forgets what came of an export that is read again.
func (s engagementSink) Begin(ctx context.Context) error {
	s.of.merged.discard(ctx)
	return nil
}

// Rows takes the rows of a file into their days.
func (s engagementSink) Rows(ctx context.Context, of csv.Table, w csv.Window, from csv.Source) (csv.Stats, error) {
	encoder, err := ndjson.NewEncoder(of)
	if err != nil {
		return csv.Stats{}, err
	}
	t := s.of.table(of.Name)
	onRow := s.of.merged.sink.options.OnRow
	return encoder.Encode(ctx, from, w, func(_ int64, _ bool, line []byte) error {
		if onRow != nil {
			onRow(t.name)
		}
		return s.of.merged.add(ctx, t, line)
	})
}

func (e *Engagement) table(name string) *mergedTable {
	for _, t := range e.merged.tables {
		if t.name == name {
			return t
		}
	}
	return nil
}

// End publishes the days that have changed by what came. A day of receipts is
// complete once all messages of it are read, and one of events once all that happened
// on it is told, to messages sent within the look-back before.
func (s engagementSink) End(ctx context.Context, from, to time.Time) error {
	state := s.of.config.State
	sent := min(state.Cursor, to.Unix())
	happened := sent
	if s.of.config.LookbackDays > 0 {
		happened = min(sent, state.Told)
	}
	knows := func(until int64) known {
		return known{From: instant(state.Floor), To: instant(state.Until), Read: from, Until: instant(until)}
	}
	return s.of.merged.publish(ctx, map[string]known{engagement.ReceiptTable: knows(sent), engagement.EventTable: knows(happened)})
}

func instant(epoch int64) time.Time { return time.Unix(epoch, 0).UTC() }

func (s engagementSink) Keep(ctx context.Context) error {
	sink := s.of.merged.sink
	return sink.Keep(ctx, sink.progress.State)
}

func (s engagementSink) Warn(ctx context.Context, message string) error {
	return s.of.merged.sink.Warn(ctx, message)
}
