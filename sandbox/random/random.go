// Package random draws the sandbox's data from seeds: the same draw from the
// same place, always, so that no row needs those before it.
package random

import "math/bits"

// Source is a small deterministic generator (SplitMix64). Data is made by
// seeding one from the workspace's seed and a row's place, never by drawing
// from a shared stream, so that any row can be made without those before it.
type Source uint64

// At returns the generator of one place.
func (r Source) At(a, b uint64) Source {
	r ^= Source(a * 0x9e3779b97f4a7c15)
	r.Next()
	r ^= Source(b * 0xd1342543de82ef95)
	r.Next()
	return r
}

func (r *Source) Next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below returns a number in [0, n).
func (r *Source) Below(n int64) int64 {
	high, _ := bits.Mul64(r.Next(), uint64(n))
	return int64(high)
}

// Chance is true in permille of a thousand cases.
func (r *Source) Chance(permille int64) bool { return r.Below(1000) < permille }

// Unit returns a number in [0, 1).
func (r *Source) Unit() float64 { return float64(r.Next()>>11) / (1 << 53) }

// Skewed draws from [0, n), small numbers far more often than large ones.
func (r *Source) Skewed(n int64) int64 {
	u := r.Unit()
	return int64(u * u * u * float64(n))
}

// Weighted draws an index by shares of a hundred.
func (r *Source) Weighted(shares []int64) int {
	at := r.Below(100)
	for i, share := range shares {
		if at < share {
			return i
		}
		at -= share
	}
	return len(shares) - 1
}

// SaltOf makes a seed of a name: its FNV-1a hash.
func SaltOf(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}
