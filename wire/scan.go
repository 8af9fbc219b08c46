package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"
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
	fieldBegin              // a quote that begins a field was passed
	fieldEnd                // the comma was passed
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

// plain goes on through fields without quotes around them, to the row's end or
// to a field in quotes.
func (s *scanner) plain(data []byte, final bool) found {
	for {
		if s.marks == 0 && s.words(data) {
			return rowEnd
		}
		if at := s.bytes(data, final); at != fieldEnd {
			return at
		}
	}
}

// bytes goes on to the end of one field, byte by byte, or to its quote if it
// begins with one. It may come upon anything.
func (s *scanner) bytes(data []byte, final bool) found {
	for i, b := range data[s.pos:] {
		end := s.pos + i
		switch {
		case b == ',':
			s.add(end, end+1)
			return fieldEnd
		case b == '\n':
			s.add(trimCR(data, s.start, end), end+1)
			return rowEnd
		case b == '"' && end == s.start:
			s.start, s.pos, s.marks = end+1, end+1, quoted
			return fieldBegin
		case b == 0 || b >= utf8.RuneSelf:
			s.marks = strange
		}
	}
	s.pos = len(data)
	if !final {
		return cutOff
	}
	s.add(trimCR(data, s.start, s.pos), s.pos)
	return rowEnd
}

const (
	ones     = 0x0101010101010101
	highBits = ones << 7
	lowBits  = ones * 0x7f
	commas   = ones * ','
	newlines = ones * '\n'
	quotes   = ones * '"'
)

// words goes on through fields of plain characters, eight bytes at a time, and
// reports whether it came to the row's end. It stops before a word that holds a
// quote, a NUL or a byte beyond ASCII, and where fewer than eight bytes are
// left.
//
// Taken off by XOR, a character leaves zero where it is. Subtracting one from
// each byte then borrows from the high bits of the zeros; it may do so above a
// zero too, but never below the lowest. Adding 0x7f to the low seven bits tells
// exactly: the high bit stays clear in zeros alone.
func (s *scanner) words(data []byte) bool {
	start, pos, count, fields := s.start, s.pos, s.count, s.fields
	for pos+8 <= len(data) {
		w := binary.LittleEndian.Uint64(data[pos:])
		quote, newline, comma := w^quotes, w^newlines, w^commas
		if (w|(w-ones)&^w|(quote-ones)&^quote)&highBits != 0 {
			break
		}
		ends := ^(comma&lowBits + lowBits | comma) & highBits
		line := (newline - ones) &^ newline & highBits
		if line != 0 {
			ends &= line&-line - 1 // those before the newline
		}
		for ; ends != 0; ends &= ends - 1 {
			end := pos + bits.TrailingZeros64(ends)>>3
			if count < len(fields) {
				fields[count] = field{start: int32(start), end: int32(end)}
			}
			count++
			start = end + 1
		}
		if line != 0 {
			end := pos + bits.TrailingZeros64(line)>>3
			s.start, s.count = start, count
			s.add(trimCR(data, start, end), end+1)
			return true
		}
		pos += 8
	}
	s.start, s.pos, s.count = start, pos, count
	return false
}

// trimCR leaves out the CR of a CRLF.
func trimCR(data []byte, start, end int) int {
	if end > start && data[end-1] == '\r' {
		return end - 1
	}
	return end
}
