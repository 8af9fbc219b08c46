package connector

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/export/record"
	"intercom-connector/connector/sent"
)

// streamSink is Fivetran's stream as the sink of the engine: rows become
// records, what is kept a checkpoint. Rows that are sent twice are the same rows
// by their key, so that nothing has to be taken back.
type streamSink struct{ sync *syncRun }

// Open makes the encoder of a table's rows. Those of deleted conversations become
// deletions.
func (s streamSink) Open(t export.Table) (export.Rows, error) {
	t.CSV.Deleted, t.CSV.NoNulls = s.sync.deletedIn(t), s.sync.connector.options.NoNulls
	encoder, err := record.NewEncoder(t.CSV)
	rows := &recordRows{sync: s.sync, dataset: t.Dataset, encoder: encoder}
	if s.sync.remembers(t.Dataset) {
		rows.sent = s.sync.state.Sent.Table(t.Dataset)
		rows.sent.Begin(shapeOf(t.CSV))
		rows.sent.Keyed(keyShapeOf(t.CSV))
	}
	return rows, err
}

func (s streamSink) Keep(ctx context.Context, e export.State) error {
	s.sync.state.Datasets, s.sync.state.Jobs = e.Datasets, e.Jobs
	return s.sync.checkpoint(ctx)
}

func (s streamSink) Warn(ctx context.Context, message string) error {
	return s.sync.warn(ctx, "%s", message)
}

// recordRows sends a table's rows as records: of those that are read again, the
// ones that differ from what was sent.
type recordRows struct {
	sync    *syncRun
	dataset string
	encoder *record.Encoder
	sent    *sent.Table // nil where every row is sent

	comparison *sent.Comparison // of the last window
	more       bool             // it wants to read its rows once more
	emptied    bool             // a Warning has said that an export came empty
	records    int64            // sent of them
}

// Bounds: a window may end at any second.
func (*recordRows) Bounds(t time.Time) (from, to time.Time) { return t, t }

// Compared is where the rows begin that are remembered together.
func (r *recordRows) Compared(t time.Time) time.Time {
	if r.sent == nil {
		return t
	}
	return time.Unix(r.sent.Start(t.Unix()), 0)
}

// Read sends a window's rows, in batches as they come; those that may be the same
// as before only when all have been read, and they are read again.
func (r *recordRows) Read(ctx context.Context, w export.Window, blocks csv.Source) (csv.Stats, error) {
	send := func(b *record.Batch) error {
		r.records += int64(b.Records())
		return r.sync.sendRows(ctx, b)
	}
	if r.sent == nil {
		return r.encoder.Encode(ctx, blocks, w.Asked, send)
	}
	if !w.Again || !r.more {
		r.comparison, r.records = r.sent.Compare(r.window(w)), 0
	}
	r.more = false
	asked, comparison := w.Asked, r.comparison
	asked.Filter = func(row *csv.Row) bool {
		if !comparison.Concerns(row.Second, row.Timed) {
			return true
		}
		comparison.Key(row.Second, func() []byte { return r.encoder.Key(row) })
		return comparison.Row(row.Second, row.KeyHash(), row.Hash())
	}
	stats, err := r.encoder.Encode(ctx, blocks, asked, send)
	if err == nil && comparison.Finish(stats.Outside > 0 || stats.Twice > 0) {
		r.more, err = true, csv.ErrReadAgain
	}
	stats.Same = max(stats.Rows-r.records, 0)
	return stats, err
}

// window is an export's window for the memory.
func (r *recordRows) window(w export.Window) sent.Window {
	days := r.sync.workspace.Settings.LookbackDays
	return sent.Window{
		From: w.Start.Unix(), To: w.End.Unix(),
		Since: r.sync.state.Datasets[r.dataset].ReadAgainFrom(days),
		Cut:   w.AsOf.Add(-plan.Lag).Unix(), // where the cursor will be
		Now:   r.sync.workspace.Now.Unix(),
		Keys:  r.sync.keysRoom() / leastKey,
	}
}

// leastKey is less than any key takes in the state.
const leastKey = 4

