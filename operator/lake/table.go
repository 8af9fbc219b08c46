package lake

import (
	"context"
	"slices"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake/part"
)

// Parts end at about this many bytes before compression: some 10 MB of file,
// which engines read in parallel, and a multiple of which they read well.
const partBytes = 64 << 20

// TableWriter writes a table's day of a run. One goroutine at a time uses it.
type TableWriter struct {
	run     *Run
	to      Publication
	keep    []int // the columns that are written
	file    *part.Writer
	raw     int64 // bytes in the part, before compression
	line    []byte
	chosen  []any
	maxPart int64

	earlier int  // parts that earlier runs have written
	first   int  // number of the first part of this run
	whole   bool // it may be published
}

// Table begins a table's day. Columns about persons are left out on demand.
func (r *Run) Table(table, dt string, columns []tables.Column, noPII bool) *TableWriter {
	t := &TableWriter{run: r, maxPart: partBytes, to: Publication{
		Table: table, Workspace: r.lake.workspace, Dt: dt, Run: r.note.Run, Complete: true, Started: r.note.Started, Parts: []part.File{}, Columns: []part.Column{},
	}}
	for i, c := range columns {
		if noPII && c.Personal {
			continue
		}
		t.keep = append(t.keep, i)
		t.to.Columns = append(t.to.Columns, part.Column{Name: c.Name, Kind: c.Kind})
	}
	return t
}

func (t *TableWriter) Name() string { return t.to.Table }

// Columns are those that are written.
func (t *TableWriter) Columns() []part.Column { return t.to.Columns }

// SoFar is what has been written and ended.
func (t *TableWriter) SoFar() Publication { return t.to }

// runParts is more than a run can write parts of a table.
const runParts = 100_000

// GoOn makes the writer go on with a table that earlier runs have begun. Its
// parts bear the name of the run that began it, so that readers find them
// together, and a number that no other run has given, not even one that died.
func (t *TableWriter) GoOn(half Publication, runs int) {
	t.to, t.earlier, t.first = half, len(half.Parts), (runs-1)*runParts
	t.to.Parts = slices.Clone(half.Parts)
}

// As makes the writer write under another name than its run's, and number its
// parts from a first one on. For a day that several of them write.
func (t *TableWriter) As(run string, first int) *TableWriter {
	t.to.Run, t.first = run, first
	return t
}

// Row writes the values of all columns, those left out included.
func (t *TableWriter) Row(ctx context.Context, values []any) error {
	t.chosen = t.chosen[:0]
	for _, i := range t.keep {
		t.chosen = append(t.chosen, values[i])
	}
	var err error
	if t.line, err = part.AppendRow(t.line[:0], t.to.Columns, t.chosen); err != nil {
		return err
	}
	return t.Line(ctx, t.line)
}

// Line writes a row that is a line already.
func (t *TableWriter) Line(ctx context.Context, line []byte) error {
	if t.file == nil {
		t.file = part.Start(ctx, t.run.lake.store, partKey(t.to.Table, t.to.Dt, t.to.Run, t.first+len(t.to.Parts)-t.earlier))
	}
	if err := t.file.Line(line); err != nil {
		t.Abort(err)
		return err
	}
	if t.raw += int64(len(line)); t.raw >= t.maxPart {
		return t.EndPart()
	}
	return nil
}

// EndPart ends the part that is being written, if there is one.
func (t *TableWriter) EndPart() error {
	if t.file == nil {
		return nil
	}
	file, err := t.file.Finish()
	t.file, t.raw = nil, 0
	if err != nil {
		return err
	}
	t.to.Parts = append(t.to.Parts, file)
	t.to.Rows += file.Rows
	return nil
}

// Finish ends the last part and returns what may be published.
func (t *TableWriter) Finish() (Publication, error) {
	if err := t.EndPart(); err != nil {
		return Publication{}, err
	}
	t.to.Finished, t.whole = t.run.lake.now().UTC().Truncate(time.Second), true
	return t.to, nil
}

// Abort forgets the part that is being written.
func (t *TableWriter) Abort(err error) {
	if t.file != nil {
		t.file.Abort(err)
		t.file, t.raw = nil, 0
	}
}

// Discard removes what this run has written of a day that will be read anew,
// unless it was finished.
func (t *TableWriter) Discard(ctx context.Context, err error) {
	if t.whole {
		return
	}
	t.Abort(err)
	for _, file := range t.to.Parts[t.earlier:] {
		if err := t.run.lake.store.Remove(context.WithoutCancel(ctx), file.Key); err != nil {
			t.run.lake.log.Warn("a part of an attempt that failed is left behind until the run ends", "key", file.Key, "cause", err)
		}
	}
}
