package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// Most fields are of the quick kind: shorter than lookahead, not in quotes, and
// what their column takes in its plainest form. What is here makes entries of
// them with few instructions. It looks at a fixed number of bytes, whatever
// follows the field included, and writes a fixed number, since a copy of
// constant size takes no call and no loop; what is written too much is written
// over next. Any other field is left to Encoder.field, which reads them all.

const (
	// lookahead is how many bytes are looked at.
	lookahead = 64
	// quickRoom is more than what is written of an entry.
	quickRoom = 256
)

// quick appends the entries of the fields that data begins with, as far as they
// are of the quick kind, and says how many bytes and fields they are. The slot
// after the row's last is the end.
func (e *Encoder) quick(out, data []byte, slots []slot) (_ []byte, read, fields int) {
	room, rest, left := out[len(out):cap(out)], data, slots
	for len(left) > 1 && len(rest) >= lookahead && len(room) >= quickRoom {
		s, look, put := &left[0], (*[lookahead]byte)(rest), (*[quickRoom]byte)(room)
		if !s.quick {
			break
		}
		if look[0] == ',' && s.plain > 0 {
			empty := min(commasAt(look), s.plain)
			blanks := e.blanks[s.blank:left[empty].blank]
			if len(room) < len(blanks) {
				break
			}
			copy(room, blanks)
			room, rest, left = room[len(blanks):], rest[empty:], left[empty:]
			continue
		}
		var entry, length int
		switch s.kind {
		case String:
			entry, length = s.text(put, look)
		case Double:
			entry, length = s.double(put, look)
		case UTCDatetime:
			entry, length = e.instant(s, put, look)
		case Long:
			entry, length = s.long(put, look)
		}
		if length == 0 {
			break
		}
		room, rest, left = room[entry:], rest[length+1:], left[1:]
	}
	return out[:cap(out)-len(room)], len(data) - len(rest), len(slots) - len(left)
}

// text puts the entry of the text that look begins with, and gives the lengths
// of both; none, as all of these, if the field is not of the quick kind.
func (s *slot) text(put *[quickRoom]byte, look *[lookahead]byte) (entry, length int) {
	length = s.asciiLength(look)
	if length < 0 {
		length = s.cleanLength(look)
	}
	if length <= 0 || look[0] == '"' || s.stop() == '\n' && bytes.IndexByte(look[:length], ',') >= 0 {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.head
	size, n := s.size, byte(length)
	put[1] = s.fixed + n
	put[size-3] = 2 + n
	put[size-1] = n
	value := (*[lookahead]byte)(put[size:])
	*(*[16]byte)(value[:]) = *(*[16]byte)(look[:])
	if length > 16 {
		*(*[16]byte)(value[16:]) = *(*[16]byte)(look[16:])
		if length > 32 {
			*(*[16]byte)(value[32:]) = *(*[16]byte)(look[32:])
			*(*[16]byte)(value[48:]) = *(*[16]byte)(look[48:])
		}
	}
	return int(size) + length, length
}

// asciiLength is where the field's stop is, or -1 if it is farther away or if
// anything but printable ASCII stands before it. It looks at eight bytes at a
// time, as plain does.
func (s *slot) asciiLength(look *[lookahead]byte) (length int) {
	const spaces = ones * ' '
	for ; length <= lookahead-8; length += 8 {
		w := binary.LittleEndian.Uint64(look[length:])
		odd := ((w-spaces)&^w | w) & highBits
		stop := w ^ s.stops
		ends := (stop - ones) &^ stop & highBits
		if ends != 0 {
			if odd&(ends-1)&^ends != 0 {
				return -1
			}
			return length + bits.TrailingZeros64(ends)>>3
		}
		if odd != 0 {
			return -1
		}
	}
	return -1
}

// cleanLength is asciiLength for a text in UTF-8.
func (s *slot) cleanLength(look *[lookahead]byte) (length int) {
	length, _ = plain(look[:])
	if length == 0 || length == lookahead || look[length] != s.stop() || look[length-1] == '\r' || !clean(look[:length]) {
		return -1
	}
	return length
}

// double puts a decimal number with up to seven digits on each side of a point.
// Places are masked with what they cannot exceed, so that they need no check.
func (s *slot) double(put *[quickRoom]byte, look *[lookahead]byte) (entry, length int) {
	whole, length := shortNumber(binary.LittleEndian.Uint64(look[:]))
	if length == 0 {
		return 0, 0
	}
	value := float64(whole)
	if look[length&7] == '.' {
		fraction, digits := shortNumber(binary.LittleEndian.Uint64(look[length&7+1:]))
		// Dividend and divisor are exact, so that the quotient is the float64
		// nearest to the number.
		power := powers[digits&7]
		value = (value*power + float64(fraction)) / power
		length += 1 + digits
		if digits == 0 {
			return 0, 0
		}
	}
	if look[length&15] != s.stop() {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.head
	size := s.size
	binary.LittleEndian.PutUint64(put[size:], math.Float64bits(value))
	return int(size) + doubleLength, length
}

// long puts an integer of up to seven digits.
func (s *slot) long(put *[quickRoom]byte, look *[lookahead]byte) (entry, length int) {
	value, length := shortNumber(binary.LittleEndian.Uint64(look[:]))
	if length == 0 || look[length&7] != s.stop() {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.head
	size := s.size
	n := binary.PutUvarint(put[size:], uint64(value))
	put[1] = s.fixed + byte(n)
	put[size-2] = 1 + byte(n)
	return int(size) + n, length
}

// shortNumber reads the digits that eight bytes begin with, and says how many
// they are; 0 if all of them are.
func shortNumber(text uint64) (number int64, digits int) {
	text ^= ones * '0'
	// What is no digit reaches its byte's high bit when 0x76 is added.
	others := (text | (text&^highBits + ones*0x76)) & highBits
	if others == 0 {
		return 0, 0
	}
	bit := bits.TrailingZeros64(others)   // 7 after a byte for each digit
	text = text << 1 << ((70 - bit) & 63) // with zeros in front
	text = (text*10 + text>>8) & 0x00ff00ff00ff00ff
	text = (text*100 + text>>16) & 0x0000ffff0000ffff
	return int64(uint32(text*10000 + text>>32)), bit >> 3
}

// instant puts a date and a time of day, on a day on which the clocks are not
// set.
func (e *Encoder) instant(s *slot, put *[quickRoom]byte, look *[lookahead]byte) (entry, length int) {
	d := e.calendar.date(look[:])
	ofDay, ok := parseClock(binary.LittleEndian.Uint64(look[dateLength+1:]))
	second := d.midnight + ofDay
	if !ok || !d.simple || look[dateLength] != ' ' || second < usualFrom || second >= usualTo || look[plainLength] != s.stop() {
		return 0, 0
	}
	if s.column.isTime {
		e.row.times = append(e.row.times, second)
	}
	*(*[headRoom]byte)(put[:]) = s.head
	size, n := s.size, uint64(second)
	value := (*[instantLength]byte)(put[size:])
	value[0], value[1], value[2], value[3], value[4] = byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14)|0x80, byte(n>>21)|0x80, byte(n>>28)
	return int(size) + instantLength, plainLength
}
