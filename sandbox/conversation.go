package sandbox

// conversation is everything that happens in one conversation, past and
// future. It is made whole from its place in the calendar; what an export
// shows of it depends on the export's moment alone. Times are Unix seconds, 0
// for what never happens; nothing happens later than lastChange after the start.
type conversation struct {
	id      int64
	seed    random // for cells that belong to no story
	started int64
	visible int64 // when exports begin to hold it

	channel, startedBy, brand, language uint8
	contact                             int64 // ordinal of who wrote
	team                                uint8
	replied                             bool // the user wrote at least once

	fin         bool // the AI agent took part
	finSolved   bool // and nobody else was needed
	finRatedAt  int64
	finRating   uint8
	firstReply  int64 // a teammate's
	replies     int64 // of teammates
	mates       [3]uint8
	assigned    [3]int64
	mateCount   int
	snoozed     int64
	woken       int64
	closed      int64
	reopened    int64
	closedAgain int64

	ratedAt, reratedAt int64
	rating, rerating   uint8

	ticket  bool
	call    bool
	prompts uint8 // asked of the copilot
}

// How long a conversation goes on changing. Most are over in three days, so
// exports of parts look no further back than that for them.
const (
	shortLife  = 3 * daySeconds
	lastChange = 30 * daySeconds
	longShare  = 120 // permille that live longer than shortLife
)

// converse makes the i-th conversation of a day. With since, it may give up
// early: false means that nothing of it happens at or after since.
func (g *generator) converse(c *conversation, d *workday, i, since int64) bool {
	draw := d.seed.at(uint64(i), 0xc0de)
	life := int64(shortLife)
	if draw.chance(longShare) {
		life = lastChange
	}
	if d.start+daySeconds+life < since {
		return false
	}
	*c = conversation{
		id:      firstID + d.number*idsPerDay + i,
		seed:    d.seed.at(uint64(i), 0x5eed),
		started: d.startOf(i),
	}
	c.visible = c.started + g.delay(&draw)
	c.channel = uint8(weighted(&draw, channelShares))
	c.startedBy = uint8(weighted(&draw, starterShares))
	c.brand = uint8(draw.below(int64(len(brands))))
	c.language = uint8(weighted(&draw, languageShares))
	c.contact = draw.below(max(g.contacts, 1))
	c.replied = c.startedBy != byTeammate || draw.chance(700)
	c.team = uint8((int(c.channel) + int(draw.below(3))) % len(teams))
	c.call = c.channel == byPhone
	g.serve(c, &draw, life)
	c.judge(&draw, c.started+life-1)
	return true
}

// delay is how long a row takes to become visible: mostly under a minute.
func (g *generator) delay(draw *random) int64 {
	if g.lag <= 0 {
		return 0
	}
	switch kind := draw.below(100); {
	case kind < 70:
		return draw.below(min(60, g.lag) + 1)
	case kind < 95:
		return draw.below(min(300, g.lag) + 1)
	}
	return draw.below(g.lag + 1)
}

// serve draws what the AI agent and the team do: answer, pass on, close.
func (g *generator) serve(c *conversation, draw *random, life int64) {
	c.fin = c.channel != byPhone && draw.chance(600)
	c.finSolved = c.fin && draw.chance(550)
	end := c.started + life
	if c.finSolved {
		c.closed = min(c.started+300+skewed(draw, daySeconds), end)
		return
	}
	weight := 1 + int64(c.team)%3 // some teams take longer
	c.firstReply = min(c.started+20+skewed(draw, weight*6*3600), end)
	c.mates[0] = teamMate(c.team, draw)
	c.assigned[0] = c.started + 5 + draw.below(min(120, c.firstReply-c.started-4))
	c.mateCount = 1
	c.replies = 1 + skewed(draw, 9)
	c.prompts = uint8(max(0, draw.below(6)-3))
	if !draw.chance(30) {
		c.closed = min(c.firstReply+60+skewed(draw, life*9/10), end-2*daySeconds/3)
		c.closed = max(c.closed, c.firstReply+30)
	}
	for c.mateCount < 3 && draw.chance(180) {
		c.reassign(draw, end)
	}
	if c.closed != 0 && c.closed-c.firstReply > 7200 && draw.chance(250) {
		c.snoozed = c.firstReply + 600 + draw.below(1800)
		c.woken = c.snoozed + 600 + draw.below(c.closed-c.snoozed-600)
	}
	if c.closed != 0 && c.closed+daySeconds/2 < end && draw.chance(120) {
		c.reopened = c.closed + 60 + draw.below(daySeconds/4)
		c.closedAgain = c.reopened + 60 + draw.below(daySeconds/6)
	}
	c.ticket = draw.chance(220)
}

