package csv

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/maphash"
)

// ErrTooManyKeys says that a window of a table with Table.Occurrence holds
// more different keys than [maxKeys]. Smaller windows are the way out.
var ErrTooManyKeys = errors.New("more different keys in one window than can be counted")

// maxKeys is how many different keys a window may have: they take 128 MB.
const maxKeys = 12_000_000

// occurrences counts equal keys within a window. A key is told by a hash of 64
// bits, in a table of open addresses that grows with them. That two of a million
// keys share one, so that one would be sent with the ordinal 1 in place of 0, has
// odds of one in 37 million.
type occurrences struct {
	limit int // of different keys
	seed  maphash.Seed
	seen  []uint64         // a power of two of places, at most three quarters in use; 0 is free
	used  int              // of seen
	more  map[uint64]int64 // how often a key has come that has come again
}

// Places for hashes: at first, and as many as are kept for the next window.
const (
	firstPlaces = 1 << 12
	keptPlaces  = 1 << 17
)

func newOccurrences() *occurrences {
	return &occurrences{limit: maxKeys, seed: maphash.MakeSeed(), seen: make([]uint64, firstPlaces), more: map[uint64]int64{}}
}

func (o *occurrences) reset() {
	switch {
	case len(o.seen) > keptPlaces:
		o.seen = make([]uint64, firstPlaces)
	case o.used > 0:
		clear(o.seen)
	}
	o.used = 0
	clear(o.more)
}

// next gives the ordinal of a row by the values of its key, as they are written:
// two texts that mean the same instant are the same key. A written value holds
// its column's name and its own length or end, so that no two keys look alike
// when put together.
func (o *occurrences) next(key []byte) (int64, error) {
	hash := max(maphash.Bytes(o.seed, key), 1)
	at := o.place(hash)
	switch {
	case o.seen[at] == hash:
		o.more[hash]++
		return o.more[hash], nil
	case o.used >= o.limit:
		return 0, ErrTooManyKeys
	}
	o.seen[at] = hash
	if o.used++; o.used > len(o.seen)/4*3 {
		o.grow()
	}
	return 0, nil
}

// place is where a hash is, or is to be put.
func (o *occurrences) place(hash uint64) uint64 {
	mask := uint64(len(o.seen) - 1)
	at := hash & mask
	for o.seen[at] != 0 && o.seen[at] != hash {
		at = (at + 1) & mask
	}
	return at
}

func (o *occurrences) grow() {
	old := o.seen
	o.seen = make([]uint64, 2*len(old))
	for _, hash := range old {
		if hash != 0 {
			o.seen[o.place(hash)] = hash
		}
	}
}

// madeKey appends a row id that is made of the texts of all fields of the row
// that data begins with, in the order of the request: the same row has the same
// id however often it is read. The error is errRagged if the row has another
// number of fields, or cannot be read, or not yet.
func (r *Reader) madeKey(out []byte, c int, data []byte, final bool) ([]byte, error) {
	clear(r.sums)
	_, count, err := r.eachField(data, final, func(i int, f field) {
		if i < len(r.fields) && r.fields[i] != Absent {
			text, _, _ := r.texts.of(f)
			r.sums[r.fields[i]] = sha256.Sum256(text)
		}
	})
	if err != nil || count != len(r.fields) {
		return out, errRagged
	}
	r.joined = r.joined[:0]
	for _, sum := range r.sums {
		r.joined = append(r.joined, sum[:]...)
	}
	sum := sha256.Sum256(r.joined)
	r.row.madeKey = true
	return r.appendMadeKey(out, c, sum[:16]), nil
}

// appendMadeKey appends a value made of a hash that no id of Intercom's has.
func (r *Reader) appendMadeKey(out []byte, column int, hash []byte) []byte {
	number := binary.BigEndian.Uint64(hash)
	switch r.columns[column].of.Kind {
	case Long: // below zero
		return r.to.Long(out, column, -1-int64(number>>1))
	case Double: // below zero, in digits that a float64 holds
		return r.to.Double(out, column, -1-float64(number>>12))
	case UTCDatetime: // in the first 900 years of our era
		return r.to.Instant(out, column, Instant{Second: minSecond + int64(number%(900*365*secondsPerDay))})
	}
	var text [4 + 32]byte
	copy(text[:], "row-")
	hex.Encode(text[4:], hash)
	return r.to.String(out, column, text[:])
}
