package sandbox

// generator makes the built-in rows.
type generator struct {
	calendar
	seed     random
	lag      int64 // seconds; longest delay of a row
	contacts int64 // ordinals that conversations draw from
}

// part is what a row tells beside its conversation: an action, a state, a call.
type part struct {
	time    int64 // by which exports select it
	appears int64 // when it comes to be; it is visible the conversation's delay later
	k       int64 // its place among its conversation's parts
	kind    uint8
	mate    uint8
	from    int64
	to      int64
}

// scanParts returns the scan of a dataset whose rows are parts of
// conversations. The function appends a conversation's parts, always the same
// ones in the same order, whether they have come to be or not, except that
// their times may depend on the moment. Spread says that parts may be later
// than their conversation's start.
func (g *generator) scanParts(spread bool, parts func(p []part, c *conversation, at int64) []part) func(selection, func(*row) bool) {
	return func(s selection, yield func(*row) bool) {
		at := s.at.Unix()
		r := row{at: at}
		room := make([]part, 0, 32)
		g.converseAll(s, spread, &r.conversation, func() bool {
			c := &r.conversation
			if s.legacy && !c.replied {
				return true
			}
			room = parts(room[:0], c, at)
			for i := range room {
				if room[i].appears+c.visible-c.started > at || !s.holds(room[i].time) {
					continue
				}
				r.part, r.time = room[i], room[i].time
				if !yield(&r) {
					return false
				}
			}
			return true
		})
	}
}

// converseAll fills c with each conversation that may have rows in the
// selection, oldest first, until yield returns false.
func (g *generator) converseAll(s selection, spread bool, c *conversation, yield func() bool) {
	at := s.at.Unix()
	from, since := s.from, int64(0)
	if spread {
		from, since = s.from-lastChange, s.from
	}
	last := g.index(min(s.to, at))
	for number := max(0, g.index(from)); number <= last; number++ {
		d := g.day(number)
		for i := d.first(from); i < d.count; i++ {
			if !g.converse(c, &d, i, since) {
				continue
			}
			if c.started > s.to || c.started > at {
				return
			}
			if !yield() {
				return
			}
		}
	}
}

func wholeConversation(p []part, c *conversation, _ int64) []part {
	return append(p, part{time: c.started, appears: c.started})
}

// The actions, by kind. Their order is that of actionTypes.
const (
	actionOpened = iota
	actionAssigned
	actionReplied
	actionClosed
	actionReopened
	actionSnoozed
	actionRated
)

func actionParts(p []part, c *conversation, _ int64) []part {
	add := func(kind, mate uint8, at int64) {
		if at != 0 {
			p = append(p, part{time: at, appears: at, k: int64(len(p)), kind: kind, mate: mate})
		}
	}
	add(actionOpened, 0, c.started)
	for k := range c.mateCount {
		add(actionAssigned, c.mates[k], c.assigned[k])
	}
	for k := range c.replies {
		at := c.replyTime(k)
		mate, _ := c.mate(at)
		add(actionReplied, mate, at)
	}
	closer, _ := c.mate(c.closed)
	add(actionSnoozed, closer, c.snoozed)
	add(actionClosed, closer, c.closed)
	add(actionReopened, closer, c.reopened)
	add(actionClosed, closer, c.closedAgain)
	add(actionRated, 0, c.ratedAt)
	return p
}

// ratingParts has one row a rating. Its time is when it was given last, so
// that a changed rating leaves one window and enters another.
func ratingParts(p []part, c *conversation, at int64) []part {
	if rating, when := c.rated(at); when != 0 {
		p = append(p, part{time: when, appears: when, k: 0, kind: rating})
	}
	if c.finRatedAt != 0 {
		p = append(p, part{time: c.finRatedAt, appears: c.finRatedAt, k: 1, kind: c.finRating})
	}
	return p
}

func stateParts(p []part, c *conversation, _ int64) []part {
	moments := [...]struct {
		at   int64
		kind uint8
	}{{c.started, 0}, {c.snoozed, 1}, {c.woken, 0}, {c.closed, 2}, {c.reopened, 0}, {c.closedAgain, 2}}
	for _, m := range moments {
		if m.at == 0 {
			continue
		}
		if k := len(p); k > 0 {
			p[k-1].to = m.at
		}
		p = append(p, part{time: m.at, appears: m.at, k: int64(len(p)), kind: m.kind, from: m.at})
	}
	return p
}