// End remembers what was sent, and deletes what has vanished.
func (r *recordRows) End(ctx context.Context, w export.Window) error {
	if r.comparison == nil {
		return nil
	}
	if rows := r.comparison.Emptied(); rows > 0 && !r.emptied {
		r.emptied = true
		if err := r.sync.warn(ctx, "dataset %s, %s to %s: the export shows no row, and %d were there: as it may be Intercom's fault they are not deleted", r.dataset, plan.Stamp(w.Start.Unix()), plan.Stamp(w.End.Unix()), rows); err != nil {
			return err
		}
	}
	if err := r.remove(ctx, r.comparison.FindVanished()); err != nil {
		return err
	}
	for _, gone := range r.comparison.Gone() {
		r.sync.log.Info("rows that were there are gone from the export", "dataset", r.dataset, "from", plan.Stamp(gone.From), "to", plan.Stamp(gone.To), "rows", gone.Rows)
	}
	r.comparison.End()
	r.comparison = nil
	return r.sync.fit(ctx)
}

// remove deletes rows by their keys.
func (r *recordRows) remove(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	r.sync.log.Info("rows that are gone from the export are deleted", "dataset", r.dataset, "rows", len(keys))
	return r.encoder.Deletions(keys, func(b *record.Batch) error { return r.sync.sendRows(ctx, b) })
}

func (*recordRows) Close(context.Context) error { return nil }

// shapeOf stands for all but the line of a CSV that makes a record what it is.
func shapeOf(t csv.Table) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %q %v %v %v %d %v %q %v\n", csv.Meaning, t.Name, t.RowID, t.Occurrence, t.NoUnparsed, t.TimeField, t.Zone, t.Rest, t.Deleted != nil)
	for _, f := range t.Header {
		fmt.Fprintf(h, "%q %q\n", f.ID, f.QualifiedID)
	}
	for _, c := range slices.SortedFunc(slices.Values(t.Columns), byName) {
		fmt.Fprintf(h, "%q %d %d %v %q\n", c.Name, c.Kind, c.Field, c.Key, c.Constant)
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

func byName(a, b csv.Column) int { return strings.Compare(a.Name, b.Name) }

// keyShapeOf stands for all that makes a row's key what it is.
func keyShapeOf(t csv.Table) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %q %v %v\n", csv.Meaning, t.Name, t.Occurrence, t.Zone)
	for _, c := range slices.SortedFunc(slices.Values(t.Columns), byName) {
		if c.Key {
			fmt.Fprintf(h, "%q %d %q\n", c.Name, c.Kind, c.Constant)
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// remembers says whether it is remembered what was sent of a dataset. Of one whose
// key the person has chosen it is not: rows that share it overwrite one another, in
// the order in which they are sent.
func (s *syncRun) remembers(dataset string) bool {
	settings := s.workspace.Settings
	return settings.Send == configuration.SendChanged && settings.LookbackDays > 0 && settings.PrimaryKeys[dataset] == nil
}

// sendRows sends records. What is no longer remembered is forgotten in a checkpoint
// before: a sync that is cut off leaves no memory of rows that the destination may
// not hold any more.
func (s *syncRun) sendRows(ctx context.Context, b *record.Batch) error {
	if s.state.Sent.Forgot() {
		s.state.Sent.Withhold(s.workspace.Now.Add(-young).Unix())
		if err := s.checkpoint(ctx); err != nil {
			return &export.SinkError{Err: err}
		}
	}
	if err := s.out.Send(ctx, b); err != nil {
		return &export.SinkError{Err: err}
	}
	return nil
}

// young are rows that every sync reads again, of which some differ each time.
const young = 48 * time.Hour

// keysRoom is how many bytes of the state keys of rows may take.
func (s *syncRun) keysRoom() int {
	if !s.workspace.Settings.RemoveVanished {
		return 0
	}
	return s.room / 2
}

// fit keeps the state within its bounds.
func (s *syncRun) fit(ctx context.Context) error {
	for _, dataset := range s.state.Sent.FitKeys(s.keysRoom()) {
		if s.crowded[dataset] || !s.workspace.Settings.RemoveVanished {
			continue
		}
		s.crowded[dataset] = true
		if err := s.warn(ctx, "dataset %s: the keys of its rows do not fit into the state, so that rows that vanish are not deleted: %s gives it more room", dataset, configuration.KeyStateLimit); err != nil {
			return err
		}
	}
	s.state.Sent.Fit(s.room, s.workspace.Now.Unix())
	return nil
}
