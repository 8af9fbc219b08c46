package wire

import "errors"

const (
	// maxField is the longest field that is taken, in bytes.
	maxField = 16 << 20
	// maxRow is the longest row. It keeps a message well below the 128 MB
	// that Fivetran takes.
	maxRow = 64 << 20
	// firstBit is how much of a block is added to a row that the block
	// before it began. Most rows are shorter.
	firstBit = 4 << 10
	// keptCarry is how large a carried row's room may be and be kept. One that
	// is no longer is looked at again with each block: it may be whole, and
	// the next block be long in coming.
	keptCarry = 1 << 20
)

// rows makes blocks a sequence of bytes that begins with a row. Most rows lie
// inside one block and stay there; only one that a block's end cuts is copied,
// into carry, where the next blocks complete it.
type rows struct {
	block []byte
	used  int    // of block
	carry []byte // the beginning of a row, and some of block
	want  int    // how long carry must be to be worth another look
	open  bool   // carry is what comes first
}

// reset forgets the last input.
func (r *rows) reset() {
	r.block, r.used, r.open = nil, 0, false
}

// add takes a block, when the one before is used up.
func (r *rows) add(block []byte) { r.block, r.used = block, 0 }

// ahead gives the bytes that the next row begins, or none if that takes
// another block, and whether they are the last of the input. With final,
// there is no other block.
func (r *rows) ahead(final bool) (data []byte, last bool) {
	if !r.open {
		return r.block[r.used:], final
	}
	bit := min(max(r.want-len(r.carry), 0), len(r.block)-r.used)
	r.carry = append(r.carry, r.block[r.used:r.used+bit]...)
	r.used += bit
	last = final && r.used == len(r.block)
	worth := len(r.carry) >= r.want || bit > 0 && len(r.carry) <= keptCarry
	if !worth && !last {
		return nil, false
	}
	return r.carry, last
}

// pass goes past a row.
func (r *rows) pass(length int) {
	if !r.open {
		r.used += length
		return
	}
	r.want = 0
	beyond := len(r.carry) - length
	if beyond > r.used {
		r.carry = r.carry[length:]
		return
	}
	r.used -= beyond // it lies in block too
	r.open = false
	if cap(r.carry) > keptCarry {
		r.carry = nil
	}
}

// cut says that what ahead gave ends before its row does. The row is looked at
// again when there is twice as much of it, so that it is looked at a few times
// however long it is; and when it is just past the limits.
func (r *rows) cut() {
	if !r.open {
		r.carry = append(r.carry[:0], r.block[r.used:]...)
		r.used, r.open = len(r.block), true
	}
	had := len(r.carry)
	r.want = had + max(had, firstBit)
	for _, limit := range [...]int{maxField + firstBit, maxRow + firstBit} {
		if had < limit {
			r.want = min(r.want, limit)
		}
	}
}

var (
	errFieldTooLong = errors.New("longer than 16 MB")
	errRowTooLong   = errors.New("the row is longer than 64 MB")
)