// slaParts has several rows a conversation; where two SLAs apply, two of them
// agree in conversation, metric and time.
func slaParts(p []part, c *conversation, _ int64) []part {
	if c.mateCount == 0 {
		return p
	}
	slas := int64(1)
	if c.seed%4 == 0 {
		slas = 2
	}
	for sla := range slas {
		target := (sla + 1) * 3600
		p = append(p,
			part{k: sla, kind: 0, mate: c.mates[0], time: c.assigned[0], from: target, to: c.firstReply},
			part{k: sla, kind: 1, mate: c.mates[0], time: c.assigned[0], from: 24 * target, to: c.closed},
		)
	}
	for i := range p {
		p[i].appears = p[i].time
	}
	return p
}

// handlingParts has one row for each teammate who was assigned, selected by
// when the conversation started.
func handlingParts(p []part, c *conversation, _ int64) []part {
	for k := range c.mateCount {
		to := c.closed
		if k+1 < c.mateCount {
			to = c.assigned[k+1]
		}
		p = append(p, part{time: c.started, appears: c.assigned[k], k: int64(k), mate: c.mates[k], from: c.assigned[k], to: to})
	}
	return p
}

// ticketParts is the ticket of a conversation, if it has one.
func ticketParts(p []part, c *conversation, _ int64) []part {
	if !c.ticket {
		return p
	}
	created := c.firstReply + 30
	return append(p, part{time: created, appears: created, from: created, to: max(c.closed, c.closedAgain)})
}

// ticketStateParts has a row for each state a ticket has been in; it is in
// progress twice.
func ticketStateParts(p []part, c *conversation, _ int64) []part {
	if !c.ticket {
		return p
	}
	created, end := c.firstReply+30, max(c.closed, c.closedAgain)
	last := int64(len(ticketStates) - 1)
	for k := range last + 1 {
		entered := created + k*1800
		if end != 0 {
			entered = created + max(0, end-created)*k/last
		}
		if k == last && end == 0 {
			break
		}
		if k > 0 {
			p[k-1].to = entered
		}
		p = append(p, part{time: created, appears: entered, k: k, kind: uint8(k), from: entered})
	}
	return p
}

// callParts is the call of a conversation by phone.
func callParts(p []part, c *conversation, _ int64) []part {
	if !c.call {
		return p
	}
	initiated := c.started + int64(c.seed%20)
	answered := int64(0)
	if c.seed%8 != 0 {
		answered = initiated + 4 + int64(c.seed>>8%90)
	}
	ended := max(answered, initiated+60) + int64(c.seed>>16%1500)
	p = append(p, part{time: initiated, appears: ended, from: answered, to: ended})
	if c.mateCount > 0 {
		p[0].mate = c.mates[0]
	}
	return p
}

// callTeammateParts has a row for each teammate whom a call rang.
func callTeammateParts(p []part, c *conversation, at int64) []part {
	p = callParts(p, c, at)
	if len(p) == 0 {
		return p
	}
	for k := int64(1); k <= int64(c.seed>>24%3); k++ {
		next := p[0]
		next.k, next.mate = k, uint8((int64(p[0].mate)+6*k)%int64(len(teammates)))
		p = append(p, next)
	}
	return p
}

// promptParts has what teammates asked the copilot.
func promptParts(p []part, c *conversation, _ int64) []part {
	for k := range int64(c.prompts) {
		at := c.assigned[0] + 20*(k+1)
		p = append(p, part{time: at, appears: at + 5, k: k, mate: c.mates[0]})
	}
	return p
}

// scanShifts makes the periods of teammates' statuses: active, away at noon,
// active, gone; namesakes begin at the same second.
func (g *generator) scanShifts(s selection, yield func(*row) bool) {
	at := s.at.Unix()
	r := row{at: at}
	last := g.index(min(s.to, at))
	for number := max(0, g.index(s.from)-1); number <= last; number++ {
		for mate := range teammates {
			draw := g.seed.at(uint64(number), 0x5f1+uint64(min(mate, firstOf(mate))))
			if draw.chance(250) {
				continue
			}
			begin := g.epoch + number*daySeconds + 13*3600 + draw.below(7200)
			for k := range int64(len(shiftHours)) {
				from := begin + shiftHours[k]*3600
				to := from + 8*3600
				if k+1 < int64(len(shiftHours)) {
					to = begin + shiftHours[k+1]*3600
				}
				if from > at || !s.holds(from) {
					continue
				}
				r.part = part{time: from, appears: from, k: k, mate: uint8(mate), kind: uint8(k), from: from, to: to}
				r.time = from
				r.conversation.seed = draw.at(uint64(k), 0)
				if !yield(&r) {
					return
				}
			}
		}
	}
}

var shiftHours = []int64{0, 4, 5, 9} // hours after the shift's begin

// firstOf is the first teammate of the same display name.
func firstOf(mate int) int {
	if twin, ok := namesake(uint8(mate)); ok {
		return min(int(twin), mate)
	}
	return mate
}
