// Package blocks makes the blocks of a download a sequence of rows, however the ends of
// blocks cut them. It copies nothing but rows that are cut, and few bytes twice.
package blocks

import "bytes"

const (
	// MaxField is the longest field that is taken, in bytes.
	MaxField = 16 << 20
	MaxRow   = 64 << 20
	// firstBit is how much of a block is added to a row that the block
	// before it began. Most rows are shorter.
	firstBit = 4 << 10
	// keptCarry is how large a carried row's room may be and be kept.
	keptCarry = 1 << 20
	// soon is how long a row that was cut may be and be looked at again as
	// soon as it may be whole, since the next block may be long in coming.
	soon = 64 << 10
)

// Queue makes blocks a sequence of bytes that begins with a row. Most rows lie
// inside one block and stay there; only one that a block's end cuts is copied,
// into carry, where the next blocks complete it.
type Queue struct {
	block  []byte
	used   int    // of block
	carry  []byte // rows that were passed, the beginning of one, and some of block
	passed int    // of carry
	want   int    // how much of a row there must be to be worth another look
	open   bool   // carry is what comes first
}

// Reset forgets the last input.
func (b *Queue) Reset() {
	b.block, b.used = nil, 0
	b.drop()
}

// Add takes a block, when the one before is used up.
func (b *Queue) Add(block []byte) { b.block, b.used = block, 0 }

// Ahead gives the bytes that begin with the next row, or none if that takes
// another block, and whether they are the last of the input. With final,
// there is no other block.
func (b *Queue) Ahead(final bool) (data []byte, last bool) {
	if !b.open {
		return b.block[b.used:], final
	}
	// Of more than is wanted, later rows would be copied too.
	bit := min(max(b.want-(len(b.carry)-b.passed), 0), len(b.block)-b.used)
	more := b.block[b.used : b.used+bit]
	b.carry = append(b.carry, more...)
	b.used += bit
	data, last = b.carry[b.passed:], final && b.used == len(b.block)
	mayEnd := len(data) <= soon && bytes.IndexByte(more, '\n') >= 0
	if !mayEnd && !last && len(data) < b.want {
		return nil, false
	}
	return data, last
}

func (b *Queue) Pass(length int) {
	if !b.open {
		b.used += length
		return
	}
	b.passed += length
	b.want = 0
	beyond := len(b.carry) - b.passed
	if beyond > b.used {
		return // the next row begins in a block before this one
	}
	b.used -= beyond
	b.drop()
}

// drop goes on from carry to block.
func (b *Queue) drop() {
	b.open = false
	if cap(b.carry) > keptCarry {
		b.carry = nil
	}
}

// Cut says that what [Queue.Ahead] gave ends before its row does. The row is looked at
// again when there is twice as much of it, so that it is looked at a few times
// however long it is; and when it is just past the limits.
func (b *Queue) Cut() {
	if b.open {
		b.carry = b.carry[:copy(b.carry, b.carry[b.passed:])]
	} else {
		b.carry = append(b.carry[:0], b.block[b.used:]...)
		b.used, b.open = len(b.block), true
	}
	b.passed = 0
	had := len(b.carry)
	b.want = had + max(had, firstBit)
	for _, limit := range [...]int{MaxField + firstBit, MaxRow + firstBit} {
		if had < limit {
			b.want = min(b.want, limit)
		}
	}
}
