package sent

import (
	"slices"
	"time"
)

const day = int64(24 * time.Hour / time.Second)

// Window is what a [Comparison] is of: from ≤ t < to, in epoch seconds. Rows of the
// seconds around it, which its neighbours hold too, may come along.
type Window struct {
	From, To int64
	// Since is where later windows begin at the earliest: of what lies before
	// nothing need be remembered. Cut is a second at which one may begin.
	Since, Cut int64
	// Now is the time.
	Now int64
	// Keys is how many keys of rows may be held of the window; 0 where none are.
	Keys int
}

// Comparison compares the rows of a window with what is remembered, and says which
// are to be sent. The rows are read once, and where [Comparison.Finish] says so, again
// and again. One goroutine uses it.
type Comparison struct {
	table  *Table
	window Window
	known  []spanComparison // the spans that the window holds whole, in order
	grown  []growing        // what will be remembered of it, in order
	last   int              // of grown, the one that the last row was of

	again    bool   // the rows are read a second time
	all      bool   // then all of them are sent
	strange  bool   // a row lies elsewhere than where it was asked for
	withheld int64  // rows that were not sent the first time, as they may be the same
	sum      uint64 // of their hashes
	check    uint64 // the same, of the second time
	others   int    // how often it found other rows than the time before
	compares bool   // anything was remembered when it began

	keyed   bool           // the keys of rows are kept before a row is sent
	unkept  bool           // there are new ones
	present map[string]int // keys that it has shown, and of which of grown; nil where none are held
	holds   bool           // keys are held of the window
	tooMany bool           // they do not fit
	settled bool           // it is known what has vanished
	after   []held         // and what is held when it ends, besides what it has shown
}

// comparison is a span beside what it is now.
type spanComparison struct {
	was   span
	now   sums
	count int64
	apart []bool // where the sums differ; nil where they do not
}

// Compare begins the reading of a window. What is remembered of spans that the window
// cuts is forgotten: their rows cannot be compared.
func (t *Table) Compare(w Window) *Comparison {
	t.abandon()
	r := &Comparison{table: t, window: w, compares: len(t.spans) > 0}
	if w.Keys > 0 {
		r.keyed = true
		r.present = map[string]int{}
		r.holds = slices.ContainsFunc(t.held, func(h held) bool { return h.overlaps(w) })
	}
	first, _ := t.at(w.From)
	for _, s := range slices.Clone(t.spans[first:]) {
		if s.from >= w.To {
			break
		}
		if s.from < w.From || s.to > w.To {
			t.forget(s.from, s.to)
			continue
		}
		r.known = append(r.known, spanComparison{was: s, now: newSums(s.sums.width())})
	}
	for from := max(w.From, w.Since); from < w.To; {
		to := min(from-modulo(from, day)+day, w.To)
		if from < w.Cut && w.Cut < to {
			to = w.Cut
		}
		r.grown = append(r.grown, growing{from: from, to: to})
		from = to
	}
	if r.present != nil {
		t.comparison = r
	}
	return r
}

func modulo(a, b int64) int64 { return (a%b + b) % b }

// Concerns says whether a row of that time is one for [Comparison.Row]. Others are
// sent as they come: rows whose time is not known, or so old that nobody will read
// them again.
func (r *Comparison) Concerns(second int64, timed bool) bool {
	return timed && (r.compares || r.holds || second >= r.window.Since)
}

// Row says whether the next row is to be sent.
func (r *Comparison) Row(second int64, key, hash uint64) bool {
	if !r.window.holds(second) {
		return r.rowOutside(second)
	}
	known := r.spanComparison(second)
	if r.again {
		return r.rowAgain(known, second, key, hash)
	}
	g := r.growing(second)
	if g != nil {
		g.add(key, hash)
	}
	switch {
	case known != nil:
		known.now.add(key, hash)
		known.count++
	case g != nil && r.keyed:
		r.unkept = true
	default:
		return true
	}
	r.withheld++
	r.sum += hash
	return false
}

// rowAgain says whether a row is to be sent that has been read before.
func (r *Comparison) rowAgain(known *spanComparison, second int64, key, hash uint64) bool {
	if r.all {
		return true
	}
	switch {
	case known == nil && r.keyed && r.growing(second) != nil:
		r.check += hash
		return true
	case known == nil: // it was sent the first time
		return false
	}
	r.check += hash
	if known.apart == nil {
		return false
	}
	return known.now.every(key, func(place int) bool { return known.apart[place] })
}

