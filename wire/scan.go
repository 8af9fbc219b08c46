package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
)

// field is where a field lies, counted from its row's start, without the
// quotes around it.
type field struct {
	start, end int32
	marks      marks
}

// marks say what a field needs before its bytes are its text.
type marks uint8

const (
	quoted  marks = 1 << iota // it stood in quotes
	doubled                   // it holds doubled quotes
	strange                   // it holds a NUL or a byte beyond ASCII
)

// What can be wrong with the quotes of the field that scanner.count names.
var (
	errAfterQuote   = errors.New("text after the closing quote")
	errUnterminated = errors.New("the input ends inside quotes")
)

// scanner finds the fields of a row in one pass. A row that is cut off is
// taken up where it was left, however often.
//
// The CSV is that of RFC 4180: fields between commas, rows ended by LF or
// CRLF, and fields in quotes that may hold commas, newlines and, doubled,
// quotes. What the standard leaves open: a quote inside a field that does not
// begin with one stands for itself; text after a closing quote is an error; a
// CR belongs to its field except before the LF that ends a row and at the end
// of the input.
type scanner struct {
	fields []field // of the row; more than it has room for are only counted
	count  int     // the fields that are whole
	start  int     // of the field that is not
	marks  marks   // of the field that is not
	pos    int     // how far the row was looked at
}

// begin makes the scanner ready for another row.
func (s *scanner) begin() {
	s.count, s.start, s.marks, s.pos = 0, 0, 0, 0
}

// found says why a part of the scanner stopped.
type found uint8

const (
	cutOff    found = iota // no more data
	openQuote              // a field begins with a quote
	fieldEnd               // and a comma was passed
	rowEnd                 // and the newline was passed
)

// scan reports the length of the row that data begins with, newline included,
// or whole false if data ends before it does: then scan wants the same bytes
// and more. With final, the end of data ends the row.
func (s *scanner) scan(data []byte, final bool) (length int, whole bool, err error) {
	for {
		var at found
		if s.marks&quoted != 0 {
			at, err = s.inQuotes(data, final)
		} else {
			at = s.plain(data, final)
		}
		switch {
		case err != nil || at == cutOff:
			return 0, false, err
		case at == rowEnd:
			return s.pos, true, nil
		}
	}
}

// add ends the field that is not whole, and begins the next.
func (s *scanner) add(end, next int) {
	if s.count < len(s.fields) {
		s.fields[s.count] = field{start: int32(s.start), end: int32(end), marks: s.marks}
	}
	s.count++
	s.start, s.pos, s.marks = next, next, 0
}

// inQuotes goes on from inside quotes to the end of the field.
func (s *scanner) inQuotes(data []byte, final bool) (found, error) {
	for {
		i := bytes.IndexByte(data[s.pos:], '"')
		if i < 0 {
			s.pos = len(data)
			if final {
				return cutOff, errUnterminated
			}
			return cutOff, nil
		}
		quote := s.pos + i
		// What follows decides. If it is yet to come, the quote is looked at
		// again.
		switch after := data[quote+1:]; {
		case len(after) > 0 && after[0] == '"':
			s.marks |= doubled
			s.pos = quote + 2
			continue
		case len(after) > 0 && after[0] == ',':
			s.add(quote, quote+2)
			return fieldEnd, nil
		case len(after) > 0 && after[0] == '\n':
			s.add(quote, quote+2)
			return rowEnd, nil
		case len(after) > 1 && after[0] == '\r' && after[1] == '\n':
			s.add(quote, quote+3)
			return rowEnd, nil
		case len(after) == 0 || len(after) == 1 && after[0] == '\r':
			if final {
				s.add(quote, len(data))
				return rowEnd, nil
			}
			s.pos = quote
			return cutOff, nil
		}
		return cutOff, errAfterQuote
	}
}

const (
	ones     = 0x0101010101010101
	highBits = 0x8080808080808080
	commas   = ones * ','
	newlines = ones * '\n'
)

// plain goes on through fields without quotes around them, eight bytes at a
// time. Subtracting one from a byte borrows into its high bit where the byte
// is zero, which shows where a comma, a newline or a NUL is. The borrow may
// show a false one above a true one, so only the lowest is believed.
func (s *scanner) plain(data []byte, final bool) found {
	start, pos, count := s.start, s.pos, s.count
	odd := uint64(s.marks)
	for {
		var w uint64
		switch {
		case pos+8 <= len(data):
			w = binary.LittleEndian.Uint64(data[pos:])
		case pos < len(data):
			w = lastWord(data[pos:])
		default:
			s.start, s.pos, s.count, s.marks = start, pos, count, 0
			if odd != 0 {
				s.marks = strange
			}
			if !final {
				return cutOff
			}
			s.add(trimCR(data, start, pos), pos)
			return rowEnd
		}
		if pos == start && byte(w) == '"' {
			s.start, s.pos, s.count, s.marks = start+1, pos+1, count, quoted
			return openQuote
		}
		comma, newline := w^commas, w^newlines
		hits := ((comma-ones)&^comma | (newline-ones)&^newline) & highBits
		odds := (w | (w-ones)&^w) & highBits
		if hits == 0 {
			odd |= odds
			pos = min(pos+8, len(data))
			continue
		}
		lowest := hits & -hits
		odd |= odds & (lowest - 1)
		pos += bits.TrailingZeros64(lowest) >> 3
		f := field{start: int32(start), end: int32(pos)}
		if odd != 0 {
			f.marks = strange
		}
		if data[pos] == '\n' {
			f.end = int32(trimCR(data, start, pos))
			if count < len(s.fields) {
				s.fields[count] = f
			}
			s.start, s.pos, s.count, s.marks = pos+1, pos+1, count+1, 0
			return rowEnd
		}
		if count < len(s.fields) {
			s.fields[count] = f
		}
		count++
		pos++
		start, odd = pos, 0
	}
}

// lastWord is the word of fewer than eight bytes, filled up with letters.
func lastWord(tail []byte) uint64 {
	word := [8]byte{'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'}
	copy(word[:], tail)
	return binary.LittleEndian.Uint64(word[:])
}

// trimCR leaves out the CR of a CRLF.
func trimCR(data []byte, start, end int) int {
	if end > start && data[end-1] == '\r' {
		return end - 1
	}
	return end
}
