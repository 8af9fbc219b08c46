package wire

// row is what a row adds to the stats and the counts, once it is known to be
// whole: one that a block's end cuts is read again.
type row struct {
	unparsed       unparsed
	key            []byte  // the entries of its key, as sent
	unfit          []int   // the columns whose texts did not fit
	times          []int64 // that of the time attribute, in seconds; none or one
	repaired, nuls int64
}

func (r *row) begin() {
	r.unparsed.json = r.unparsed.json[:0]
	r.key, r.unfit, r.times = r.key[:0], r.unfit[:0], r.times[:0]
	r.repaired, r.nuls = 0, 0
}

// commit counts the row.
func (e *Encoder) commit() {
	r := &e.row
	e.stats.Rows++
	e.stats.Repaired += r.repaired
	e.stats.NULs += r.nuls
	for _, column := range r.unfit {
		e.stats.Unparsed[column]++
	}
	for _, second := range r.times {
		e.span.add(second)
	}
}

// choose gives the instant that a column's time stands for: where clocks
// showed it twice, the one inside the window.
func (e *Encoder) choose(c *column, t instant) instant {
	if c.isTime {
		t.second = e.span.choose(t)
	}
	return t
}

// note takes a row's time.
func (e *Encoder) note(c *column, t instant) {
	if c.isTime {
		e.row.times = append(e.row.times, t.second)
	}
}
