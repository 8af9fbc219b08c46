package engagement

import (
	"time"

	"intercom-connector/connector/export/plan"
)

// State is how far the reading has come: all of it that lasts from one run to the
// next. Times are epoch seconds.
type State struct {
	// Floor is the start of what was ever read; Asked is the start that the
	// configuration named when it was settled, which retention may have moved.
	Floor int64 `json:"floor"`
	Asked int64 `json:"asked"`
	// Cursor is up to when messages were read that were sent since Floor. It never
	// passes one that was not delivered, and never moves back but for what is lost: see
	// [State.ReadAgain].
	Cursor int64 `json:"cursor"`
	// Told is up to when it is told what happened to messages, to each within the
	// look-back after it was sent.
	Told int64 `json:"told"`
	// Until is the latest end of a range that was read: what was told of a message,
	// no range that ends earlier may tell.
	Until int64 `json:"until"`
	// LookedBack is the end of the last range over the whole look-back.
	LookedBack int64 `json:"looked_back,omitempty"`
	// Bears is the longest range that Intercom bears, in seconds; 0 is any.
	Bears int64 `json:"bears,omitempty"`
	// Earlier is the reading of messages from before the floor; nil when none is
	// under way.
	Earlier *plan.Earlier `json:"earlier,omitempty"`
	// Part is a range of which one job could not tell all messages; nil when none
	// is under way.
	Part *Part `json:"part,omitempty"`
	// Fileless are the events of which an export held no file though receipts told of
	// them, and which a person was told of.
	Fileless []string `json:"fileless,omitempty"`
	// Untold is, by table, from when on it was not told since nobody wanted it; nil in
	// states of before, of which nobody knows.
	Untold map[string]int64 `json:"untold"`
	// Job is the job under way, or nil.
	Job *Job `json:"job,omitempty"`
}

// Part is a range of more messages than a job gives: those sent before At are
// there, with all that happened to them until the range's end. AsOf is how old what
// its first job told is.
type Part struct {
	Purpose purpose `json:"purpose"`
	From    int64   `json:"from"`
	To      int64   `json:"to"`
	At      int64   `json:"at"`
	AsOf    int64   `json:"as_of"`
}

