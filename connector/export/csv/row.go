package csv

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/zeebo/xxh3"

	"intercom-connector/connector/export/csv/blocks"
	"intercom-connector/connector/export/csv/number"
)

// Row is what a row comes to besides its values, once it is known to be whole:
// one that a block's end cuts is read again.
type Row struct {
	// Second is the time by which the export selects, in seconds of the Unix
	// epoch, if the row is Timed.
	Second int64
	Timed  bool
	// Ordinal is for OccurrenceColumn, if the table has it.
	Ordinal int64
	// Unparsed is the JSON object for UnparsedColumn, Rest the one for the column
	// that Table.Rest names; empty for null.
	Unparsed, Rest []byte
	// Deleted says that the row is of something in Table.Deleted.
	Deleted bool
	// Written are the values as the encoding has them, until the row is taken.
	Written []byte

	reader         *Reader // that reads it
	line           []byte  // as it came
	unparsed, rest unparsed
	key            []byte // the values of its key, as written, or its row id
	unfit          []int  // the columns whose texts did not fit
	filled         []int  // those that have a value, of those that are counted
	odd            bool   // any of the rest is not nothing
	madeKey        bool
	repaired, nuls int64
}

func (r *Row) begin() {
	r.unparsed.json, r.rest.json = r.unparsed.json[:0], r.rest.json[:0]
	r.key, r.unfit, r.filled = r.key[:0], r.unfit[:0], r.filled[:0]
	r.repaired, r.nuls = 0, 0
	r.Timed, r.odd, r.madeKey, r.Deleted = false, false, false, false
}

// RowError says that a row cannot be taken.
type RowError struct {
	Table string
	// Row is the row's ordinal, from 1; 0 is the header.
	Row int64
	// Column is the field's name in the request; empty if it is the whole
	// row.
	Column string
	Reason string
}

// Error names the place. It never holds a row's values.
func (e *RowError) Error() string {
	row := fmt.Sprintf("row %d", e.Row)
	if e.Row == 0 {
		row = "the header"
	}
	if e.Column != "" {
		row += fmt.Sprintf(", column %q", e.Column)
	}
	return fmt.Sprintf("%s: %s: %s", e.Table, row, e.Reason)
}

// errRagged stands for a row with another number of fields, which are yet to
// be counted.
var errRagged = errors.New("not as many fields as in the header")

// column is a Column with what is decided once.
type column struct {
	of      Column
	isTime  bool // the export selects by it
	rowID   bool
	counted bool   // equal keys are counted by it
	tells   bool   // whether the row is deleted
	quoted  []byte // the name as JSON
}

// readRow takes the row that data begins with, and gives its length, or 0 if data
// does not hold all of it.
func (r *Reader) readRow(data []byte, final bool) (length int, err error) {
	r.row.begin()
	out := r.to.Begin()
	r.start = len(out)
	out, length, err = r.readFields(out, data, final)
	if err == nil && length > 0 && !r.row.Timed && r.isOtherHeader(data[:length], final) {
		r.at, err = len(r.fields), errOtherHeader
	}
	if err == nil && length > 0 && r.occurrences != nil {
		r.row.Ordinal, err = r.occurrences.next(r.row.key)
	}
	if err != nil || length == 0 {
		r.to.Break(out)
		if errors.Is(err, errRagged) {
			err = r.ragged(data, final)
		}
		if err != nil {
			err = r.rowError(err)
		}
		return 0, err
	}
	if r.rowIDs != nil {
		r.tell(data)
	}
	r.row.line, r.row.Unparsed, r.row.Rest = data[:length], r.row.unparsed.json, r.row.rest.json
	return length, r.take(out)
}

