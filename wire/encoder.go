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
	limit  int // of a record's bytes: maxRecord

	// What is the same for every record.
	prefix         []byte // the record's tag, room for its length, the table
	suffix         []byte // the blanks of columns that the CSV does not hold
	cols           []column
	slots          []slot // for each of header, and one more
	blanks         []byte // the blanks of the header's columns, one after another
	calendar       calendar
	occurrence     column
	unparsedColumn column

	rows        rows
	batch       *Batch // the one that is not full, or nil
	row         row
	occurrences *occurrences // nil without Table.Occurrence
	span        span
	stats       Stats
	headed      bool // the header was seen
	start       int  // of the batch's last record
	at          int  // the field at which the row was cut or is wrong
	open        int  // bytes from there on

	// Room for texts that are not what the CSV holds.
	unquoted, repaired, denulled []byte
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
		limit:          maxRecord,
		occurrence:     newColumn(Column{Name: OccurrenceColumn, Kind: Long}, -1),
		unparsedColumn: newColumn(Column{Name: UnparsedColumn}, -1),
	}
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
	e.makeSlots()
	return e, nil
}

// addColumn adds one of the table's columns.
func (e *Encoder) addColumn(c column, t *Table) {
	if c.Field == Absent {
		e.suffix = append(e.suffix, c.blank...)
	}
	c.isTime = c.Field == t.TimeField && c.Field != Absent
	c.rowID = c.Key && t.RowID
	c.counted = c.Key && t.Occurrence
	e.cols = append(e.cols, c)
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
		e.rows.add(block)
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
		data, last := e.rows.ahead(final)
		if len(data) == 0 {
			return nil
		}
		length, err := e.line(data, last)
		if err != nil {
			return e.rowError(err)
		}
		if length == 0 {
			if err := e.checkOpen(len(data)); err != nil {
				return e.rowError(err)
			}
			e.rows.cut()
			continue
		}
		e.rows.pass(length)
		if err := e.sendFull(send); err != nil {
			return err
		}
	}
}

// line takes the line that data begins with, and gives its length, or 0 if
// data does not hold all of it.
func (e *Encoder) line(data []byte, final bool) (length int, err error) {
	if length = e.blankLine(data, final); length > 0 {
		return length, nil
	}
	if !e.headed {
		length, err = e.checkHeader(data, final)
		e.headed = length > 0
		return length, err
	}
	if e.batch == nil {
		e.batch = newBatch()
	}
	length, err = e.record(data, final)
	if err == nil {
		return length, nil
	}
	if errors.Is(err, errRagged) || errors.Is(err, errNoRowID) || errors.Is(err, errUnfitRowID) {
		err = e.ragged(data, final, err)
	}
	return 0, err
}

// checkOpen holds a row that is not whole against the limits, before more of
// it is kept.
func (e *Encoder) checkOpen(length int) error {
	switch {
	case e.open > maxField+len("\"\"\r\n"):
		return errFieldTooLong
	case length > maxRow:
		return errRowTooLong
	}
	return nil
}

// sendFull sends the batch if the row that was added last has filled it.
func (e *Encoder) sendFull(send func(*Batch) error) error {
	b := e.batch
	if b == nil {
		return nil
	}
	if b.records > 1 && b.size() > maxBatch {
		// One too many: it begins the next batch.
		next := newBatch()
		next.room = append(next.room, b.room[e.start:]...)
		next.records = 1
		b.room = b.room[:e.start]
		b.records--
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
	if e.batch == nil || e.batch.records == 0 {
		return nil
	}
	b := e.batch
	e.batch = nil
	return send(b)
}
