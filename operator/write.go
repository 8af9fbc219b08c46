package operator

import (
	"context"
	"slices"
	"time"

	"intercom-connector/membership"
)

// tableWriter writes a table's day of a run. One goroutine at a time uses it.
type tableWriter struct {
	run     *run
	to      Publication
	keep    []int // the columns that are written
	part    *partWriter
	line    []byte
	chosen  []any
	maxPart int64

	earlier int  // parts that earlier turns have written
	first   int  // number of the first part of this turn
	whole   bool // it may be published
}

// table begins a table's day. Columns about persons are left out on demand.
func (r *run) table(table string, dt string, columns []membership.Column, noPII bool) *tableWriter {
	t := &tableWriter{run: r, maxPart: partBytes, to: Publication{
		Table: table, Dt: dt, Run: r.journal.Run, Complete: true, Started: r.journal.Started, Parts: []Part{}, Columns: []Column{},
	}}
	for i, c := range columns {
		if noPII && c.Personal {
			continue
		}
		t.keep = append(t.keep, i)
		t.to.Columns = append(t.to.Columns, Column{c.Name, c.Kind})
	}
	return t
}

// turnParts is more than a turn can write parts of a table.
const turnParts = 100_000

// goOn makes the writer go on with a table that earlier turns have begun. Its
// parts bear the name of the run that began it, so that readers find them
// together, and a number that no other turn has given, not even one that died.
func (t *tableWriter) goOn(half Publication, turn int) {
	t.to, t.earlier, t.first = half, len(half.Parts), (turn-1)*turnParts
	t.to.Parts = slices.Clone(half.Parts)
}

// row writes the values of all columns, those left out included.
func (t *tableWriter) row(ctx context.Context, values []any) error {
	t.chosen = t.chosen[:0]
	for _, i := range t.keep {
		t.chosen = append(t.chosen, values[i])
	}
	var err error
	if t.line, err = appendRow(t.line[:0], t.to.Columns, t.chosen); err != nil {
		return err
	}
	return t.raw(ctx, t.line)
}

// raw writes a row that is a line already.
func (t *tableWriter) raw(ctx context.Context, line []byte) error {
	if t.part == nil {
		t.part = startPart(ctx, t.run.storage, partKey(t.to.Table, t.to.Dt, t.to.Run, t.first+len(t.to.Parts)-t.earlier))
	}
	if err := t.part.row(line); err != nil {
		t.abort(err)
		return err
	}
	if t.part.raw >= t.maxPart {
		return t.endPart()
	}
	return nil
}

func (t *tableWriter) endPart() error {
	if t.part == nil {
		return nil
	}
	part, err := t.part.finish()
	t.part = nil
	if err != nil {
		return err
	}
	t.to.Parts = append(t.to.Parts, part)
	t.to.Rows += part.Rows
	return nil
}

// finish ends the last part and returns what may be published.
func (t *tableWriter) finish() (Publication, error) {
	if err := t.endPart(); err != nil {
		return Publication{}, err
	}
	t.to.Finished, t.whole = t.run.now().UTC().Truncate(time.Second), true
	return t.to, nil
}

// abort forgets the part that is being written.
func (t *tableWriter) abort(err error) {
	if t.part != nil {
		t.part.abort(err)
		t.part = nil
	}
}

// discard removes what this turn has written of a day that will be read anew.
func (t *tableWriter) discard(ctx context.Context, err error) {
	t.abort(err)
	for _, part := range t.to.Parts[t.earlier:] {
		if err := t.run.storage.Remove(context.WithoutCancel(ctx), part.Key); err != nil {
			t.run.log.Warn("a part of an attempt that failed is left behind until the run ends", "key", part.Key, "cause", err)
		}
	}
}
