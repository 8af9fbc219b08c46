package record

import (
	"encoding/binary"
	"math"

	"intercom-connector/connector/export/csv"
)

// Tags of protobuf: a field's number, and in the low three bits how its value
// is laid out: 0 a varint, 1 eight bytes, 2 a length and as many bytes.
const (
	tagRecords = 6<<3 | 2  // UpdateResponse.records
	tagRecord  = 1<<3 | 2  // Records.records
	tagTable   = 2<<3 | 2  // Record.table_name
	tagType    = 3 << 3    // Record.type
	tagEntry   = 4<<3 | 2  // Record.data, one entry of the map
	tagName    = 1<<3 | 2  // the entry's key
	tagValue   = 2<<3 | 2  // the entry's value
	tagNull    = 1 << 3    // ValueType.null
	tagLong    = 5 << 3    // ValueType.long
	tagDouble  = 7<<3 | 1  // ValueType.double
	tagInstant = 10<<3 | 2 // ValueType.utc_datetime
	tagString  = 13<<3 | 2 // ValueType.string
	tagJSON    = 14<<3 | 2 // ValueType.json
	tagSeconds = 1 << 3    // Timestamp.seconds
	tagNanos   = 2 << 3    // Timestamp.nanos
)

// What a present-day instant without a fraction looks like: its seconds take
// five bytes from 1978 to 3058.
const (
	usualFrom     = 1 << 28
	usualTo       = 1 << 35
	instantLength = 5
)

const doubleLength = 8

// headRoom is the longest head that is prepared: names of up to 55 bytes. With
// a value shorter than csv.Lookahead after it, each length takes one byte.
const headRoom = 64

// column is a csv.Column with its constant bytes. An entry of a record's map is
//
//	22 n  0A n name  12 n  type value
//
// where each n is the length of what it stands before, and most often one
// byte.
type column struct {
	name  []byte // 0A n name 12
	null  []byte // the whole entry for a null; nothing where nulls are left out
	entry prepared
}

// prepared is an entry up to its value. Lengths that depend on the value are put
// in after head was copied.
type prepared struct {
	head  [headRoom]byte // 22 ? name ? type
	size  uint8          // how much of head that is; 0 if the name is too long
	fixed uint8          // what head[1] is besides the value's length
}

func newColumn(c csv.Column) column {
	var p column
	p.name = append(p.name, tagName)
	p.name = binary.AppendUvarint(p.name, uint64(len(c.Name)))
	p.name = append(p.name, c.Name...)
	p.name = append(p.name, tagValue)
	switch c.Kind {
	case csv.String:
		p.setHead(tagString, 0)
	case csv.Long:
		p.setHead(tagLong)
	case csv.Double:
		p.setHead(tagDouble)
		p.complete(doubleLength, 1)
	case csv.UTCDatetime:
		p.setHead(tagInstant, 1+instantLength, tagSeconds)
		p.complete(instantLength, 3)
	}
	p.null = append(p.appendOpen(nil, 2), tagNull, 1)
	return p
}

// newColumnWithoutNull prepares a column whose nulls are no entry.
func newColumnWithoutNull(c csv.Column) column {
	p := newColumn(c)
	p.null = nil
	return p
}

// setHead makes the head for values that follow the bytes of kind.
func (c *column) setHead(kind ...byte) {
	head := append([]byte{tagEntry, 0}, c.name...)
	head = append(head, byte(len(kind)))
	head = append(head, kind...)
	if len(head) <= headRoom {
		c.entry.size = uint8(copy(c.entry.head[:], head))
		c.entry.fixed = byte(len(head) - 2)
	}
}

// complete puts the lengths into a head whose values all have the same one;
// kind is how many bytes stand between the length and the value.
func (c *column) complete(length, kind uint8) {
	if c.entry.size > 0 {
		c.entry.head[1] = c.entry.fixed + length
		c.entry.head[c.entry.size-kind-1] = kind + length
	}
}

// appendOpen appends an entry up to a value of the given length, type
// included, however long.
func (c *column) appendOpen(out []byte, length int) []byte {
	out = append(out, tagEntry)
	out = binary.AppendUvarint(out, uint64(len(c.name)+uvarintLength(uint64(length))+length))
	out = append(out, c.name...)
	return binary.AppendUvarint(out, uint64(length))
}

// appendString appends a text that is valid UTF-8.
func (c *column) appendString(out, text []byte) []byte {
	n := len(text)
	out = c.appendOpen(out, 1+uvarintLength(uint64(n))+n)
	out = append(out, tagString)
	out = binary.AppendUvarint(out, uint64(n))
	return append(out, text...)
}

func (c *column) appendLong(out []byte, value int64) []byte {
	out = append(c.appendOpen(out, 1+uvarintLength(uint64(value))), tagLong)
	return binary.AppendUvarint(out, uint64(value))
}

func (c *column) appendDouble(out []byte, value float64) []byte {
	out = append(c.appendOpen(out, 1+doubleLength), tagDouble)
	return binary.LittleEndian.AppendUint64(out, math.Float64bits(value))
}

// appendInstant appends a Timestamp, which leaves out what is zero.
func (c *column) appendInstant(out []byte, t csv.Instant) []byte {
	var room [1 + binary.MaxVarintLen64 + 1 + binary.MaxVarintLen32]byte
	stamp := room[:0]
	if t.Second != 0 {
		stamp = binary.AppendUvarint(append(stamp, tagSeconds), uint64(t.Second))
	}
	if t.Nano != 0 {
		stamp = binary.AppendUvarint(append(stamp, tagNanos), uint64(t.Nano))
	}
	out = c.appendOpen(out, 2+len(stamp))
	out = append(out, tagInstant, byte(len(stamp)))
	return append(out, stamp...)
}

// appendJSONOrNull appends JSON, or a null where there is none.
func (c *column) appendJSONOrNull(out, json []byte) []byte {
	if len(json) == 0 {
		return append(out, c.null...)
	}
	return c.appendJSON(out, json)
}

// appendJSON appends JSON to a column without a kind of its own.
func (c *column) appendJSON(out, json []byte) []byte {
	n := len(json)
	out = append(c.appendOpen(out, 1+uvarintLength(uint64(n))+n), tagJSON)
	out = binary.AppendUvarint(out, uint64(n))
	return append(out, json...)
}

// uvarintLength is how many bytes a number takes, seven bits in each.
func uvarintLength(n uint64) int {
	length := 1
	for n >= 0x80 {
		n >>= 7
		length++
	}
	return length
}
