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

// Target is what is made of one field of the CSV.
type Target struct {
	stops uint64 // what ends the field, a comma or the row's newline, in each byte
	// Column is the field's in Table.Columns, or Absent if none wants it.
	Column int32
	// Nulls is how many fields from here on become nulls when empty, and nothing
	// else is made of them.
	Nulls int32
	Kind  Kind // of the column
	// Plain says that the column may be written by an encoding alone.
	Plain  bool
	isTime bool // the export selects by it
}

// arrange makes a target for each column of the CSV, and one more.
func (r *Reader) arrange(fields []int) {
	r.fields = fields
	r.targets = make([]Target, len(fields)+1)
	for i := range r.targets {
		r.targets[i] = Target{Column: Absent, stops: commas}
	}
	for i, field := range fields {
		for c := range r.columns {
			if column := &r.columns[c]; field != Absent && column.of.Field == field {
				looked := column.tells && r.table.Deleted.IDs.Len() > 0 // for what was deleted
				r.targets[i].Column, r.targets[i].Kind = int32(c), column.of.Kind
				r.targets[i].Plain = !column.counted && !column.of.Filled && !looked && (!column.rowID || r.plainID(column, i))
				r.targets[i].isTime = column.isTime
			}
		}
	}
	last := len(fields) - 1
	r.targets[last].stops = newlines
	for i := last - 1; i >= 0; i-- { // the last field ends at no comma
		if c := r.targets[i].Column; c == Absent || !r.columns[c].of.Key {
			r.targets[i].Nulls = r.targets[i+1].Nulls + 1
		}
	}
	r.to.Arrange(r.targets)
}

// plainID says whether a row id may be read by the encoding alone: as the first
// of several fields it is found again where it lies, and a text is the same id
// only if it is the same text.
func (r *Reader) plainID(c *column, field int) bool {
	return field == 0 && len(r.fields) > 1 && c.of.Kind == String
}

// Stop is what ends the field.
func (s *Target) Stop() byte { return byte(s.stops) }

// Empty is how many of the fields that look begins with are empty and become
// nulls; the first is.
func (s *Target) Empty(look *[Lookahead]byte) int {
	return min(bits.TrailingZeros64(binary.LittleEndian.Uint64(look[:])^commas)>>3, int(s.Nulls))
}

// Ends gives eight bytes with a high bit set where the field's stop first is, and
// none below it.
func (s *Target) Ends(word uint64) uint64 {
	stop := word ^ s.stops
	return (stop - ones) &^ stop & HighBits
}

// Controls gives eight bytes with a high bit set for each control character.
func Controls(word uint64) uint64 {
	return ^((word | HighBits) - ones*' ' | word) & HighBits
}

// Escaped gives eight bytes with a high bit set for the first character that JSON
// strings do not hold as it is, and none below it.
func Escaped(word uint64) uint64 {
	quote, backslash := word^ones*'"', word^ones*'\\'
	return Controls(word) | ((quote-ones)&^quote|(backslash-ones)&^backslash)&HighBits
}

// HighBits is the high bit of each of eight bytes: what only characters beyond
// ASCII have.
const HighBits = highBits

// Newline reports whether the field is its row's last.
func (s *Target) Newline() bool { return s.Stop() == '\n' }

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

// Time reads a date and a time of day on a day on which the clocks are not set,
// the form that nearly all times have, and notes it if the export selects by it.
func (r *Reader) Time(s *Target, look *[Lookahead]byte) (second int64, ok bool) {
	text0, text1 := binary.LittleEndian.Uint64(look[:]), binary.LittleEndian.Uint16(look[8:])
	d := r.calendar.place(text0, text1)
	if d.text0 != text0 || d.text1 != text1 {
		*d = r.calendar.newDate(look[:])
	}
	ofDay, ok := parseClock(binary.LittleEndian.Uint64(look[dateLength+1:]))
	if !ok || !d.simple || look[dateLength] != ' ' || look[TimeLength] != s.Stop() {
		return 0, false
	}
	second = d.midnight + ofDay
	if s.isTime {
		r.row.Second, r.row.Timed = second, true
	}
	return second, true
}
