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
	// keptCarry is how large a carried row's room may be and be kept.
	keptCarry = 1 << 20
)

var (
	errFieldTooLong = errors.New("longer than 16 MB")
	errRowTooLong   = errors.New("the row is longer than 64 MB")
)

// rows cuts blocks into rows. Most rows lie inside one block and stay there;
// only one that a block's end cuts is copied, into carry, where the next block
// completes it.
type rows struct {
	scanner
	block []byte // what is left of the block
	carry []byte // the beginning of a row
	open  bool   // carry holds a row that is not whole
}

// reset forgets the last input.
func (r *rows) reset() {
	r.begin()
	r.block, r.open = nil, false
}

// next gives the next row with its newline, valid until the call after, and
// leaves its fields in the scanner. At the end of the block it gives nil; then
// block takes the next one. With final, the end of the block is the end of
// the input.
func (r *rows) next(final bool) (row []byte, err error) {
	if r.open {
		return r.complete(final)
	}
	if len(r.block) == 0 {
		return nil, nil
	}
	r.begin()
	length, whole, err := r.scan(r.block, final)
	switch {
	case whole:
		row, r.block = r.block[:length], r.block[length:]
		return row, r.checkLength(row)
	case err != nil:
		return nil, err
	}
	if err = r.checkOpen(r.block); err != nil {
		return nil, err
	}
	r.carry, r.block, r.open = append(r.carry[:0], r.block...), nil, true
	return nil, nil
}

// complete adds to the carried row what it lacks, a little more each time, so
// that no more is copied than needs to be.
func (r *rows) complete(final bool) (row []byte, err error) {
	for bit := firstBit; ; bit *= 2 {
		had := len(r.carry)
		bit = min(bit, len(r.block))
		r.carry = append(r.carry, r.block[:bit]...)
		length, whole, err := r.scan(r.carry, final && bit == len(r.block))
		if whole {
			row, r.block, r.open = r.carry[:length], r.block[length-had:], false
			if cap(r.carry) > keptCarry {
				r.carry = nil
			}
			return row, r.checkLength(row)
		}
		if err == nil {
			err = r.checkOpen(r.carry)
		}
		r.block = r.block[bit:]
		if err != nil || len(r.block) == 0 {
			return nil, err
		}
	}
}

// checkOpen holds a row that is not whole against the limits, before more of
// it is kept.
func (r *rows) checkOpen(row []byte) error {
	switch {
	case len(row)-r.start > maxField+len("\r\n"):
		return errFieldTooLong
	case len(row) > maxRow:
		return errRowTooLong
	}
	return nil
}

// checkLength holds a whole row against the limits.
func (r *rows) checkLength(row []byte) error {
	if len(row) <= maxField {
		return nil
	}
	for i, f := range r.fields[:min(r.count, len(r.fields))] {
		if f.end-f.start > maxField {
			r.count = i
			return errFieldTooLong
		}
	}
	if len(row) > maxRow {
		return errRowTooLong
	}
	return nil
}
