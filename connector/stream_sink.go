package connector

import (
	"context"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/record"
)

// streamSink is Fivetran's stream as the sink of the engine: rows become
// records, what is kept a checkpoint. Rows that are sent twice are the same rows
// by their key, so that nothing has to be taken back.
type streamSink struct{ sync *syncRun }

// Open makes the encoder of a table's rows. Those of deleted conversations become
// deletions.
func (s streamSink) Open(t export.Table) (export.Rows, error) {
	t.CSV.Deleted = s.sync.deletedIn(t)
	encoder, err := record.NewEncoder(t.CSV)
	return recordRows{encoder, s.sync}, err
}

// Keep sends a checkpoint.
func (s streamSink) Keep(ctx context.Context, e export.State) error {
	s.sync.state.Datasets, s.sync.state.Jobs = e.Datasets, e.Jobs
	return s.sync.checkpoint(ctx)
}

// Warn sends a warning.
func (s streamSink) Warn(ctx context.Context, message string) error {
	return s.sync.out.Warn(ctx, message)
}

// recordRows sends a table's rows as records.
type recordRows struct {
	encoder *record.Encoder
	sync    *syncRun
}

// Bounds: a window may end at any second.
func (recordRows) Bounds(t time.Time) (from, to time.Time) { return t, t }

// Read sends a window's rows, in batches as they come.
func (r recordRows) Read(ctx context.Context, w export.Window, blocks csv.Source) (csv.Stats, error) {
	return r.encoder.Encode(ctx, blocks, w.Asked, func(b *record.Batch) error {
		if err := r.sync.out.Send(ctx, b); err != nil {
			return &export.SinkError{Err: err}
		}
		return nil
	})
}

// End does nothing: what was sent was sent.
func (recordRows) End(context.Context, export.Window) error { return nil }

// Close does nothing.
func (recordRows) Close(context.Context) error { return nil }
