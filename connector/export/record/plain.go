package record

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"

	"intercom-connector/connector/export/csv"
)

// What is here makes entries of plain fields with few instructions. It looks at a
// fixed number of bytes, whatever follows the field included, and writes a fixed
// number, since a copy of constant size takes no call and no loop; what is written
// too much is written over next.

const (
	// plainRoom is more than what is written of an entry.
	plainRoom = 256
	// nullsRoom is how long nulls in a row may be and be copied so.
	nullsRoom = 64
)

// target is what is made of one field of the CSV. What most rows need of its
// column is copied, so that it lies in one place.
type target struct {
	entry prepared
	plain bool  // the column's entry is prepared
	null  int32 // where the column's null begins in records.nulls
	field csv.Target
}

// Plain appends the entries of the fields that data begins with, as far as they
// are plain, and says how many bytes and fields they are.
func (r *records) Plain(out, data []byte, field int) (_ []byte, read, fields int) {
	targets := r.targets[field:]
	room, rest, left := out[len(out):cap(out)], data, targets
	for len(left) > 1 && len(rest) >= csv.Lookahead && len(room) >= plainRoom {
		s, look, put := &left[0], (*[csv.Lookahead]byte)(rest), (*[plainRoom]byte)(room)
		if look[0] == ',' && s.field.Nulls > 0 {
			empty := s.field.Empty(look)
			size := int(left[empty].null - s.null)
			if size > len(room) {
				break
			}
			if nulls := r.nulls[s.null:]; size <= nullsRoom {
				*(*[nullsRoom]byte)(put[:]) = *(*[nullsRoom]byte)(nulls)
			} else {
				copy(room, nulls[:size])
			}
			room, rest, left = room[size:], rest[empty:], left[empty:]
			continue
		}
		if !s.plain {
			break
		}
		var entry, length int
		switch s.field.Kind {
		case csv.String:
			entry, length = s.text(put, look)
		case csv.Double:
			entry, length = s.double(put, look)
		case csv.UTCDatetime:
			entry, length = r.instant(s, put, look)
		case csv.Long:
			entry, length = s.long(put, look)
		}
		if length == 0 {
			break
		}
		room, rest, left = room[entry:], rest[length+1:], left[1:]
	}
	return out[:cap(out)-len(room)], len(data) - len(rest), len(targets) - len(left)
}

// text puts the entry of the text that look begins with, and gives the lengths
// of both; none, as all of these, if the field is not plain.
func (s *target) text(put *[plainRoom]byte, look *[csv.Lookahead]byte) (entry, length int) {
	word := binary.LittleEndian.Uint64(look[:])
	ends := s.field.Ends(word)
	var odd, seen uint64
	for ends == 0 {
		odd |= csv.Controls(word)
		seen |= word
		if length += 8; length == csv.Lookahead {
			return 0, 0
		}
		word = binary.LittleEndian.Uint64(look[length:])
		ends = s.field.Ends(word)
	}
	before := (ends - 1) &^ ends
	odd |= csv.Controls(word) & before
	seen |= word & before
	length += bits.TrailingZeros64(ends) >> 3
	if odd != 0 || length == 0 || look[0] == '"' || seen&csv.HighBits != 0 && !utf8.Valid(look[:length]) ||
		s.field.Newline() && bytes.IndexByte(look[:length], ',') >= 0 {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.entry.head
	size, n := s.entry.size, byte(length)
	put[1] = s.entry.fixed + n
	put[size-3] = 2 + n
	put[size-1] = n
	value := (*[csv.Lookahead]byte)(put[size:])
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

// powers of ten by which plain numbers are divided.
var powers = [8]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7}

// double puts a decimal number with up to seven digits on each side of a point.
// Places are masked with what they cannot exceed, so that they need no check.
func (s *target) double(put *[plainRoom]byte, look *[csv.Lookahead]byte) (entry, length int) {
	whole, length := csv.Digits(binary.LittleEndian.Uint64(look[:]))
	if length == 0 {
		return 0, 0
	}
	value := float64(whole)
	if look[length&7] == '.' {
		fraction, digits := csv.Digits(binary.LittleEndian.Uint64(look[length&7+1:]))
		// Dividend and divisor are exact, so that the quotient is the float64
		// nearest to the number.
		power := powers[digits&7]
		value = (value*power + float64(fraction)) / power
		length += 1 + digits
		if digits == 0 {
			return 0, 0
		}
	}
	if look[length&15] != s.field.Stop() {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.entry.head
	size := s.entry.size
	binary.LittleEndian.PutUint64(put[size:], math.Float64bits(value))
	return int(size) + doubleLength, length
}

// long puts an integer of up to seven digits.
func (s *target) long(put *[plainRoom]byte, look *[csv.Lookahead]byte) (entry, length int) {
	value, length := csv.Digits(binary.LittleEndian.Uint64(look[:]))
	if length == 0 || look[length&7] != s.field.Stop() {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.entry.head
	size := s.entry.size
	n := binary.PutUvarint(put[size:], uint64(value))
	put[1] = s.entry.fixed + byte(n)
	put[size-2] = 1 + byte(n)
	return int(size) + n, length
}

// instant puts a plain time of our days.
func (r *records) instant(s *target, put *[plainRoom]byte, look *[csv.Lookahead]byte) (entry, length int) {
	second, ok := r.reader.Time(&s.field, look)
	if !ok || second < usualFrom || second >= usualTo {
		return 0, 0
	}
	*(*[headRoom]byte)(put[:]) = s.entry.head
	size, n := s.entry.size, uint64(second)
	value := (*[instantLength]byte)(put[size:])
	value[0], value[1], value[2], value[3], value[4] = byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14)|0x80, byte(n>>21)|0x80, byte(n>>28)
	return int(size) + instantLength, csv.TimeLength
}
