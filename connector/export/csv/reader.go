package csv

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"time"

	"intercom-connector/connector/export/csv/blocks"
)

// Source gives the bytes of a CSV, block by block.
//
// A source may also have a method Ready() bool, which reports whether Next
// would return at once. Where it says no, rows that are kept to be sent together
// are sent before it is waited for.
type Source interface {
	// Next gives the next block. It is valid until the next call. At the end
	// the error is io.EOF; a block that comes with an error counts.
	Next() ([]byte, error)
}

// blockSize is how much FromReader asks for at a time.
const blockSize = 256 << 10

func FromReader(r io.Reader) Source {
	return &reader{from: r, block: make([]byte, blockSize)}
}

type reader struct {
	from  io.Reader
	block []byte
}

func (r *reader) Next() ([]byte, error) {
	n, err := r.from.Read(r.block)
	return r.block[:n], err
}

// Encoding is how rows are written. A [Reader] has it append the values of a row
// to what Begin gives, in the order of the CSV, and then take the row or forget
// it. Columns are those of Table.Columns.
type Encoding interface {
	// Arrange tells what the CSV's fields are, before the first row and whenever
	// they change. The target after the last field's is the end.
	Arrange(targets []Target)
	// Begin gives the room for a row, begun.
	Begin() []byte
	// Plain appends the values of the plain fields that data begins with, from
	// the given one on, and says how many bytes and fields they are. It may leave
	// any to the others.
	Plain(out, data []byte, field int) (_ []byte, read, fields int)
	Null(out []byte, column int) []byte
	String(out []byte, column int, text []byte) []byte // valid UTF-8 without NULs
	Long(out []byte, column int, value int64) []byte
	Double(out []byte, column int, value float64) []byte
	Instant(out []byte, column int, t Instant) []byte
	// Break forgets the row.
	Break(out []byte)
	// Hold takes the row, and sends nothing. When there are too many it forgets
	// all that it holds and says so.
	Hold(out []byte, row *Row) (held bool)
	// Take takes the row. What it holds it may send now.
	Take(out []byte, row *Row) error
	// Flush sends what it holds.
	Flush() error
}

// maxRecord is the longest a row may become as it is written. That may be
// several times as long as the row, where texts are repaired or written as
// JSON, but a message must stay below the 128 MB that Fivetran takes.
const maxRecord = 96 << 20

var (
	errFieldTooLong  = errors.New("longer than 16 MB")
	errRowTooLong    = errors.New("the row is longer than 64 MB")
	errRecordTooLong = errors.New("the row's record is longer than 96 MB")
)

// Reader reads the windows of one table. It is used for one window after another,
// not for several at once.
type Reader struct {
	table    Table
	columns  []column
	to       Encoding
	limit    int // of what a row becomes, in bytes: maxRecord
	calendar calendar
	hasTime  bool // a column holds the time by which the export selects

	header  []byte          // the line that was mapped last
	sum     uint64          // of it
	names   [][]byte        // of it, as JSON; nil without Table.Rest
	known   map[string]bool // names that a header may have
	fields  []int           // of it, by position in Table.Header
	targets []Target        // of it, and one more

	blocks      blocks.Queue
	row         Row
	texts       texts
	occurrences *occurrences // nil without Table.Occurrence
	rowIDs      *rowIDs      // nil without a key, or with Table.Occurrence
	sums        [][32]byte   // of a row's texts, by position in Table.Header
	joined      []byte       // all of them
	span        span
	from, until int64 // the first and the last second of which rows are taken
	filter      func(*Row) bool
	stats       Stats
	headed      bool // the header was seen
	last        byte // of the input so far
	inside      bool // some row was, or there is no telling
	believed    bool // rows may be sent
	forgotten   bool // the encoding held too many rows
	start       int  // of the row in the encoding's room
	at          int  // the field at which the row was cut or is wrong
	open        int  // bytes from there on
}