// readFields has a value appended for every field of the row that data begins
// with, in one pass: as many plain ones as there are by the encoding alone, one
// that is not, and so on. It gives the row's length, or 0 if data does not hold
// all of it.
func (r *Reader) readFields(out, data []byte, final bool) (_ []byte, length int, err error) {
	for i := 0; i < len(r.fields); {
		if i > 0 || !beginsWithDash(data) { // a row id that is a dash is none
			var read, fields int
			out, read, fields = r.to.Plain(out, data[length:], i)
			i, length = i+fields, length+read
		}
		if i == len(r.fields) {
			break
		}
		rest := data[length:]
		f, whole, err := scan(rest, final)
		if err == nil && whole {
			out, err = r.readField(out, i, f, data, final)
		}
		i, length = i+1, length+f.next
		switch {
		case err != nil || !whole:
			r.at, r.open = i-1, len(rest)
			return out, 0, err
		case f.last != (i == len(r.fields)):
			return out, 0, errRagged
		}
	}
	if length > blocks.MaxRow {
		return out, 0, errRowTooLong
	}
	return out, length, r.checkRecord(out)
}

// readField has the value of any field of the row that data begins with appended.
func (r *Reader) readField(out []byte, i int, f field, data []byte, final bool) ([]byte, error) {
	if len(f.text) > blocks.MaxField {
		return out, errFieldTooLong
	}
	c := int(r.targets[i].Column)
	if c == Absent && (r.names == nil || r.fields[i] != Absent || len(f.text) == 0) {
		return out, nil
	}
	value := len(out)
	text, repaired, nuls := r.texts.of(f)
	if repaired {
		r.row.repaired++
		r.row.odd = true
	}
	if nuls {
		r.row.nuls++
		r.row.odd = true
	}
	if c == Absent {
		r.row.rest.add(r.names[i], text)
		return out, r.checkRecord(out)
	}
	out, ok := r.value(out, c, text)
	if !ok {
		var err error
		if out, err = r.noValue(out, c, text, data, final); err != nil {
			return out, err
		}
	}
	column := &r.columns[c]
	if column.tells && r.table.Deleted.IDs.Has(text) {
		r.row.Deleted, r.row.odd = true, true
	}
	if ok && column.of.Filled {
		r.row.filled = append(r.row.filled, c)
		r.row.odd = true
	}
	switch {
	case column.rowID && column.of.Kind == String:
		r.row.key = append(r.row.key, text...)
	case column.counted || column.rowID:
		r.row.key = append(r.row.key, out[value:]...)
	}
	return out, r.checkRecord(out)
}

// value has the value appended that a text stands for in its column, if there is
// one.
func (r *Reader) value(out []byte, c int, text []byte) (_ []byte, ok bool) {
	column := &r.columns[c]
	if column.of.Kind != String {
		text = bytes.TrimSpace(text)
	}
	if len(text) == 0 || (column.of.Kind != String || column.rowID) && isDash(text) {
		return out, false
	}
	switch column.of.Kind {
	case String:
		return r.to.String(out, c, text), true
	case Long:
		if value, ok := number.Long(text); ok {
			return r.to.Long(out, c, value), true
		}
	case Double:
		if value, ok := number.Double(text); ok {
			return r.to.Double(out, c, value), true
		}
	case UTCDatetime:
		if t, ok := r.calendar.parse(text); ok {
			if column.isTime {
				t.Second = r.span.choose(t)
				r.row.Second, r.row.Timed = t.Second, true
			}
			return r.to.Instant(out, c, t), true
		}
	}
	return out, false
}

// noValue has appended what stands for a text that does not fit, or for none: a
// null, or in a key, which may not be null, the kind's zero, or a row id that is
// made of the row.
func (r *Reader) noValue(out []byte, c int, text, data []byte, final bool) ([]byte, error) {
	column := &r.columns[c]
	bare := bytes.TrimSpace(text)
	unfit := len(bare) > 0 && !isDash(bare)
	if unfit {
		r.row.unparsed.add(column.quoted, text)
	}
	if unfit || column.of.Key {
		r.row.odd = true
	}
	if column.rowID {
		if unfit {
			r.row.unfit = append(r.row.unfit, c)
		}
		return r.madeKey(out, c, data, final)
	}
	if unfit || column.of.Key && column.of.Kind != String {
		r.row.unfit = append(r.row.unfit, c)
	}
	if !column.of.Key {
		return r.to.Null(out, c), nil
	}
	switch column.of.Kind {
	case Long:
		return r.to.Long(out, c, 0), nil
	case Double:
		return r.to.Double(out, c, 0), nil
	case UTCDatetime:
		return r.to.Instant(out, c, Instant{}), nil
	}
	return r.to.String(out, c, nil), nil
}

