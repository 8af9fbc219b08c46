package wire

import (
	"bytes"
	"errors"
)

const (
	// maxField is the longest field that is taken, in bytes.
	maxField = 16 << 20
	// maxRow is the longest row.
	maxRow = 64 << 20
	// maxRecord is the longest record. A record may be several times as long as
	// its row, where texts are repaired or written as JSON, but a message must
	// stay below the 128 MB that Fivetran takes.
	maxRecord = 96 << 20
	// firstBit is how much of a block is added to a row that the block
	// before it began. Most rows are shorter.
	firstBit = 4 << 10
	// keptCarry is how large a carried row's room may be and be kept.
	keptCarry = 1 << 20
	// soon is how long a row that was cut may be and be looked at again as
	// soon as it may be whole, since the next block may be long in coming.
	soon = 64 << 10
)

// rows makes blocks a sequence of bytes that begins with a row. Most rows lie
// inside one block and stay there; only one that a block's end cuts is copied,
// into carry, where the next blocks complete it.
type rows struct {
	block  []byte
	used   int    // of block
	carry  []byte // rows that were passed, the beginning of one, and some of block
	passed int    // of carry
	want   int    // how much of a row there must be to be worth another look
	open   bool   // carry is what comes first
}

// reset forgets the last input.
func (r *rows) reset() {
	r.block, r.used = nil, 0
	r.drop()
}

// add takes a block, when the one before is used up.
func (r *rows) add(block []byte) { r.block, r.used = block, 0 }

// ahead gives the bytes that begin with the next row, or none if that takes
// another block, and whether they are the last of the input. With final,
// there is no other block.
func (r *rows) ahead(final bool) (data []byte, last bool) {
	if !r.open {
		return r.block[r.used:], final
	}
	// Of more than is wanted, later rows would be copied too.
	bit := min(max(r.want-(len(r.carry)-r.passed), 0), len(r.block)-r.used)
	more := r.block[r.used : r.used+bit]
	r.carry = append(r.carry, more...)
	r.used += bit
	data, last = r.carry[r.passed:], final && r.used == len(r.block)
	mayEnd := len(data) <= soon && bytes.IndexByte(more, '\n') >= 0
	if !mayEnd && !last && len(data) < r.want {
		return nil, false
	}
	return data, last
}

// pass goes past a row.
func (r *rows) pass(length int) {
	if !r.open {
		r.used += length
		return
	}
	r.passed += length
	r.want = 0
	beyond := len(r.carry) - r.passed
	if beyond > r.used {
		return // the next row begins in a block before this one
	}
	r.used -= beyond
	r.drop()
}

// drop goes on from carry to block.
func (r *rows) drop() {
	r.open = false
	if cap(r.carry) > keptCarry {
		r.carry = nil
	}
}

// cut says that what ahead gave ends before its row does. The row is looked at
// again when there is twice as much of it, so that it is looked at a few times
// however long it is; and when it is just past the limits.
func (r *rows) cut() {
	if r.open {
		r.carry = r.carry[:copy(r.carry, r.carry[r.passed:])]
	} else {
		r.carry = append(r.carry[:0], r.block[r.used:]...)
		r.used, r.open = len(r.block), true
	}
	r.passed = 0
	had := len(r.carry)
	r.want = had + max(had, firstBit)
	for _, limit := range [...]int{maxField + firstBit, maxRow + firstBit} {
		if had < limit {
			r.want = min(r.want, limit)
		}
	}
}

var (
	errFieldTooLong  = errors.New("longer than 16 MB")
	errRowTooLong    = errors.New("the row is longer than 64 MB")
	errRecordTooLong = errors.New("the row's record is longer than 96 MB")
)
