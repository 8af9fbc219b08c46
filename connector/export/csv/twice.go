package csv

import (
	"bytes"
	"hash/maphash"
)

// maxTold is how many different row ids of a window are looked at for ones that
// come twice, so that a table's reader keeps 4 MB at most for it.
const maxTold = 1 << 18

// rowIDs tells which row ids of a window have come before, by hashes of 64 bits in
// a table of open addresses. That two of the most there may be share a hash, so
// that one is counted that came once, has odds of one in 500 million.
type rowIDs struct {
	seed  maphash.Seed
	limit int
	seen  []uint64 // a power of two, at most half of it in use; 0 is free
	used  int
}

func newRowIDs() *rowIDs {
	return &rowIDs{seed: maphash.MakeSeed(), limit: maxTold, seen: make([]uint64, 1<<10)}
}

// reset begins another window.
func (s *rowIDs) reset() {
	if s.used > 0 {
		clear(s.seen)
		s.used = 0
	}
}

// add says whether a row id has come before; told is false where that is not
// known, since there are too many.
func (s *rowIDs) add(id []byte) (before, told bool) {
	hash := maphash.Bytes(s.seed, id) | 1
	mask := uint64(len(s.seen) - 1)
	for at := hash >> 1 & mask; ; at = (at + 1) & mask {
		switch s.seen[at] {
		case hash:
			return true, true
		case 0:
			if s.used == s.limit {
				return false, false
			}
			s.seen[at] = hash
			if s.used++; 2*s.used > len(s.seen) {
				s.grow()
			}
			return false, true
		}
	}
}

func (s *rowIDs) grow() {
	before := s.seen
	s.seen = make([]uint64, 2*len(before))
	mask := uint64(len(s.seen) - 1)
	for _, hash := range before {
		if hash == 0 {
			continue
		}
		at := hash >> 1 & mask
		for s.seen[at] != 0 {
			at = (at + 1) & mask
		}
		s.seen[at] = hash
	}
}

// tell counts the row that data begins with if its row id has come before in the
// window.
func (r *Reader) tell(data []byte) {
	if r.row.madeKey {
		return
	}
	before, told := r.rowIDs.add(r.rowID(data))
	switch {
	case before:
		if r.stats.Twice++; r.stats.Twice == 1 {
			r.stats.FirstTwice = r.stats.Rows + 1
		}
	case !told:
		r.stats.Untold++
	}
}

// rowID is the row id of the row that data begins with: as it was read, or where
// the encoding alone has read it, which is the first field, as it lies there.
func (r *Reader) rowID(data []byte) []byte {
	if len(r.row.key) > 0 {
		return r.row.key
	}
	return data[:bytes.IndexByte(data, ',')]
}
