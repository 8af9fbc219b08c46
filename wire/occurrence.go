package wire

import "hash/maphash"

// maxKeys is how many different keys a window may have. At most 58 bytes each
// in a Go map, they stay below 64 MB.
const maxKeys = 1_100_000

// occurrences counts equal keys within a window. A key is told by 128 bits,
// two hashes with seeds of their own. That two of a million keys share them,
// so that one would be sent with the ordinal 1 in place of 0, has odds of one
// in 10^26.
type occurrences struct {
	limit int // of different keys
	seeds [2]maphash.Seed
	seen  map[[2]uint64]int64
}

func newOccurrences() *occurrences {
	return &occurrences{
		limit: maxKeys,
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		seen:  make(map[[2]uint64]int64),
	}
}

// reset begins another window.
func (o *occurrences) reset() {
	clear(o.seen)
}

// next gives the ordinal of a row by the entries of its key, as they are sent:
// two texts that mean the same instant are the same key. An entry says its own
// length, so that no two keys look alike when put together.
func (o *occurrences) next(key []byte) (int64, error) {
	hash := [2]uint64{maphash.Bytes(o.seeds[0], key), maphash.Bytes(o.seeds[1], key)}
	ordinal := o.seen[hash]
	if ordinal == 0 && len(o.seen) >= o.limit {
		return 0, ErrTooManyKeys
	}
	o.seen[hash] = ordinal + 1
	return ordinal, nil
}