// Job is an export job under way, of a range; AsOf is how old what it tells is.
type Job struct {
	ID   string `json:"id"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
	AsOf int64  `json:"as_of"`
}

// NewState is the state before a first run. start is where it reads from, asked
// what the configuration named.
func NewState(start, asked int64) *State {
	return &State{Floor: start, Asked: asked, Cursor: start, Told: start, Until: start}
}

// Sound says whether a version of this program can have written the state.
func (s *State) Sound() bool {
	return s.Floor > 0 && s.Cursor >= s.Floor && s.Told >= s.Floor && s.Until >= s.Floor && s.LookedBack >= 0 && s.Bears >= 0 &&
		(s.Earlier == nil || s.Earlier.Start > 0 && s.Earlier.Start <= s.Earlier.At) &&
		(s.Part == nil || s.Part.From > 0 && s.Part.From <= s.Part.At && s.Part.At <= s.Part.To)
}

// BeginEarlier starts reading before the floor when the configuration asks for an
// earlier start than ever before. start is what of it Intercom may still keep.
func (s *State) BeginEarlier(asked, start int64) {
	s.Earlier, s.Asked = s.Earlier.Begin(s.Floor, s.Asked, asked, start)
}

// ReadAgain says that something is lost that was told of the messages of a time, or of
// what happened then: the next run reads from there on once more, all of it.
func (s *State) ReadAgain(at int64) {
	at = max(at, s.Floor)
	s.Cursor, s.Told, s.LookedBack, s.Part = min(s.Cursor, at), min(s.Told, at), 0, nil
	if e := s.Earlier; e != nil {
		e.At = e.Start
	}
}

// Want says which tables are wanted, which share their progress. One that was not is
// told now what the others were told meanwhile.
func (s *State) Want(tables map[string]bool) {
	old := s.Untold == nil
	if old {
		s.Untold = map[string]int64{}
	}
	for table, wanted := range tables {
		since, untold := s.Untold[table]
		switch {
		case wanted && untold:
			delete(s.Untold, table)
			s.ReadAgain(since)
		case wanted:
		case old, s.Earlier != nil: // of what is before the floor, too
			s.Untold[table] = 0
		case !untold:
			s.Untold[table] = min(s.Cursor, s.Told)
		}
	}
}

// purpose is why a range is read.
type purpose int

const (
	newMessages purpose = iota // and what happened to those of the last day
	lookBack
	earlierMessages
)

func (p purpose) String() string {
	return [...]string{"new messages", "look-back", "earlier messages"}[p]
}

// span is a range that one job is asked for, both ends included.
type span struct {
	purpose  purpose
	from, to int64
}

func (s span) String() string { return plan.Stamp(s.from) + " to " + plan.Stamp(s.to) }

const (
	day = 24 * 60 * 60
	lag = int64(plan.Lag / time.Second)
	// wide is how much more than the look-back a range of a backfill holds, at
	// least: the more, the less is read twice.
	wide = 31 * day
)

// today says whether a time is on the same day of the workspace as now.
type today func(int64) bool

// next is the range to read next, at now, which is when the run began; false when
// everything is read. reached says that a range of the run ended there.
func (s *State) next(now, lookback int64, today today, reached bool) (span, bool) {
	if p := s.Part; p != nil {
		return span{p.Purpose, p.At, p.To}, true
	}
	most := s.most(lookback)
	due := lookback > 0 && !(s.LookedBack > 0 && today(s.LookedBack))
	switch {
	case reached || now < s.latest():
	case due:
		from := max(s.Floor, s.Told-s.reach(lookback))
		to := from + most
		if s.Bears == 0 {
			to = max(to, s.latest())
		}
		return span{lookBack, from, min(to, now)}, true
	default:
		from := s.Cursor
		if lookback > 0 {
			from = max(s.Floor, min(from, now-min(day, most)))
		}
		return span{newMessages, from, min(from+most, now)}, true
	}
	if e := s.Earlier; e != nil {
		return span{earlierMessages, e.At, min(e.At+most, s.Floor+lookback, now)}, true
	}
	return span{}, false
}

// latest is the latest end of a range of which rows may have been delivered.
func (s *State) latest() int64 {
	if s.Job == nil {
		return s.Until
	}
	return max(s.Until, s.Job.To)
}

// drop forgets the job under way.
func (s *State) drop() { s.Until, s.Job = s.latest(), nil }

// most is how long a range is at the most.
func (s *State) most(lookback int64) int64 {
	most := lookback + max(wide, lookback)
	if s.Bears > 0 {
		most = min(most, s.Bears)
	}
	return most
}

// reach is the look-back as far as Intercom bears it: a range holds it and a day,
// or as much again where it is shorter than two.
func (s *State) reach(lookback int64) int64 {
	most := s.most(lookback)
	return min(lookback, most-min(day, most/2))
}

// own is the last second of which a range may tell receipts: of later ones more was
// told already.
func (s *State) own(r span) int64 {
	if r.purpose == earlierMessages {
		return min(r.to, s.Floor-1)
	}
	return r.to
}

// readPart records that a range was read up to messages sent at a time, of which the
// last may be missing; false where that is no step forward.
func (s *State) readPart(r span, at, asOf int64) bool {
	if at <= r.from || at > r.to {
		return false
	}
	if s.Part == nil {
		s.Part = &Part{Purpose: r.purpose, From: r.from, To: r.to, AsOf: asOf}
	}
	s.Part.At = at
	return true
}

// joinPart takes what is kept of a part: the range that a read one is the last part
// of.
func (s *State) joinPart(r span, asOf int64) (span, int64) {
	if p := s.Part; p != nil {
		r, asOf, s.Part = span{p.Purpose, p.From, p.To}, min(asOf, p.AsOf), nil
	}
	return r, asOf
}

// read records that a range was read whole by a job that was enqueued at asOf, the
// smaller of both clocks then. What is from within [plan.Lag] before asOf may be yet
// to appear.
func (s *State) read(r span, now, lookback, asOf int64) {
	settled := min(r.to, asOf-lag)
	if e := s.Earlier; r.purpose == earlierMessages && e != nil {
		e.At = max(e.At, settled-s.reach(lookback))
		if e.At >= s.Floor || settled >= s.Floor && r.to >= min(s.Floor+lookback, now) {
			s.Floor, s.Asked, s.Earlier = e.Start, e.Asked, nil
		}
		return
	}
	if r.from <= s.Cursor {
		s.Cursor = max(s.Cursor, settled)
	}
	if r.purpose == lookBack {
		s.Told = max(s.Told, settled)
		if r.to >= min(now, asOf-lag) {
			s.LookedBack = r.to
		}
	}
	s.Until = max(s.Until, r.to)
}

// takesUp says whether the job that an earlier run left does for a range: it is
// asked for the same, while its result is kept; or for one like it, not long ago.
func (s *State) takesUp(r span, now int64) (span, bool) {
	j := s.Job
	if j == nil {
		return r, false
	}
	age := now - j.AsOf
	same := j.From == r.from && j.To == r.to && age < int64(kept.Seconds())
	like := j.From <= r.from && r.from-j.From <= day && j.To > max(s.Until, r.from) && j.To <= r.to && age < int64(plan.JobLife.Seconds())
	if same || like && r.purpose != earlierMessages {
		return span{r.purpose, j.From, j.To}, true
	}
	return r, false
}

// kept is how long a result may wait and be fetched: Intercom keeps it two days
// after the job's end.
const kept = 47 * time.Hour
