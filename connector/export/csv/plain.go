package csv

import (
	"encoding/binary"
	"math/bits"
)

// Most fields are plain: shorter than Lookahead, not in quotes, and what their
// column takes in its plainest form. Here is what an encoding reads them with. It
// looks at a fixed number of bytes, whatever follows the field included, so that
// nearly nothing takes a call or a loop. What it finds not to be plain it leaves
// to the Reader, which reads all forms.

// Lookahead is how many bytes are looked at.
const Lookahead = 64

// Slot is what is made of one field of the CSV.
type Slot struct {
	// Column is the field's in Table.Columns, or Absent if none wants it.
	Column int
	Kind   Kind // of the column
	// Plain says that the column may be written by an encoding alone.
	Plain bool
	// Nulls is how many fields from here on become nulls when empty, and nothing
	// else is made of them.
	Nulls int

	stops  uint64 // what ends the field, a comma or the row's newline, in each byte
	isTime bool   // the export selects by it
}

// Stop is what ends the field.
func (s *Slot) Stop() byte { return byte(s.stops) }

// Empty is how many fields look begins with that are empty and become nulls.
func (s *Slot) Empty(look *[Lookahead]byte) int {
	if look[0] != ',' || s.Nulls == 0 {
		return 0
	}
	return min(bits.TrailingZeros64(binary.LittleEndian.Uint64(look[:])^commas)>>3, s.Nulls)
}

// Printable is where the field's stop is, or -1 if it is farther away or if
// anything but printable ASCII stands before it. It looks at eight bytes at a
// time, as plain does.
func (s *Slot) Printable(look *[Lookahead]byte) (length int) {
	const spaces = ones * ' '
	for ; length <= Lookahead-8; length += 8 {
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

// Clean is Printable for a text in UTF-8 without NULs.
func (s *Slot) Clean(look *[Lookahead]byte) (length int) {
	length, _ = plain(look[:])
	if length == 0 || length == Lookahead || look[length] != s.Stop() || look[length-1] == '\r' || !clean(look[:length]) {
		return -1
	}
	return length
}

// Newline reports whether the field is its row's last.
func (s *Slot) Newline() bool { return s.Stop() == '\n' }

// Digits reads the digits that eight bytes begin with, and says how many they
// are; 0 if all of them are.
func Digits(text uint64) (number int64, digits int) {
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

// TimeLength is the length of a plain time.
const TimeLength = plainLength

// Time reads a plain time, and notes it if the export selects by it.
func (r *Reader) Time(s *Slot, look *[Lookahead]byte) (second int64, ok bool) {
	second, ok = r.calendar.plain(look)
	if !ok || look[TimeLength] != s.Stop() {
		return 0, false
	}
	if s.isTime {
		r.row.Second, r.row.Timed = second, true
	}
	return second, true
}