// NewReader prepares a reader. An error says what is wrong with the table.
func NewReader(t Table, to Encoding) (*Reader, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	t.Header, t.Columns = slices.Clone(t.Header), slices.Clone(t.Columns)
	r := &Reader{table: t, to: to, limit: maxRecord, sums: make([][32]byte, len(t.Header))}
	r.row.reader = r
	r.row.reader = r
	r.calendar.zone = t.Zone
	if t.Zone == nil {
		r.calendar.zone = time.UTC
	}
	if t.Occurrence {
		r.occurrences = newOccurrences()
	}
	alone := !t.Occurrence && slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Key }) // the key, without an ordinal
	if alone {
		r.rowIDs = newRowIDs()
	}
	timeColumn := t.timeColumn()
	r.hasTime = timeColumn >= 0
	for i, c := range t.Columns {
		r.columns = append(r.columns, column{
			of: c, isTime: i == timeColumn, rowID: c.Key && t.RowID, counted: c.Key && !t.RowID,
			tells:  t.Deleted != nil && c.Field == t.Deleted.Field,
			quoted: AppendJSONString(nil, []byte(c.Name)),
		})
	}
	return r, nil
}

// ErrReadAgain says that a row lies inside the window after so many that lie
// outside that they were not kept, so that nothing was sent. Read the window
// again, Believed.
var ErrReadAgain = errors.New("rows inside the window come after too many outside it")

// Read reads the CSV of one window. A CSV without a byte has no rows; any other
// begins with a header in which all that was asked for is found. Blank lines are
// no rows, except in a CSV of one column, where they are rows without a value.
//
// Nothing is sent before a row lies inside the window. If none does, the error is
// an [OutsideError], or a [TimelessError] if no row's time can be read. Read stops
// at the first error: these, that of the source or of the encoding as it is, the
// context's, a [HeaderError], a [RowError], [ErrTooManyKeys] or [ErrReadAgain];
// the Stats say how far it came.
func (r *Reader) Read(ctx context.Context, csv Source, w Window) (Stats, error) {
	r.begin(w)
	err := r.read(ctx, csv)
	r.stats.Unterminated = err == nil && r.stats.Bytes > 0 && r.last != '\n'
	r.span.report(&r.stats)
	if !r.hasTime {
		r.stats.Timeless = 0
	}
	if err == nil {
		err = r.understood()
	}
	if err == nil {
		err = r.to.Flush()
	}
	return r.stats, err
}

// begin forgets the last window.
func (r *Reader) begin(w Window) {
	r.blocks.Reset()
	r.headed, r.forgotten = false, false
	r.inside = !r.hasTime
	r.believed = w.Believed || r.inside
	r.span = newSpan(w, r.calendar.zone)
	r.filter = w.Filter
	r.from, r.until = math.MinInt64, math.MaxInt64
	if !w.From.IsZero() {
		r.from = w.From.Unix()
	}
	if !w.Until.IsZero() {
		r.until = w.Until.Unix()
	}
	r.stats = Stats{Unparsed: make([]int64, len(r.columns))}
	if slices.ContainsFunc(r.table.Columns, func(c Column) bool { return c.Filled }) {
		r.stats.Filled = make([]int64, len(r.columns))
	}
	if r.occurrences != nil {
		r.occurrences.reset()
	}
	if r.rowIDs != nil {
		r.rowIDs.reset()
	}
}

// understood says whether the window's rows are what was asked for.
func (r *Reader) understood() error {
	switch s := &r.stats; {
	case r.inside || s.Rows+s.Left == 0:
		return nil
	case s.Timeless == s.Rows+s.Left:
		return &TimelessError{Table: r.table.Name, Column: r.table.Header[r.table.TimeField].name(), Rows: s.Rows}
	default:
		return &OutsideError{Table: r.table.Name, Rows: s.Outside, Offset: s.OutsideOffset}
	}
}

