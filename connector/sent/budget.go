package sent

import (
	"math"
	"math/bits"
)

// Rows change mostly soon after they appear, so that a span has the more sums for
// each row the younger it is: a sum a row on the first days, fewer later.
var shares = []struct {
	days int64 // since the span's end, less than
	sums float64
}{
	{2, 1}, {8, 0.5}, {math.MaxInt64, 0.25},
}

// wanted is how many sums a line should have at that time, a power of two; scale
// is the part of it that there is room for.
func (s *span) wanted(now int64, scale float64) int {
	age := max(now-s.to, 0) / day
	for _, share := range shares {
		if age < share.days {
			width := int(float64(s.rows) * share.sums * scale / lines)
			return min(1<<bits.Len(uint(width)), mostWidth)
		}
	}
	return 1
}

// bytes is what a span takes as JSON: twelve bytes and eight a sum, in base 64.
func (s *span) bytes() int { return (12 + 8*len(s.sums)) * 4 / 3 }

// Fit folds sums until the memory takes so many bytes at the most.
func (m Memory) Fit(bytes int, now int64) {
	for scale := 1.0; m.Size().Bytes > bytes && scale > 1e-9; scale *= 0.84 {
		for _, t := range m {
			for i := range t.spans {
				s := &t.spans[i]
				s.sums = s.sums.folded(s.wanted(now, scale))
			}
		}
	}
}
