package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window is a span of a dataset's time that one export job covers, in epoch
// seconds. It shares its first and its last second with its neighbours, since
// nobody knows whether Intercom includes the ends.
type Window struct {
	Start, End int64
	spans      []Span // what it is read for: one, or several that are read as one
}

// Purpose is what the window is read for, of several the first.
func (w *Window) Purpose() Purpose { return w.spans[0].Purpose }

// Purposes is what the window is read for, for people.
func (w *Window) Purposes() string {
	var texts []string
	for _, s := range w.spans {
		texts = append(texts, s.Purpose.String())
	}
	return strings.Join(texts, ", ")
}

// Holds says whether the window is read for a purpose, among others.
func (w *Window) Holds(purpose Purpose) bool {
	return slices.ContainsFunc(w.spans, func(s Span) bool { return s.Purpose == purpose })
}

// Joint says that the window holds several spans.
func (w *Window) Joint() bool { return len(w.spans) > 1 }

// Span is how much time the window covers.
func (w *Window) Span() time.Duration { return time.Duration(w.End-w.Start) * time.Second }

func (w *Window) String() string { return fmt.Sprintf("%s to %s", Stamp(w.Start), Stamp(w.End)) }

// Stamp is a time for people and logs, in UTC.
func Stamp(epoch int64) string { return time.Unix(epoch, 0).UTC().Format(time.RFC3339) }

// Plan is what is left to read of one dataset in a run: spans in a strict order,
// cut into windows one after another.
type Plan struct {
	state    *State
	zone     *time.Location
	fixed    time.Duration // the length that the configuration gives a backfill's windows; 0 is automatic
	pieces   Pieces
	compared Compared
	spans    []Span
	apart    bool // spans are no longer read as one

	patience, held int // windows that do not grow after a failure, and those that are left
}

// New plans a run over a dataset: see [State.Spans]. fixed is the length of a backfill's windows; 0
// means that it adapts.
func New(s *State, began time.Time, zone *time.Location, lookbackDays int, fixed time.Duration, pieces Pieces, compared Compared) *Plan {
	return &Plan{
		state: s, zone: zone, fixed: fixed, pieces: pieces, compared: compared,
		spans: s.Spans(began, zone, lookbackDays, pieces, compared),
	}
}

func (p *Plan) Empty() bool { return len(p.spans) == 0 }

// From is the first moment of what is left; false when nothing is.
func (p *Plan) From() (from int64, left bool) {
	for i, s := range p.spans {
		if i == 0 || s.From < from {
			from = s.From
		}
	}
	return from, len(p.spans) > 0
}

// HasNewRows says whether new rows are still to be planned.
func (p *Plan) HasNewRows() bool {
	return slices.ContainsFunc(p.spans, func(s Span) bool { return s.Purpose == NewRows })
}

// Comes says what is planned next, for the log.
func (p *Plan) Comes() string {
	if p.Empty() {
		return "nothing"
	}
	return p.spans[0].Purpose.String() + ", from " + Stamp(p.spans[0].From)
}

// Begun is a window for which an earlier run has a job that may be taken up.
type Begun struct{ Start, End int64 }

// Next cuts the next window off what is left; nil when nothing is. Where it may,
// it is one of those that are begun, so that their jobs can be taken up.
func (p *Plan) Next(begun []Begun) *Window {
	if p.Empty() {
		return nil
	}
	if w := p.nextBegun(begun); w != nil {
		return w
	}
	if !p.apart {
		if n, from, to := joint(p.spans, p.jointWidth(), p.zone); n > 1 {
			w := &Window{Start: from, End: to, spans: slices.Clone(p.spans[:n])}
			p.spans = p.spans[n:]
			return w
		}
	}
	s := p.spans[0]
	return p.cutAt(s.From, p.endOf(s))
}

// nextBegun is the next window if it is begun: it holds the first moment that is
// left, ends at the plan's end at the latest, and at a border between pieces or
// within the newest one.
func (p *Plan) nextBegun(begun []Begun) *Window {
	s := p.spans[0]
	for _, b := range begun {
		early := b.Start < s.From && (s.Purpose != NewRows || p.apart)
		newest := s.Purpose == NewRows && b.End > p.pieces.Start(s.To)
		switch {
		case b.Start > s.From || b.End <= s.From || b.End > s.To || early:
		case p.pieces.Start(b.End) != b.End && !newest:
		case !nextCut(time.Unix(b.Start, 0), time.Unix(b.End, 0), p.zone).IsZero():
		default:
			return p.cutAt(b.Start, b.End)
		}
	}
	return nil
}

// cutAt takes a window off the first span, and with one that begins before it
// also the spans that touch and lie in the window.
func (p *Plan) cutAt(start, end int64) *Window {
	first := p.spans[0]
	w := &Window{Start: start, End: end, spans: []Span{{first.Purpose, first.From, end}}}
	rest := p.spans[1:]
	for at := first.From; len(rest) > 0 && rest[0].To == at && rest[0].From >= start && rest[0].Purpose != EarlierRows; rest = rest[1:] {
		w.spans = append(w.spans, rest[0])
		at = rest[0].From
	}
	p.spans = slices.Clone(rest)
	if end < first.To {
		p.spans = slices.Insert(p.spans, 0, Span{first.Purpose, end, first.To})
	}
	return w
}

// endOf is where the next window of a span ends.
func (p *Plan) endOf(s Span) int64 {
	end := min(s.To, s.From+int64(p.width(s.Purpose).Seconds()))
	if p.pieces != nil {
		end = p.whole(s, end)
	}
	if start := p.compared.start(end); end < s.To && start > s.From && s.Purpose != NewRows {
		end = start
	}
	if cut := nextCut(time.Unix(s.From, 0), time.Unix(end, 0), p.zone); !cut.IsZero() {
		end = cut.Unix()
	}
	return end
}

// whole moves an end to the last border between two pieces before it, or to the
// first after the window's start. A span that ends within a piece, as the newest
// does, is cut there and nowhere else.
func (p *Plan) whole(s Span, end int64) int64 {
	if end == s.To {
		return end
	}
	border := p.pieces.Start(end)
	if border <= s.From {
		_, border = p.pieces(s.From)
	}
	return min(border, s.To)
}

// Split gives the two halves of a window, at a border between pieces where there
// is one inside; nil when they would be shorter than least.
func (p *Plan) Split(w *Window, least time.Duration) []*Window {
	if w.Span() < 2*least {
		return nil
	}
	middle := w.Start + (w.End-w.Start)/2
	if p.pieces != nil {
		from, to := p.pieces(middle)
		switch {
		case from > w.Start:
			middle = from
		case to < w.End:
			middle = to
		}
	}
	if start := p.compared.start(middle); start > w.Start {
		middle = start
	}
	return []*Window{{Start: w.Start, End: middle, spans: w.spans}, {Start: middle, End: w.End, spans: w.spans}}
}

// Apart puts back the spans of a window that held several: from now on each has
// windows of its own, new rows first.
func (p *Plan) Apart(w *Window) {
	p.apart = true
	p.spans = append(slices.Clone(w.spans), p.spans...)
}
