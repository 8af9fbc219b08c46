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

// next gives the ordinal of a row by the values of its key, as they are written:
// two texts that mean the same instant are the same key. A written value holds
// its column's name and its own length or end, so that no two keys look alike
// when put together.
func (o *occurrences) next(key []byte) (int64, error) {
	hash := [2]uint64{maphash.Bytes(o.seeds[0], key), maphash.Bytes(o.seeds[1], key)}
	ordinal := o.seen[hash]
	if ordinal == 0 && len(o.seen) >= o.limit {
		return 0, ErrTooManyKeys
	}
	o.seen[hash] = ordinal + 1
	return ordinal, nil
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
