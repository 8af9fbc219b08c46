package csv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"
)

// The CSV is that of RFC 4180: fields between commas, rows ended by LF or
// CRLF, and fields in quotes that may hold commas, newlines and, doubled,
// quotes. What the standard leaves open: a quote inside a field that does not
// begin with one stands for itself; text after a closing quote is an error; a
// CR belongs to its field except before the LF that ends a row and at the end
// of the input.

// field is a field where it lies in its row.
type field struct {
	text  []byte // without the quotes around it
	marks marks
	next  int  // where the next field begins, or the next row
	last  bool // of its row
}

// marks say what a field needs before its bytes are its text.
type marks uint8

const (
	strange marks = 1 << iota // it may hold a NUL or a byte beyond ASCII
	doubled                   // it holds doubled quotes; it is strange too
)

// What can be wrong with quotes.
var (
	errAfterQuote   = errors.New("text after the closing quote")
	errUnterminated = errors.New("the input ends inside quotes")
)

// scan finds the field that data begins with, or reports whole false if data
// ends before it does: then scan wants the same bytes and more. With final,
// the end of data ends the field.
func scan(data []byte, final bool) (f field, whole bool, err error) {
	if len(data) > 0 && data[0] == '"' {
		return scanQuoted(data, final)
	}
	end, odd := plain(data)
	if odd {
		f.marks = strange
	}
	f.text = data[:end]
	switch {
	case end < len(data) && data[end] == ',':
		f.next = end + 1
		return f, true, nil
	case end < len(data):
		f.next = end + 1
	case final:
		f.next = end
	default:
		return f, false, nil
	}
	f.last = true
	if end > 0 && data[end-1] == '\r' {
		f.text = data[:end-1]
	}
	return f, true, nil
}

// scanQuoted is scan for a field that begins with a quote.
func scanQuoted(data []byte, final bool) (f field, whole bool, err error) {
	f.marks = strange // the bytes inside are not looked at
	for at := 1; ; {
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 {
			if final {
				err = errUnterminated
			}
			return f, false, err
		}
		quote := at + i
		f.text, f.next, f.last = data[1:quote], quote+2, true
		// What follows decides.
		switch after := data[quote+1:]; {
		case len(after) > 0 && after[0] == '"':
			f.marks |= doubled
			at = quote + 2
		case len(after) > 0 && after[0] == ',':
			f.last = false
			return f, true, nil
		case len(after) > 0 && after[0] == '\n':
			return f, true, nil
		case len(after) > 1 && after[0] == '\r' && after[1] == '\n':
			f.next++
			return f, true, nil
		case len(after) == 0 || len(after) == 1 && after[0] == '\r':
			f.next = len(data)
			return f, final, nil
		default:
			return f, false, errAfterQuote
		}
	}
}

const (
	ones     = 0x0101010101010101
	highBits = ones << 7
	commas   = ones * ','
	newlines = ones * '\n'
)

// plain gives the place of the first comma or newline, or the length of data,
// and whether a NUL or a byte beyond ASCII stands before it. It looks at eight
// bytes at a time.
func plain(data []byte) (end int, odd bool) {
	var seen uint64 // high bits where a byte was odd
	for ; len(data)-end >= 8; end += 8 {
		w := binary.LittleEndian.Uint64(data[end:])
		strange := w | (w-ones)&^w
		if ends := endsIn(w); ends != 0 {
			seen |= strange & (ends - 1) &^ ends
			return end + bits.TrailingZeros64(ends)>>3, seen&highBits != 0
		}
		seen |= strange
	}
	odd = seen&highBits != 0
	for ; end < len(data); end++ {
		switch b := data[end]; {
		case b == ',' || b == '\n':
			return end, odd
		case b == 0 || b >= utf8.RuneSelf:
			odd = true
		}
	}
	return end, odd
}

// endsIn gives eight bytes with a high bit set where the first comma or newline
// is, and none below it.
//
// Taken off by XOR, a character leaves zero where it is. Subtracting one from
// each byte then borrows from the high bits of the zeros; it may do so above a
// zero too, but never below the lowest.
func endsIn(w uint64) uint64 {
	comma, newline := w^commas, w^newlines
	return ((comma-ones)&^comma | (newline-ones)&^newline) & highBits
}
