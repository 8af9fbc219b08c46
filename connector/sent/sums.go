package sent

import "slices"

// lines is how many sums a row adds to.
const lines = 4

// mostWidth is how many sums a line has at the most: the hash of a key gives 16
// bits to each line.
const mostWidth = 1 << 16

// sums are those of the rows of a span: lines of equally many, a power of two,
// one after another. Where each line has one they are the same, and only the first
// is kept.
type sums []uint64

func newSums(width int) sums {
	if width == 1 {
		return make(sums, 1)
	}
	return make(sums, lines*width)
}

// width is how many sums a line has.
func (s sums) width() int { return max(len(s)/lines, 1) }

func (s sums) add(key, hash uint64) {
	if len(s) == 1 {
		s[0] += hash
		return
	}
	width := len(s) / lines
	for line := range lines {
		s[line*width+int(key)&(width-1)] += hash
		key >>= 16
	}
}

// every says whether it holds of all the sums that a key adds to.
func (s sums) every(key uint64, holds func(place int) bool) bool {
	if len(s) == 1 {
		return holds(0)
	}
	width := len(s) / lines
	for line := range lines {
		if !holds(line*width + int(key)&(width-1)) {
			return false
		}
		key >>= 16
	}
	return true
}

// folded are the sums of the same rows in lines of that width, which is no more
// than theirs.
func (s sums) folded(width int) sums {
	for s.width() > width {
		half := s.width() / 2
		next := newSums(half)
		for line := range len(next) / half {
			for i := range half {
				next[line*half+i] = s[2*line*half+i] + s[(2*line+1)*half+i]
			}
		}
		s = next
	}
	return s
}

// equal says whether two sums of one width are the same.
func (s sums) equal(other sums) bool { return slices.Equal(s, other) }
