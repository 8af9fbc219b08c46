package sandbox

import "math/bits"

// random is a small deterministic generator (SplitMix64). Data is made by
// seeding one from the workspace's seed and a row's place, never by drawing
// from a shared stream, so that any row can be made without those before it.
type random uint64

// at returns the generator of one place.
func (r random) at(a, b uint64) random {
	r ^= random(a * 0x9e3779b97f4a7c15)
	r.next()
	r ^= random(b * 0xd1342543de82ef95)
	r.next()
	return r
}

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n).
func (r *random) below(n int64) int64 {
	high, _ := bits.Mul64(r.next(), uint64(n))
	return int64(high)
}

// chance is true in permille of a thousand cases.
func (r *random) chance(permille int64) bool { return r.below(1000) < permille }

// unit returns a number in [0, 1).
func (r *random) unit() float64 { return float64(r.next()>>11) / (1 << 53) }