// reassign hands the conversation on; sometimes to somebody of the same name.
func (c *conversation) reassign(draw *random, end int64) {
	last := c.mates[c.mateCount-1]
	next := uint8(draw.below(int64(len(teammates))))
	if twin, ok := namesake(last); ok && draw.chance(600) {
		next = twin
	}
	if next == last {
		next = (next + 1) % uint8(len(teammates))
	}
	until := end
	if c.closed != 0 {
		until = c.closed
	}
	from := c.assigned[c.mateCount-1] + 60
	if from >= until {
		from = until - 1
	}
	c.mates[c.mateCount] = next
	c.assigned[c.mateCount] = max(c.assigned[c.mateCount-1], from+draw.below(until-from))
	c.mateCount++
}

// judge draws the ratings: after the close, sometimes changed hours later.
func (c *conversation) judge(draw *random, last int64) {
	if c.closed == 0 || !c.replied {
		return
	}
	if c.fin && draw.chance(200) {
		c.finRatedAt = min(c.started+120+skewed(draw, daySeconds), last)
		c.finRating = rating(draw)
	}
	if c.mateCount == 0 || !draw.chance(350) {
		return
	}
	c.ratedAt = min(max(c.closed, c.closedAgain)+60+skewed(draw, daySeconds/4), last)
	c.rating = rating(draw)
	if draw.chance(100) && c.ratedAt < last {
		c.reratedAt = min(c.ratedAt+60+draw.below(daySeconds/5), last)
		c.rerating = rating(draw)
	}
}

// skewed draws from [0, n), small numbers far more often than large ones.
func skewed(draw *random, n int64) int64 {
	u := draw.unit()
	return int64(u * u * u * float64(n))
}

func rating(draw *random) uint8 { return uint8(1 + weighted(draw, ratingShares)) }

// weighted draws an index by shares of a hundred.
func weighted(draw *random, shares []int64) int {
	at := draw.below(100)
	for i, share := range shares {
		if at < share {
			return i
		}
		at -= share
	}
	return len(shares) - 1
}

// What is known of a conversation at a moment.

func (c *conversation) state(at int64) label {
	switch {
	case passed(c.closedAgain, at):
		return stateClosed
	case passed(c.reopened, at):
		return stateOpen
	case passed(c.closed, at):
		return stateClosed
	case passed(c.woken, at):
		return stateOpen
	case passed(c.snoozed, at):
		return stateSnoozed
	}
	return stateOpen
}

// mate returns who the conversation is assigned to, and false for nobody.
func (c *conversation) mate(at int64) (uint8, bool) {
	for k := c.mateCount - 1; k >= 0; k-- {
		if passed(c.assigned[k], at) {
			return c.mates[k], true
		}
	}
	return 0, false
}

// lastClosed returns when it was closed last, 0 if it was not.
func (c *conversation) lastClosed(at int64) int64 {
	if passed(c.closedAgain, at) {
		return c.closedAgain
	}
	return known(c.closed, at)
}

// rated returns the last rating and its time, 0 and 0 if there is none.
func (c *conversation) rated(at int64) (rating uint8, when int64) {
	if passed(c.reratedAt, at) {
		return c.rerating, c.reratedAt
	}
	if passed(c.ratedAt, at) {
		return c.rating, c.ratedAt
	}
	return 0, 0
}

// repliesBy returns how many replies teammates have sent.
func (c *conversation) repliesBy(at int64) int64 {
	n := int64(0)
	for n < c.replies && c.replyTime(n) <= at {
		n++
	}
	return n
}

// replyTime is when a teammate's k-th reply is sent.
func (c *conversation) replyTime(k int64) int64 {
	end := c.closed
	if end == 0 {
		end = c.firstReply + 2*3600
	}
	return c.firstReply + (end-c.firstReply)*k/c.replies
}

// passed says whether something happens, and has happened.
func passed(event, at int64) bool { return event != 0 && event <= at }

// known is the event's time once it has passed, 0 before.
func known(event, at int64) int64 {
	if passed(event, at) {
		return event
	}
	return 0
}
