package plan

import (
	"time"

	"intercom-connector/connector/configuration"
)

const day = 24 * time.Hour

// JobLife is how long a job of an earlier run may be taken up again.
const JobLife = time.Hour

// Purpose is why a span of time is read.
type Purpose int

// In this order.
const (
	NewRows Purpose = iota
	LastDay
	LookBack
	EarlierRows
)

func (p Purpose) String() string {
	return [...]string{"new rows", "the last day again", "look-back", "earlier rows"}[p]
}

// Span is a span of a dataset's time that a run reads, in epoch seconds.
type Span struct {
	Purpose  Purpose
	From, To int64
}

// Pieces are the parts of time that must be read whole, such as days: Pieces(t)
// is the one around t, from ≤ t < to, in epoch seconds. Nil means that there are
// none.
type Pieces func(t int64) (from, to int64)

// Start is the beginning of the piece around t.
func (p Pieces) Start(t int64) int64 {
	if p == nil {
		return t
	}
	from, _ := p(t)
	return from
}

// Compared gives the beginning of what is compared as one around a time, or the
// time itself: what is read again begins and ends there. Nil compares nothing.
type Compared func(t int64) (from int64)

func (c Compared) start(t int64) int64 {
	if c == nil {
		return t
	}
	return c(t)
}

// Spans are what a run reads of a dataset that began at a time, the smaller of
// both clocks, in a workspace of that zone; in this order: new rows; the last day
// again; once a day the look-back; the rows before the floor when the person
// moved the start back. It notes in the state that a look-back begins.
func (s *State) Spans(began time.Time, zone *time.Location, lookbackDays int, pieces Pieces, compared Compared) []Span {
	s.align(pieces)
	now := began.Unix()
	var list []Span
	add := func(p Purpose, from, to int64) {
		if from < to {
			list = append(list, Span{p, from, to})
		}
	}
	cursor := pieces.Start(s.Cursor)
	add(NewRows, cursor, now)
	if lookbackDays > 0 {
		recent := max(s.Floor, now-int64(day.Seconds()))
		recent = pieces.Start(compared.start(recent))
		s.beginLookback(began, zone, lookbackDays, recent, cursor, pieces, compared)
		if l := &s.Lookback; l.Began != 0 && l.To > recent {
			l.At, l.To = min(l.At, recent), max(l.To, cursor) // the last day is a part of it
		} else {
			add(LastDay, recent, cursor)
		}
		if l := s.Lookback; l.Began != 0 {
			add(LookBack, pieces.Start(compared.start(l.At)), l.To)
		}
	} else {
		s.Lookback = Lookback{Last: s.Lookback.Last}
	}
	if s.Earlier != nil {
		add(EarlierRows, s.Earlier.At, s.Floor)
	}
	return list
}

// First is the beginning of the first piece that is whole from t on.
func (p Pieces) First(t int64) int64 {
	if from := p.Start(t); from == t {
		return t
	}
	_, to := p(t)
	return to
}

// align moves what bounds the reading to the beginnings of pieces: one that
// retention has moved to the next, since of the piece around it not all is kept.
func (s *State) align(pieces Pieces) {
	begin := func(start, asked int64) int64 {
		if asked < start {
			return pieces.First(start)
		}
		return pieces.Start(start)
	}
	s.Floor = begin(s.Floor, s.Asked)
	s.Cursor = max(s.Cursor, s.Floor)
	e := s.Earlier
	if e == nil {
		return
	}
	e.Start = begin(e.Start, e.Asked)
	e.At = max(pieces.Start(e.At), e.Start)
	if e.Start >= s.Floor {
		s.Earlier, s.Asked = nil, e.Asked
	}
}

// BeginEarlier starts reading before the floor when the configuration asks for
// an earlier start than ever before. start is what of it Intercom still keeps.
func (s *State) BeginEarlier(asked, start int64) {
	s.Earlier, s.Asked = s.Earlier.Begin(s.Floor, s.Asked, asked, start)
}

// Begin is what is to be read before the floor when the configuration asks for a
// start, and the earliest start that was ever asked for, which was first until now.
// e is what is read there so far, nil for nothing; start is what of the asked one
// Intercom still keeps.
func (e *Earlier) Begin(floor, first, asked, start int64) (*Earlier, int64) {
	switch {
	case e != nil && e.Asked == asked:
		return e, first
	case asked >= first:
		return nil, first
	case start >= floor:
		return nil, asked
	}
	return &Earlier{Asked: asked, Start: start, At: start}, first
}

// joint is how many of the first spans can be read as one window: those that
// touch one another, the new rows first, while all of it is no longer than most
// and no window may be cut in it. Fewer than two is none.
func joint(list []Span, most time.Duration, zone *time.Location) (n int, from, to int64) {
	if len(list) == 0 || list[0].Purpose != NewRows {
		return 0, 0, 0
	}
	from, to = list[0].From, list[0].To
	n = 1
	for _, next := range list[1:] {
		if next.To != from || next.Purpose == EarlierRows || time.Duration(to-next.From)*time.Second > most {
			break
		}
		if !nextCut(time.Unix(next.From, 0), time.Unix(to, 0), zone).IsZero() {
			break
		}
		from = next.From
		n++
	}
	return n, from, to
}

// The longest windows: of one span, and of several that are read as one.
const (
	mostWidth = configuration.MaxWindow
	mostJoint = mostWidth + 2*day
)
