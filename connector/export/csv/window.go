package csv

import (
	"fmt"
	"math"
	"time"
)

// Window is the span of time that an export was asked for, ends included.
// The zero Window takes any time.
//
// In the hour that daylight saving repeats, the time attribute is taken for
// the instant inside its window: windows that end where a zone's offset
// changes leave no doubt about any row.
type Window struct {
	Start, End time.Time
	// Believed says that some row is known to lie inside, since [ErrReadAgain]
	// has said so: rows are sent at once.
	Believed bool
	// Filter, where it is given, is asked for each row, in the order of the CSV,
	// whether it is taken. Those that are not count as rows all the same.
	Filter func(*Row) bool
	// From and Until, where they are not zero, are the first and the last second of
	// which rows are taken: earlier ones nobody wants, as long as they lie in the
	// window, and of the later ones others know more.
	From, Until time.Time
}

// Stats is what a reading came to, as far as it came. Each unfit value, made key
// and so on is counted in the reading of its row: who reads a window again adds
// up the stats of the reading that counts.
type Stats struct {
	Rows    int64 // that were taken
	Left    int64 // further rows, that a sink left to the windows that touch this one, or that Window.From and Until leave out
	Same    int64 // of the rows, those that a sink left out, since it wrote the same of them before
	Bytes   int64 // of CSV
	Batches int64 // of records
	Headed  bool  // a header was read
	// Repaired and NULs count the fields with invalid UTF-8 and those with
	// NULs, both taken without.
	Repaired, NULs int64
	// Unparsed counts, for each of Table.Columns, the values that became null
	// and whose text is in UnparsedColumn. In key columns that are no strings,
	// which cannot be null, it also counts the fields without a value.
	Unparsed []int64
	// Filled counts, for each of Table.Columns that wants it, the rows with a value.
	Filled []int64
	// MadeKeys counts the rows whose row id was empty or did not fit, so that
	// they got one made of their texts. FirstMadeKey is the ordinal, from 1, of
	// the first.
	MadeKeys, FirstMadeKey int64
	// Twice counts the rows of tables without Table.Occurrence whose key an earlier row
	// of the window has: rows that it does not tell apart. FirstTwice is the
	// ordinal, from 1, of the first. Untold counts the rows of which this is not
	// known, since they were no part of the sample that a window of more than 8,192
	// ids is looked at by.
	Twice, FirstTwice, Untold int64
	// Deleted counts the rows, of those taken, that are of something deleted.
	Deleted int64
	// Headers counts the lines after the first that are the header again, as in
	// files that were joined. They are no rows.
	Headers int64
	// Unterminated says that the last line has no newline.
	Unterminated bool
	// Timeless counts the rows whose time by which the export selects cannot be
	// read.
	Timeless int64
	// Outside counts the rows whose time is more than a second outside the
	// window. OutsideOffset is the shift, in quarters of an hour up to 14
	// hours, that would bring the most of them inside when added to their
	// times; 0 if none brings half of them. Of several it is the smallest; where
	// no row is inside, it is one by which the times are of a zone at whole hours
	// from UTC, or else half hours, if there is one.
	Outside       int64
	OutsideOffset time.Duration
	// Unordered says that some row has an earlier time than the one before it.
	Unordered bool
	// FirstTime and LastTime span the rows' times, in UTC to the second; zero
	// if no row had one.
	FirstTime, LastTime time.Time
}

// add counts what is not as it should be in a row.
func (s *Stats) add(row *Row) {
	s.Repaired += row.repaired
	s.NULs += row.nuls
	if row.Deleted {
		s.Deleted++
	}
	for _, column := range row.unfit {
		s.Unparsed[column]++
	}
	for _, column := range row.filled {
		s.Filled[column]++
	}
	if row.madeKey {
		if s.MadeKeys++; s.MadeKeys == 1 {
			s.FirstMadeKey = s.Rows
		}
	}
}

// OutsideError says that rows have times, but none lies within its window or the
// seconds that touch it: most likely the times are of another zone. Nothing was
// sent, unless the window was Believed.
type OutsideError struct {
	Table string
	Rows  int64 // that lie outside
	// Offset is the shift that would bring them inside, as Stats.OutsideOffset;
	// 0 if none is known.
	Offset time.Duration
}

