package wire

import (
	"encoding/binary"
	"errors"
)

// A record of the table "call" with the columns call_id "7", talk_time 1.5 and
// no unparsed values is 65 bytes inside its batch. On the left what every row
// shares, on the right what a row adds:
//
//	0A          40          Records.records, 64 bytes
//	12 04 call              Record.table_name
//	                        Record.type is UPSERT, which is 0 and left out
//	22          0E          Record.data, one entry of 14 bytes
//	   0A 07 call_id        its key
//	   12       03          its value, a ValueType of 3 bytes
//	      6A    01 "7"      ValueType.string
//	22          16          the next entry
//	   0A 09 talk_time
//	   12       09
//	      39    00 00 00 00 00 00 F8 3F
//	22 15                   an entry that is the same in most rows
//	   0A 0F unparsed_values
//	   12 02 08 01          ValueType.null
//
// A batch is such records, with UpdateResponse.records (32) and its length in
// front.

// recordLength is how many bytes a record's length is first given. Nearly
// every record has from 128 to 16383 bytes.
const recordLength = 2

var (
	errNoRowID    = errors.New("no row id")
	errUnfitRowID = errors.New("the row id does not fit its column")
)

// record appends the row that data begins with to the batch as a record, and
// gives its length in data, or 0 if data does not hold all of it. Then, and
// with an error, the batch stays as it was.
func (e *Encoder) record(data []byte, final bool) (length int, err error) {
	e.row.begin()
	e.start = len(e.batch.room)
	out := append(e.batch.room, e.prefix...)
	start := e.start + 1 + recordLength
	out, length, err = e.fields(out, data, final)
	if length == 0 || err != nil {
		e.batch.room = out[:e.start] // as large as it has become
		return 0, err
	}
	if e.occurrences != nil {
		ordinal, err := e.occurrences.next(e.row.key)
		if err != nil {
			return 0, err
		}
		out = e.occurrence.appendLong(out, ordinal)
	}
	out = append(out, e.suffix...)
	if len(e.row.unparsed.json) == 0 {
		out = append(out, e.unparsedColumn.blank...)
	} else {
		out = e.unparsedColumn.appendJSON(out, e.row.unparsed.json)
	}
	e.batch.room = closeRecord(out, start)
	e.batch.records++
	e.commit()
	return length, nil
}

// closeRecord puts a record's length before its start, and moves the record
// if that takes other than recordLength bytes.
func closeRecord(out []byte, start int) []byte {
	length := uint64(len(out) - start)
	if 0x80 <= length && length < 0x80<<7 {
		out[start-2] = byte(length) | 0x80
		out[start-1] = byte(length >> 7)
		return out
	}
	var room [binary.MaxVarintLen32]byte
	n := binary.PutUvarint(room[:], length)
	out = append(out, room[:n]...) // as much longer, for now
	copy(out[start-recordLength+n:], out[start:start+int(length)])
	copy(out[start-recordLength:], room[:n])
	return out[:start-recordLength+n+int(length)]
}

// fields appends an entry for every field of the row that data begins with,
// in one pass: as many as can be read quickly, one that cannot, and so on. It
// gives the row's length, or 0 if data does not hold all of it.
func (e *Encoder) fields(out, data []byte, final bool) (_ []byte, length int, err error) {
	for i := 0; i < len(e.header); {
		var read, fields int
		out, read, fields = e.quick(out, data[length:], e.slots[i:])
		i, length = i+fields, length+read
		if i == len(e.header) {
			break
		}
		s, rest := &e.slots[i], data[length:]
		f, whole, err := scan(rest, final)
		if err == nil && whole {
			out, err = e.field(out, s.column, f)
		}
		i, length = i+1, length+f.next
		switch {
		case err != nil || !whole:
			e.at, e.open = i-1, len(rest)
			return out, 0, err
		case f.last != (i == len(e.header)):
			return out, 0, errRagged
		}
	}
	if length > maxRow {
		return out, 0, errRowTooLong
	}
	return out, length, e.checkRecord(out)
}

// field appends the entry of any field; c is nil where no column wants it.
func (e *Encoder) field(out []byte, c *column, f field) ([]byte, error) {
	if len(f.text) > maxField {
		return out, errFieldTooLong
	}
	if c == nil {
		return out, nil
	}
	entry := len(out)
	out, err := e.value(out, c, e.text(f))
	if err != nil {
		return out, err
	}
	if c.counted {
		e.row.key = append(e.row.key, out[entry:]...)
	}
	return out, e.checkRecord(out)
}

// checkRecord holds the record at out's end against the limit, together with
// the unparsed values that are yet to be added.
func (e *Encoder) checkRecord(out []byte) error {
	if len(out)-e.start+len(e.row.unparsed.json) > e.limit {
		return errRecordTooLong
	}
	return nil
}

// value appends the entry of any text.
func (e *Encoder) value(out []byte, c *column, text []byte) ([]byte, error) {
	if len(text) == 0 || c.Kind != String && isDash(text) {
		return e.noValue(out, c, nil)
	}
	switch c.Kind {
	case String:
		return c.appendString(out, text), nil
	case Long:
		if value, ok := parseLong(text); ok {
			return c.appendLong(out, value), nil
		}
	case Double:
		if value, ok := parseDouble(text); ok {
			return c.appendDouble(out, value), nil
		}
	case UTCDatetime:
		if t, ok := e.calendar.parse(text); ok {
			t = e.choose(c, t)
			e.note(c, t)
			return c.appendInstant(out, t), nil
		}
	}
	return e.noValue(out, c, text)
}

// noValue appends what stands for a text that does not fit, or for none.
func (e *Encoder) noValue(out []byte, c *column, unfitText []byte) ([]byte, error) {
	unfit := len(unfitText) > 0
	switch {
	case c.rowID && unfit:
		return out, errUnfitRowID
	case c.rowID:
		return out, errNoRowID
	case unfit:
		e.row.unparsed.add(c, unfitText)
	}
	if unfit || c.Key && c.Kind != String {
		e.row.unfit = append(e.row.unfit, c.index)
	}
	return append(out, c.blank...), nil
}

const dash = "\u2014"

// isDash reports whether text stands for no value in columns that are not
// strings.
func isDash(text []byte) bool {
	return len(text) == 1 && text[0] == '-' || string(text) == dash
}
