package sent

import "slices"

// span is a span of a dataset's time of whose rows the destination holds all as
// they were: from ≤ t < to, in epoch seconds.
type span struct {
	from, to int64
	rows     int64
	sums     sums
	fresh    bool // it was remembered by this sync
	withheld bool // from what is kept: see Withhold
}

// Table is what is remembered of one dataset. The zero Table remembers nothing.
type Table struct {
	// Shape stands for all by which a row becomes a record: columns, key, zone. What
	// is remembered is of this shape.
	Shape string
	spans []span // in order, none overlapping another
	// keyed stands for how keys are written, and held are those that are kept. tooMany
	// says that they did not fit.
	keyed      string
	held       []held
	tooMany    bool
	comparison *Comparison // that has begun and not ended
	// forgot says that it remembered more than now when it was kept last.
	forgot bool
}

// Begin says how rows become records from now on. Where it was otherwise,
// everything is forgotten.
func (t *Table) Begin(shape string) {
	if t.Shape != shape {
		t.forget(minTime, maxTime)
		t.Shape = shape
	}
}

const (
	minTime = -1 << 62
	maxTime = 1 << 62
)

// forget forgets the spans that touch from ≤ t < to.
func (t *Table) forget(from, to int64) {
	t.spans = slices.DeleteFunc(t.spans, func(s span) bool {
		touches := s.from < to && from < s.to
		t.forgot = t.forgot || touches && !s.withheld
		return touches
	})
}

// at is the place of the span that holds a time, or that of the next one.
func (t *Table) at(second int64) (place int, held bool) {
	return slices.BinarySearchFunc(t.spans, second, func(s span, second int64) int {
		switch {
		case s.to <= second:
			return -1
		case s.from > second:
			return 1
		}
		return 0
	})
}

// Start is the beginning of the span that holds a time, or the time itself: a
// window that begins there cuts none.
func (t *Table) Start(second int64) int64 {
	if i, held := t.at(second); held {
		return t.spans[i].from
	}
	return second
}

// replace puts spans in the place of all that lie within from ≤ t < to.
func (t *Table) replace(from, to int64, with []span) {
	t.spans = slices.DeleteFunc(t.spans, func(s span) bool { return s.from < to && from < s.to })
	place, _ := t.at(from)
	t.spans = slices.Insert(t.spans, place, with...)
}

// drop forgets what ended before a time, of which nothing is read again.
func (t *Table) drop(before int64) {
	t.spans = slices.DeleteFunc(t.spans, func(s span) bool { return s.to <= before })
}
