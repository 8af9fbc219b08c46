package wire

import (
	"math"
	"time"
)

// Stats is what an encoding came to, as far as it came.
type Stats struct {
	Rows    int64 // rows that became records
	Bytes   int64 // of CSV
	Batches int64 // given to send
	// Repaired and NULs count the fields with invalid UTF-8 and those with
	// NULs, both sent without.
	Repaired, NULs int64
	// Unparsed counts, for each of Table.Columns, the values sent as null
	// whose text is in UnparsedColumn. In key columns that are no strings,
	// which cannot be null, it also counts the fields without a value.
	Unparsed []int64
	// Outside counts the rows whose time is more than a second outside the
	// window. OutsideOffset is the shift, in quarters of an hour up to 14
	// hours, that would bring the most of them inside when added to their
	// times, and the smallest such; 0 if none brings half of them.
	Outside       int64
	OutsideOffset time.Duration
	// FirstTime and LastTime span the rows' times, in UTC to the second; zero
	// if no row had one.
	FirstTime, LastTime time.Time
}

const (
	shiftStep = 15 * 60               // seconds
	maxShift  = 14 * 3600 / shiftStep // steps
)

// span holds rows' times against their window. All times are seconds of the
// Unix epoch.
type span struct {
	start, end  int64 // of the window, a second wider on both sides
	first, last int64
	outside     int64
	// shifts counts, as differences, the rows that each shift from -maxShift
	// to maxShift would bring inside.
	shifts [2*maxShift + 2]int64
}

// newSpan begins a window.
func newSpan(w Window) span {
	s := span{start: math.MinInt64, end: math.MaxInt64, first: math.MaxInt64, last: math.MinInt64}
	if !w.Start.IsZero() || !w.End.IsZero() {
		s.start, s.end = w.Start.Unix()-1, w.End.Unix()+1
	}
	return s
}

// choose gives the second that an instant stands for: of two, the one inside
// the window.
func (s *span) choose(t instant) int64 {
	if t.again != t.second && !s.holds(t.second) && s.holds(t.again) {
		return t.again
	}
	return t.second
}

// holds reports whether the window itself holds a second.
func (s *span) holds(second int64) bool {
	return s.start < second && second < s.end
}

// add takes a row's time.
func (s *span) add(second int64) {
	s.first, s.last = min(s.first, second), max(s.last, second)
	if second < s.start || second > s.end {
		s.addOutside(second)
	}
}

// addOutside counts the shifts that would bring a row inside.
func (s *span) addOutside(second int64) {
	s.outside++
	low := max(ceilDiv(s.start-second, shiftStep), -maxShift)
	high := min(-ceilDiv(second-s.end, shiftStep), maxShift)
	if low <= high {
		s.shifts[low+maxShift]++
		s.shifts[high+1+maxShift]--
	}
}

// ceilDiv divides and rounds up.
func ceilDiv(a, b int64) int64 {
	q := a / b
	if a%b > 0 {
		q++
	}
	return q
}

// offset is the shift that brings the most rows inside.
func (s *span) offset() time.Duration {
	var best, most, inside int64
	for i, change := range s.shifts {
		inside += change
		shift := int64(i) - maxShift
		if inside > most || inside == most && max(shift, -shift) < max(best, -best) {
			best, most = shift, inside
		}
	}
	if most*2 < s.outside {
		return 0
	}
	return time.Duration(best*shiftStep) * time.Second
}

// report writes the span into stats.
func (s *span) report(stats *Stats) {
	stats.Outside, stats.OutsideOffset = s.outside, s.offset()
	if s.first <= s.last {
		stats.FirstTime = time.Unix(s.first, 0).UTC()
		stats.LastTime = time.Unix(s.last, 0).UTC()
	}
}
