package sent

// growing is a span whose rows are being read: their hashes while they are few,
// and then sums of the greatest width that will be kept.
type growing struct {
	from, to int64
	rows     int64
	few      []hashes
	many     sums
}

type hashes struct{ key, hash uint64 }

// fewRows is how many rows are held as hashes: as many bytes as the sums of
// growingWidth take.
const (
	growingWidth = 1 << 12
	fewRows      = lines * growingWidth / 2
)

func (g *growing) holds(second int64) bool { return g.from <= second && second < g.to }

func (g *growing) add(key, hash uint64) {
	g.rows++
	if g.many == nil {
		if g.few = append(g.few, hashes{key, hash}); len(g.few) < fewRows {
			return
		}
		g.many = newSums(growingWidth)
		for _, row := range g.few {
			g.many.add(row.key, row.hash)
		}
		g.few = nil
		return
	}
	g.many.add(key, hash)
}

// growing is the span that holds a time; nil where nothing will be remembered of
// it. Rows come about in the order of their time.
func (r *Comparison) growing(second int64) *growing {
	if r.last < len(r.grown) && r.grown[r.last].holds(second) {
		return &r.grown[r.last]
	}
	for i := range r.grown {
		if r.grown[i].holds(second) {
			r.last = i
			return &r.grown[i]
		}
	}
	return nil
}

// span is what is remembered, at that time.
func (g *growing) span(now int64) span {
	s := span{from: g.from, to: g.to, rows: g.rows, fresh: true}
	width := min(s.wanted(now, 1), growingWidth)
	if g.many != nil {
		s.sums = g.many.folded(width)
		return s
	}
	s.sums = newSums(width)
	for _, row := range g.few {
		s.sums.add(row.key, row.hash)
	}
	return s
}