// read takes the rows from the first block to the last.
func (r *Reader) read(ctx context.Context, csv Source) error {
	pausing, _ := csv.(interface{ Ready() bool })
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if pausing != nil && r.believed && !pausing.Ready() {
			if err := r.to.Flush(); err != nil {
				return err
			}
		}
		block, err := csv.Next()
		r.stats.Bytes += int64(len(block))
		if len(block) > 0 {
			r.last = block[len(block)-1]
		}
		r.blocks.Add(block)
		if err := r.readRows(false); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF):
			return r.readRows(true)
		case err != nil:
			return err
		}
	}
}

// readRows takes the rows that end in the block.
func (r *Reader) readRows(final bool) error {
	for {
		data, last := r.blocks.Ahead(final)
		if len(data) == 0 {
			return nil
		}
		length, err := r.readLine(data, last)
		if err != nil {
			return err
		}
		if length == 0 {
			if err := r.checkOpen(len(data)); err != nil {
				return r.rowError(err)
			}
			r.blocks.Cut()
			continue
		}
		r.blocks.Pass(length)
	}
}

// readLine takes the line that data begins with, and gives its length, or 0 if
// data does not hold all of it.
func (r *Reader) readLine(data []byte, final bool) (length int, err error) {
	first := data[0]
	if first == '\n' || first == '\r' {
		if length = r.blankLine(data, final); length > 0 {
			return length, nil
		}
	}
	if !r.headed {
		length, err = r.readHeader(data, final)
		if err != nil {
			return 0, r.rowError(err)
		}
		r.headed = length > 0
		r.stats.Headed = r.headed
		return length, nil
	}
	if first == r.header[0] || first == byteOrderMark[0] {
		length, cut := r.headerAgain(data, final)
		switch {
		case cut:
			r.at, r.open = 0, 0
			return 0, nil
		case length > 0:
			r.stats.Headers++
			return length, nil
		}
	}
	return r.readRow(data, final)
}

// blankLine gives the length of a line without anything that data begins
// with, or 0. In a CSV of one column it is a row without a value.
func (r *Reader) blankLine(data []byte, final bool) int {
	switch {
	case r.headed && len(r.fields) == 1:
		return 0
	case data[0] == '\n', final && len(data) == 1 && data[0] == '\r':
		return 1
	case len(data) > 1 && data[0] == '\r' && data[1] == '\n':
		return 2
	}
	return 0
}

// checkOpen holds a row that is not whole against the limits, before more of
// it is kept.
func (r *Reader) checkOpen(length int) error {
	switch {
	case r.open > blocks.MaxField+len("\"\"\r\n"):
		return errFieldTooLong
	case length > blocks.MaxRow:
		return errRowTooLong
	}
	return nil
}

// take counts the row that was written, and has the encoding take it or, as long
// as none was inside the window, hold it.
func (r *Reader) take(out []byte) error {
	row := &r.row
	r.stats.Rows++
	inside := false
	switch {
	case !row.Timed:
		r.stats.Timeless++
	case r.span.add(row.Second):
		inside, r.inside = true, true
	default:
		r.span.addOutside(row.Second)
	}
	// One from outside may be of another zone: that it seems too early is no reason to
	// leave it out.
	if row.Timed && (inside && row.Second < r.from || row.Second > r.until) {
		r.stats.Rows--
		r.stats.Left++
		r.to.Break(out)
		return nil
	}
	if row.odd {
		r.stats.add(row)
	}
	row.Written = out[r.start:]
	taken := r.filter == nil || r.filter(row)
	switch {
	case r.believed:
	case !r.inside:
		if !taken {
			r.to.Break(out)
		} else if !r.to.Hold(out, row) {
			r.forgotten = true
		}
		return nil
	case r.forgotten:
		r.to.Break(out)
		return ErrReadAgain
	}
	r.believed = true
	if !taken {
		r.to.Break(out)
		return nil
	}
	return r.to.Take(out, row)
}