// checkRecord holds the row that is being written against the limit, together
// with the unparsed values that are yet to be added.
func (r *Reader) checkRecord(out []byte) error {
	if len(out)-r.start+len(r.row.unparsed.json)+len(r.row.rest.json) > r.limit {
		return errRecordTooLong
	}
	return nil
}

// ragged names a row with another number of fields than the header, whatever else
// is wrong with it. It gives nil if data does not hold all of the row.
func (r *Reader) ragged(data []byte, final bool) error {
	length, count, err := r.eachField(data, final, func(int, field) {})
	if err != nil || length == 0 {
		return err
	}
	r.at = len(r.fields)
	return fmt.Errorf("%s and not %d as in the header", plural(count, "field"), len(r.fields))
}

// eachField calls do for each field of the row that data begins with, and
// gives the row's length and the number of its fields, or 0 if data does not
// hold all of it.
func (r *Reader) eachField(data []byte, final bool, do func(int, field)) (length, count int, err error) {
	for count = 0; ; count++ {
		f, whole, err := scan(data[length:], final)
		if len(f.text) > blocks.MaxField && whole {
			err = errFieldTooLong
		}
		if err != nil || !whole {
			r.at, r.open = count, len(data)-length
			return 0, 0, err
		}
		do(count, f)
		if length += f.next; f.last {
			return length, count + 1, nil
		}
	}
}

// rowError says where an error happened.
func (r *Reader) rowError(err error) error {
	if errors.Is(err, ErrTooManyKeys) || errors.As(err, new(*HeaderError)) {
		return err
	}
	e := &RowError{Table: r.table.Name, Row: r.stats.Rows + r.stats.Left + 1, Reason: err.Error()}
	switch {
	case !r.headed:
		e.Row = 0
	case errors.Is(err, errRowTooLong), errors.Is(err, errRecordTooLong):
	case r.at < len(r.fields) && r.fields[r.at] != Absent:
		e.Column = r.table.Header[r.fields[r.at]].name()
	}
	return e
}

// The hashes of a row are the same in every process and at every reading, so that
// they can be kept. They are made of the CSV, which is a quarter of what a record
// is: what a row becomes follows from its line, the header, the table, the zone,
// and from what its window makes of it: the instant of its time, its ordinal, and
// whether it is deleted. Who keeps hashes keeps with them what the table and the zone were, and
// [Meaning].

// Meaning is the version of what this package and its encodings make of a line.
// It must change with whatever makes another record of the same line.
const Meaning = 2

// Hash is that of the row's values, in 64 bits.
func (r *Row) Hash() uint64 {
	hash := xxh3.Hash(withoutNewline(r.line)) ^ r.reader.sum
	if r.Timed {
		hash = mixed(hash + uint64(r.Second))
	}
	if r.Deleted {
		hash = ^hash
	}
	return mixed(hash + uint64(r.Ordinal))
}

// mixed spreads every bit of a hash over all of them.
func mixed(hash uint64) uint64 {
	hash ^= hash >> 32
	hash *= 0xd6e8feb86659fd93
	hash ^= hash >> 32
	hash *= 0xd6e8feb86659fd93
	return hash ^ hash>>32
}

// KeyHash is that of the row's key, without its ordinal: a row that changes keeps
// it. Where the reader does not see the key it is the hash of the row's time, and
// of a row with a made key that of its values.
func (r *Row) KeyHash() uint64 {
	switch {
	case r.madeKey:
		return r.Hash()
	case len(r.key) > 0:
		return xxh3.Hash(r.key)
	case r.reader.rowIDs != nil: // the encoding alone has read it: see plainID
		return xxh3.Hash(r.line[:max(bytes.IndexByte(r.line, ','), 0)])
	default:
		return mixed(uint64(r.Second))
	}
}
