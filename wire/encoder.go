package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"time"
)

// Encoder turns the windows of one table into batches. It is used for one
// window after another, not for several at once.
type Encoder struct {
	name   string
	header []Field

	// What is the same for every record.
	prefix         []byte // the record's tag, room for its length, the table
	cols           []column
	slots          []slot // of cols, and one more
	blanks         []byte // the blank of every column, one after another
	calendar       calendar
	occurrence     column
	unparsedColumn column

	rows        rows
	fields      []field // those of rows, and one that stays empty: Absent's
	batch       *Batch  // the one that is not full, or nil
	unparsed    unparsed
	occurrences *occurrences // nil without Table.Occurrence
	span        span
	stats       Stats
	headed      bool // the header was seen

	// Room for texts that are not what the CSV holds.
	unquoted, repaired, denulled []byte
}

// slot is what a column without a value needs, apart from the column so that
// wide and mostly empty rows touch little memory.
type slot struct {
	field int32 // Column.Field
	blank int32 // where the column's blank begins in Encoder.blanks
	plain bool  // an empty field is the blank and nothing else
}

// NewEncoder prepares an encoder. An error says what is wrong with the table.
func NewEncoder(t Table) (*Encoder, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.Zone == nil {
		t.Zone = time.UTC
	}
	e := &Encoder{
		name:           t.Name,
		header:         slices.Clone(t.Header),
		occurrence:     newColumn(Column{Name: OccurrenceColumn, Kind: Long}, -1),
		unparsedColumn: newColumn(Column{Name: UnparsedColumn}, -1),
	}
	e.fields = make([]field, len(t.Header)+2)
	e.rows.fields = e.fields[:len(t.Header)+1] // one too many is named
	e.prefix = append(e.prefix, tagRecord)
	e.prefix = append(e.prefix, make([]byte, recordLength)...)
	e.prefix = append(e.prefix, tagTable)
	e.prefix = binary.AppendUvarint(e.prefix, uint64(len(t.Name)))
	e.prefix = append(e.prefix, t.Name...)
	if t.Occurrence {
		e.occurrences = newOccurrences()
	}
	e.calendar.zone = t.Zone
	for i, c := range t.Columns {
		e.addColumn(newColumn(c, i), &t)
	}
	e.slots = append(e.slots, slot{blank: int32(len(e.blanks))}) // where the last ends
	return e, nil
}

// addColumn adds one of the table's columns.
func (e *Encoder) addColumn(c column, t *Table) {
	c.isTime = c.Field == t.TimeField && c.Field != Absent
	if c.Field == Absent {
		c.Field = len(t.Header) + 1
	}
	c.rowID = c.Key && t.RowID
	c.counted = c.Key && t.Occurrence
	e.cols = append(e.cols, c)
	e.slots = append(e.slots, slot{
		field: int32(c.Field),
		blank: int32(len(e.blanks)),
		plain: !c.Key || c.Kind == String && !t.RowID && !t.Occurrence,
	})
	e.blanks = append(e.blanks, c.blank...)
}

// Encode reads the CSV of one window and gives its rows to send, batch by
// batch, as they come. A CSV without a byte has no rows; any other begins with
// the header that was asked for. Blank lines are no rows, except in a CSV of
// one column, where they are rows without a value.
//
// A batch passed to send is send's own. Encode stops at the first error: that
// of the source or of send as it is, the context's, a [*HeaderError], a
// [*RowError] or [ErrTooManyKeys]; the Stats say how far it came.
func (e *Encoder) Encode(ctx context.Context, csv Source, w Window, send func(*Batch) error) (Stats, error) {
	e.begin(w)
	err := e.encode(ctx, csv, func(b *Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.close()
		e.stats.Batches++
		return send(b)
	})
	if e.batch != nil {
		e.batch.Free()
		e.batch = nil
	}
	e.span.report(&e.stats)
	return e.stats, err
}

// begin forgets the last window.
func (e *Encoder) begin(w Window) {
	e.rows.reset()
	e.headed = false
	e.unparsed.json = e.unparsed.json[:0]
	e.span = newSpan(w)
	e.stats = Stats{Unparsed: make([]int64, len(e.cols))}
	if e.occurrences != nil {
		e.occurrences.reset()
	}
}

// encode is Encode from the first block to the last.
func (e *Encoder) encode(ctx context.Context, csv Source, send func(*Batch) error) error {
	pausing, _ := csv.(interface{ Ready() bool })
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if pausing != nil && !pausing.Ready() {
			if err := e.flush(send); err != nil {
				return err
			}
		}
		block, err := csv.Next()
		e.stats.Bytes += int64(len(block))
		e.rows.block = block
		if err := e.encodeRows(false, send); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF):
			if err := e.encodeRows(true, send); err != nil {
				return err
			}
			return e.flush(send)
		case err != nil:
			return err
		}
	}
}

// encodeRows takes the rows that end in the block.
func (e *Encoder) encodeRows(final bool, send func(*Batch) error) error {
	for {
		row, err := e.rows.next(final)
		switch {
		case err != nil:
			return e.rowError(err)
		case row == nil:
			return nil
		case e.blankLine():
		case !e.headed:
			err = e.checkHeader(row)
			e.headed = true
		case e.rows.count != len(e.header):
			err = e.raggedRow()
		default:
			err = e.addRow(row, send)
		}
		if err != nil {
			return err
		}
	}
}

// addRow adds a row to the batch, and sends the batch when it is full.
func (e *Encoder) addRow(row []byte, send func(*Batch) error) error {
	if e.batch == nil {
		e.batch = newBatch()
	}
	e.batch.room = slices.Grow(e.batch.room, len(row))
	start := len(e.batch.room)
	if err := e.record(row); err != nil {
		return e.rowError(err)
	}
	e.stats.Rows++
	e.batch.records++
	if e.batch.records > 1 && e.batch.size() > maxBatch {
		// One too many: it begins the next batch.
		next := newBatch()
		next.room = append(next.room, e.batch.room[start:]...)
		next.records = 1
		e.batch.room = e.batch.room[:start]
		e.batch.records--
		if err := e.flush(send); err != nil {
			next.Free()
			return err
		}
		e.batch = next
	}
	if e.batch.records == maxRecords || e.batch.size() > maxBatch {
		return e.flush(send)
	}
	return nil
}

// flush sends the batch, if there is one.
func (e *Encoder) flush(send func(*Batch) error) error {
	if e.batch == nil {
		return nil
	}
	b := e.batch
	e.batch = nil
	return send(b)
}