func (e *OutsideError) Error() string {
	text := fmt.Sprintf("%s: %d rows have a time, and none of them is inside the window that was asked for", e.Table, e.Rows)
	switch {
	case e.Offset > 0:
		text += fmt.Sprintf("; %v later they would be inside, so that the time zone may be wrong", e.Offset)
	case e.Offset < 0:
		text += fmt.Sprintf("; %v earlier they would be inside, so that the time zone may be wrong", -e.Offset)
	}
	return text
}

// TimelessError says that no row has a time that can be read in the attribute by
// which the export selects. Nothing was sent.
type TimelessError struct {
	Table  string
	Column string // the attribute's name in the request
	Rows   int64
}

func (e *TimelessError) Error() string {
	return fmt.Sprintf("%s: column %q: %d rows, and none has a time there that can be read", e.Table, e.Column, e.Rows)
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
	before      int64 // the time of the row before
	unordered   bool
	outside     int64
	ahead       int64 // how far the table's zone is ahead of UTC, in steps of shifts
	// shifts counts, as differences, the rows that each shift from -maxShift
	// to maxShift would bring inside.
	shifts [2*maxShift + 2]int64
}

// newSpan begins a window of times in a zone.
func newSpan(w Window, zone *time.Location) span {
	s := span{start: math.MinInt64, end: math.MaxInt64, first: math.MaxInt64, last: math.MinInt64, before: math.MinInt64}
	if !w.Start.IsZero() || !w.End.IsZero() {
		s.start, s.end = w.Start.Unix()-1, w.End.Unix()+1
		_, ahead := w.Start.In(zone).Zone()
		s.ahead = int64(ahead) / shiftStep
	}
	return s
}

// choose gives the second that an instant stands for: of two, the one inside
// the window.
func (s *span) choose(t Instant) int64 {
	if t.again != t.Second && !s.holds(t.Second) && s.holds(t.again) {
		return t.again
	}
	return t.Second
}

// holds reports whether the window itself holds a second.
func (s *span) holds(second int64) bool {
	return s.start < second && second < s.end
}

// add takes a row's time, and reports whether it is inside or touches.
func (s *span) add(second int64) (inside bool) {
	s.first, s.last = min(s.first, second), max(s.last, second)
	s.unordered = s.unordered || second < s.before
	s.before = second
	return s.start <= second && second <= s.end
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

func ceilDiv(a, b int64) int64 {
	q := a / b
	if a%b > 0 {
		q++
	}
	return q
}

// offset is the shift that brings the most rows inside. Among rows that are there
// already the smallest is the true one; where all are outside, many may fit.
func (s *span) offset(all bool) time.Duration {
	var best, most, inside int64
	for i, change := range s.shifts {
		inside += change
		shift := int64(i) - maxShift
		if inside > most || inside == most && s.likelier(shift, best, all) {
			best, most = shift, inside
		}
	}
	if most*2 < s.outside {
		return 0
	}
	return time.Duration(best*shiftStep) * time.Second
}

// likelier says whether of two shifts the first is that of the likelier zone.
func (s *span) likelier(shift, other int64, all bool) bool {
	if a, b := oddity(s.ahead-shift), oddity(s.ahead-other); all && a != b {
		return a < b
	}
	return max(shift, -shift) < max(other, -other)
}

// oddity is 0 for a zone at whole hours from UTC, 1 at half hours, else 2.
func oddity(ahead int64) int {
	const hour = 3600 / shiftStep
	switch {
	case ahead%hour == 0:
		return 0
	case ahead%(hour/2) == 0:
		return 1
	default:
		return 2
	}
}

// report writes the span into stats.
func (s *span) report(stats *Stats) {
	stats.Outside, stats.OutsideOffset = s.outside, s.offset(s.outside+stats.Timeless == stats.Rows+stats.Left)
	stats.Unordered = s.unordered
	if s.first <= s.last {
		stats.FirstTime = time.Unix(s.first, 0).UTC()
		stats.LastTime = time.Unix(s.last, 0).UTC()
	}
}
