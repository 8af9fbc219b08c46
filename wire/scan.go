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
	cutOff     found = iota // no more data
	fieldBegin              // a field ended or its quote was passed
	rowEnd                  // the newline was passed
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
			return fieldBegin, nil
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
	highBits = ones << 7
	lowBits  = ones * 0x7f
	commas   = ones * ','
	newlines = ones * '\n'
)

// plain goes on through fields without quotes around them, eight bytes at a
// time. A byte of w with the comma (or newline) taken off by XOR is zero where
// there is one. Adding 0x7f to its low seven bits reaches the high bit unless
// those are zero, so the bytes whose high bit is clear in the sum and in the
// byte itself are the hits.
func (s *scanner) plain(data []byte, final bool) found {
	start, pos, count := s.start, s.pos, s.count
	odd := uint64(s.marks)
	if pos == start && pos < len(data) && data[pos] == '"' {
		return s.openQuote(start, count)
	}
	for {
		var w uint64
		switch {
		case pos+8 <= len(data):
			w = binary.LittleEndian.Uint64(data[pos:])
		case pos < len(data):
			w = lastWord(data[pos:])
		default:
			return s.endOfData(data, start, count, odd, final)
		}
		comma, newline := w^commas, w^newlines
		hits := ^((comma&lowBits + lowBits | comma) & (newline&lowBits + lowBits | newline)) & highBits
		// NULs and bytes beyond ASCII; above a NUL there may be false ones.
		odds := (w | (w-ones)&^w) & highBits
		for hits != 0 {
			below := hits&-hits - 1
			end := pos + bits.TrailingZeros64(hits)>>3
			hits &= hits - 1
			odd |= odds & below
			odds &^= below
			f := field{start: int32(start), end: int32(end)}
			if odd != 0 {
				f.marks = strange
			}
			if data[end] == '\n' {
				f.end = int32(trimCR(data, start, end))
			}
			if count < len(s.fields) {
				s.fields[count] = f
			}
			count++
			start, odd = end+1, 0
			if data[end] == '\n' {
				s.start, s.pos, s.count, s.marks = start, start, count, 0
				return rowEnd
			}
			if start < len(data) && data[start] == '"' {
				return s.openQuote(start, count)
			}
		}
		odd |= odds
		pos = min(pos+8, len(data))
	}
}

// openQuote begins a field in quotes.
func (s *scanner) openQuote(quote, count int) found {
	s.start, s.pos, s.count, s.marks = quote+1, quote+1, count, quoted
	return fieldBegin
}

// endOfData keeps where plain was when the data ended, or ends the row there.
func (s *scanner) endOfData(data []byte, start, count int, odd uint64, final bool) found {
	s.start, s.pos, s.count, s.marks = start, len(data), count, 0
	if odd != 0 {
		s.marks = strange
	}
	if !final {
		return cutOff
	}
	s.add(trimCR(data, start, len(data)), len(data))
	return rowEnd
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
