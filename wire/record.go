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

// record appends a row to the batch as a record.
func (e *Encoder) record(row []byte) error {
	out := append(e.batch.room, e.prefix...)
	start := len(e.batch.room) + 1 + recordLength
	out, err := e.columns(out, row)
	if err != nil {
		return err
	}
	if e.occurrences != nil {
		ordinal, err := e.occurrences.next()
		if err != nil {
			return err
		}
		out = e.occurrence.appendLong(out, ordinal)
	}
	if len(e.unparsed.json) == 0 {
		out = append(out, e.unparsedColumn.blank...)
	} else {
		out = e.unparsedColumn.appendJSON(out, e.unparsed.json)
		e.unparsed.json = e.unparsed.json[:0]
	}
	e.batch.room = closeRecord(out, start)
	return nil
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

// columns appends an entry for every column.
func (e *Encoder) columns(out, row []byte) ([]byte, error) {
	fields, slots := e.fields, e.slots
	for i := 0; i < len(e.cols); i++ {
		f := &fields[slots[i].field]
		if f.start == f.end && slots[i].plain {
			first := i
			i = e.lastEmpty(i)
			out = append(out, e.blanks[slots[first].blank:slots[i+1].blank]...)
			continue
		}
		c := &e.cols[i]
		text := row[f.start:f.end]
		if f.marks != 0 {
			text = e.text(text, f.marks)
		}
		if c.Kind == String && !c.Key && len(text) > 0 && len(text) <= c.maxLength && cap(out)-len(out) >= quickRoom {
			room := (*[quickRoom]byte)(out[len(out) : len(out)+quickRoom])
			out = out[:len(out)+c.putString(room, text)]
			continue
		}
		entry := len(out)
		var err error
		if out, err = e.value(out, c, text); err != nil {
			return nil, err
		}
		if c.counted {
			e.occurrences.add(out[entry:])
		}
	}
	return out, nil
}

// lastEmpty gives the last of the columns from i on whose fields are all empty.
// A row is mostly empty in wide tables, so that neighbours go together.
func (e *Encoder) lastEmpty(i int) int {
	for i+1 < len(e.cols) {
		next := e.slots[i+1]
		f := e.rows.fields[next.field]
		if f.start != f.end || !next.plain {
			break
		}
		i++
	}
	return i
}

// value appends the entry of a text.
func (e *Encoder) value(out []byte, c *column, text []byte) ([]byte, error) {
	switch c.Kind {
	case String:
		if len(text) > 0 {
			return c.appendString(out, text), nil
		}
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
			if c.isTime {
				t.second = e.span.choose(t)
				e.span.add(t.second)
			}
			return c.appendInstant(out, t), nil
		}
	}
	return e.noValue(out, c, text)
}

// noValue appends what stands for a text that is empty or does not fit.
func (e *Encoder) noValue(out []byte, c *column, text []byte) ([]byte, error) {
	unfit := c.Kind != String && len(text) > 0 && !isDash(text)
	switch {
	case c.rowID && unfit:
		return nil, errUnfitRowID
	case c.rowID:
		return nil, errNoRowID
	case unfit:
		e.unparsed.add(c, text)
	}
	if unfit || c.Key && c.Kind != String {
		e.stats.Unparsed[c.index]++
	}
	return append(out, c.blank...), nil
}

const dash = "\u2014"

// isDash reports whether text stands for no value in columns that are not
// strings.
func isDash(text []byte) bool {
	return len(text) == 1 && text[0] == '-' || string(text) == dash
}