// edge is how far outside its window a row may lie and be its neighbour's.
const edge = 2

// rowOutside says whether a row outside the window is sent: not if the window that it
// lies in will bring it too, since what is remembered of that one would no longer
// be so. One that lies elsewhere altogether says that times are not what they seem.
func (r *Comparison) rowOutside(second int64) bool {
	if r.again && r.all {
		return true
	}
	near := second >= r.window.From-edge && second < r.window.To+edge
	if _, held := r.table.at(second); held && near {
		return false
	} else if held {
		r.strange = true
		r.withheld++
		return false
	}
	r.strange = r.strange || !near
	return !r.again && !(near && r.keyed)
}

// comparison is the known span that holds a time; nil where none does.
func (r *Comparison) spanComparison(second int64) *spanComparison {
	if len(r.known) == 0 { // as of new rows
		return nil
	}
	i, held := slices.BinarySearchFunc(r.known, second, func(c spanComparison, second int64) int {
		switch {
		case c.was.to <= second:
			return -1
		case c.was.from > second:
			return 1
		}
		return 0
	})
	if !held {
		return nil
	}
	return &r.known[i]
}

// mostOthers is how often rows may be others than the time before. Then all are sent
// as they come.
const mostOthers = 3

// Finish ends a reading of the rows, and says whether they must be read again. Strange says
// that some of them are not what a key or a window makes of rows, so that nothing
// can be said of any: then all are sent, and nothing is remembered.
//
// What it does not remember any more is to be kept before the next row is sent. Of
// a window with keys no row is sent the first time, so that its keys are kept before
// it is there: what nobody knows of could not be deleted.
func (r *Comparison) Finish(strange bool) bool {
	r.strange = r.strange || strange
	switch {
	case r.again && r.all:
		r.table.abandon() // of rows that are others each time, the keys of the last ones
		return false
	case r.again && r.check != r.sum:
		// They are others than the first time: what was sent of them is not known.
		r.table.forget(r.window.From, r.window.To)
		times := r.others + 1
		*r = *r.table.Compare(r.window)
		if r.others = times; times == mostOthers { // they are others each time
			r.again, r.all, r.strange = true, true, true
		}
		return true
	case r.again:
		return false
	case r.strange:
		r.table.forget(minTime, maxTime)
		r.all = true
	default:
		r.compare()
		if !r.unkept && !slices.ContainsFunc(r.known, func(c spanComparison) bool { return c.apart != nil }) {
			return false
		}
	}
	if r.keyed {
		r.table.abandon() // if the sync is cut off it has been
		r.table.forgot = true
	}
	r.again = r.withheld > 0
	return r.again
}

// compare forgets the spans that are not as they were.
func (r *Comparison) compare() {
	for i := range r.known {
		c := &r.known[i]
		if c.now.equal(c.was.sums) {
			continue
		}
		c.apart = make([]bool, len(c.now))
		for place := range c.now {
			c.apart[place] = c.now[place] != c.was.sums[place]
		}
		r.table.forget(c.was.from, c.was.to)
	}
}

// Gone is a span that came with fewer rows than it had.
type Gone struct{ From, To, Rows int64 }

// Gone are the spans that came with fewer rows than they had.
func (r *Comparison) Gone() (gone []Gone) {
	for _, c := range r.known {
		if c.count < c.was.rows && !r.strange {
			gone = append(gone, Gone{c.was.from, c.was.to, c.was.rows - c.count})
		}
	}
	return gone
}

// End remembers the window, when its last row has been sent, and what had
// [Comparison.FindVanished] is deleted.
func (r *Comparison) End() {
	r.hold()
	r.table.comparison = nil
	if r.strange {
		r.table.forget(r.window.From, r.window.To)
		return
	}
	var spans []span
	for i := range r.grown {
		if r.grown[i].rows > 0 {
			spans = append(spans, r.grown[i].span(r.window.Now))
		}
	}
	r.table.replace(r.window.From, r.window.To, spans)
	r.table.drop(r.window.Since)
}
