package csv

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
)

// maxTold is how many different row ids of a window are held to find those that come
// twice. A table with all ids of a large export lies outside the processor's caches,
// and looking into it takes 20 ns a row; what is done here takes 2 to 10, where the
// encoding of 20 columns takes 300. Of a window with more ids a sample is looked at,
// told by the hashes: an id that comes twice is in it both times or neither, so that
// an Intercom that sends rows twice is seen wherever it begins to.
const maxTold = 1 << 13

// rowIDs tells which row ids of a window have come before, by hashes of 64 bits in
// a table of open addresses. That two share a hash, so that one is counted that came
// once, has odds of one in 200 billion in a window of 8,192 ids, and of one in two
// billion in one of a million.
type rowIDs struct {
	seed   maphash.Seed
	salt   uint64
	limit  int
	seen   [2 * maxTold]uint64 // at most half of it in use; 0 is free
	used   int
	sample uint64 // the highest hash that is looked at
}

func newRowIDs() *rowIDs {
	seed := maphash.MakeSeed()
	return &rowIDs{seed: seed, salt: maphash.Bytes(seed, nil), limit: maxTold, sample: math.MaxUint64}
}

// reset begins another window.
func (s *rowIDs) reset() {
	if s.used > 0 {
		clear(s.seen[:])
		s.used = 0
	}
	s.sample = math.MaxUint64
}

// shortID is how long an id is at most that is hashed as two words.
const shortID = 16

func (s *rowIDs) hash(id []byte) uint64 {
	if len(id) > shortID {
		return maphash.Bytes(s.seed, id)
	}
	var words [shortID]byte
	copy(words[:], id)
	return s.hashWords(binary.LittleEndian.Uint64(words[:]), binary.LittleEndian.Uint64(words[8:]))
}

// hashWords is the hash of a short id, in two words filled up with zeros.
func (s *rowIDs) hashWords(first, second uint64) uint64 {
	high, low := bits.Mul64(first^s.salt, 0x9e3779b97f4a7c15)
	high, low = bits.Mul64(high^low^second, 0xd6e8feb86659fd93)
	return high ^ low
}

// hashField is the hash of the id that data begins with and a comma ends: most are
// short, and take no call and no loop.
func (s *rowIDs) hashField(data []byte) uint64 {
	if len(data) >= shortID {
		first, second := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])
		if end := commaIn(first); end != 0 {
			return s.hashWords(first&(end>>7-1), 0)
		} else if end = commaIn(second); end != 0 {
			return s.hashWords(first, second&(end>>7-1))
		}
	}
	return s.hash(data[:bytes.IndexByte(data, ',')])
}

// commaIn has the lowest of its bits, a byte's high bit, where the first comma of
// eight bytes is; it is 0 if there is none.
func commaIn(word uint64) uint64 {
	word ^= commas
	found := (word - ones) &^ word & highBits
	return found & -found
}

// shrink makes the sample an eighth of what it was, which costs less than a half: of
// which rows are in it the processor then guesses right more often.
func (s *rowIDs) shrink() {
	held := make([]uint64, 0, s.limit)
	for _, hash := range s.seen {
		if hash != 0 {
			held = append(held, hash)
		}
	}
	for s.used >= s.limit {
		clear(s.seen[:])
		s.used, s.sample = 0, s.sample>>3
		for _, hash := range held {
			if hash <= s.sample {
				s.add(hash)
			}
		}
	}
}

// add holds the hash of an id, which is never 0, and says whether one of that hash
// has come before. There must be room.
func (s *rowIDs) add(hash uint64) (before bool) {
	mask := uint64(len(s.seen) - 1)
	at := hash >> 1 & mask
	for ; s.seen[at] != 0; at = (at + 1) & mask {
		if s.seen[at] == hash {
			return true
		}
	}
	s.seen[at] = hash
	s.used++
	return false
}

// tell counts the row that data begins with if its id has come before in the
// window: the id as it was read, or where the encoding alone has read it, which is
// the first field, as it lies there.
func (r *Reader) tell(data []byte) {
	if r.row.madeKey {
		return
	}
	s := r.rowIDs
	var hash uint64
	if len(r.row.key) > 0 {
		hash = s.hash(r.row.key)
	} else {
		hash = s.hashField(data)
	}
	if hash |= 1; hash > s.sample {
		r.stats.Untold++
		return
	}
	if s.add(hash) {
		if r.stats.Twice++; r.stats.Twice == 1 {
			r.stats.FirstTwice = r.stats.Rows + 1
		}
	} else if s.used == s.limit {
		s.shrink()
	}
}
