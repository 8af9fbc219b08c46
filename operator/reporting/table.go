package reporting

import (
	"context"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/ndjson"
	"intercom-connector/membership/tables"
	"intercom-connector/operator/reporting/calendar"
)

// table is a dataset's table in a run: the engine's rows go through it into days.
type table struct {
	sink     *Sink
	name     string
	calendar calendar.Calendar
	encoder  *ndjson.Encoder
	columns  []tables.Column
	days     map[string]*day // by date, that are not published yet
	window   *windowRows     // of the window that was read and is not ended
}

// begin takes in what the table's columns are now.
func (t *table) begin(of csv.Table) (err error) {
	t.columns = Columns(of)
	t.encoder, err = ndjson.NewEncoder(of)
	return err
}

// kinds are the kinds of an export's columns as the lake has them.
var kinds = map[csv.Kind]tables.Kind{
	csv.String: tables.String, csv.Long: tables.Long,
	csv.Double: tables.Double, csv.UTCDatetime: tables.Timestamp,
}

// Columns are those that a table has in a lake: the export's, and what the encoder
// adds.
func Columns(of csv.Table) []tables.Column {
	var all []tables.Column
	for _, c := range of.Columns {
		all = append(all, tables.Column{Name: c.Name, Kind: kinds[c.Kind], Key: c.Key})
	}
	if of.Occurrence {
		all = append(all, tables.Column{Name: csv.OccurrenceColumn, Kind: tables.Long, Key: true})
	}
	if of.Rest != "" {
		all = append(all, tables.Column{Name: of.Rest, Kind: tables.JSON})
	}
	return append(all, tables.Column{Name: csv.UnparsedColumn, Kind: tables.JSON})
}

// Bounds is the day of a time. It is part of [export.Rows].
func (t *table) Bounds(at time.Time) (from, to time.Time) {
	day, _ := t.calendar.Day(at)
	return day.Start, day.End
}

// Compared is the time itself: days are written whole. It is part of
// [export.Rows].
func (t *table) Compared(at time.Time) time.Time { return at }

// Read takes the rows of a window into its days. It is part of [export.Rows].
func (t *table) Read(ctx context.Context, w export.Window, blocks csv.Source) (csv.Stats, error) {
	t.discard(ctx)
	r := t.newWindowRows(w)
	if err := t.sink.cover(ctx, r); err != nil {
		return csv.Stats{}, &export.SinkError{Err: err}
	}
	stats, err := t.encoder.Encode(ctx, blocks, w.Asked, func(at int64, timed bool, line []byte) error {
		return r.row(ctx, at, timed, line)
	})
	r.shifted = stats.OutsideOffset != 0
	stats.Rows, stats.Left = stats.Rows-r.neighbours, stats.Left+r.neighbours
	if err == nil {
		err = r.finish()
	}
	if err != nil {
		r.discard(ctx, err)
		return stats, err
	}
	t.window = r
	return stats, nil
}

// End says that the window that was read last counts, and publishes the days that
// are whole by it. It is part of [export.Rows].
func (t *table) End(ctx context.Context, w export.Window) error {
	r := t.window
	t.window = nil
	for _, share := range r.shares {
		if err := t.add(ctx, r, share, w); err != nil {
			return err
		}
	}
	return t.publish(ctx, r)
}

// Close forgets what was read of days that are not whole. It is part of
// [export.Rows].
func (t *table) Close(ctx context.Context) error {
	t.discard(ctx)
	for date, d := range t.days {
		if err := d.remove(ctx, t.sink.run); err != nil {
			return err
		}
		delete(t.days, date)
	}
	return nil
}

// discard forgets the window that was read and not ended.
func (t *table) discard(ctx context.Context) {
	if t.window != nil {
		t.window.discard(ctx, errNotEnded)
		t.window = nil
	}
}
