// Package conversation makes the workspace's conversations: who wrote and who
// answered, what was closed, rated and reopened when. Every conversation is
// made whole from the seed and its place in the calendar.
package conversation

import (
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/random"
)

// Conversation is everything that happens in one conversation, past and
// future. It is made whole from its place in the calendar; what an export
// shows of it depends on the export's moment alone. Times are Unix seconds, 0
// for what never happens; nothing happens later than lastChange after the start.
type Conversation struct {
	ID      int64
	Seed    random.Source // for cells that belong to no story
	Started int64
	visible int64 // when exports begin to hold it

	Channel, StartedBy, Brand, Language uint8
	Contact                             int64 // ordinal of who wrote
	Team                                uint8
	replied                             bool // the user wrote at least once

	Fin         bool // the AI agent took part
	FinSolved   bool // and nobody else was needed
	FinRatedAt  int64
	FinRating   uint8
	FirstReply  int64 // a teammate's
	replies     int64 // of teammates
	Mates       [3]uint8
	Assigned    [3]int64
	MateCount   int
	snoozed     int64
	woken       int64
	Closed      int64
	Reopened    int64
	closedAgain int64

	RatedAt, ReratedAt int64
	rating, rerating   uint8

	Ticket  bool
	Call    bool
	Prompts uint8 // asked of the copilot
}

// How long a conversation goes on changing. Most are over in three days, so
// exports of parts look no further back than that for them.
const (
	shortLife  = 3 * calendar.DaySeconds
	lastChange = 30 * calendar.DaySeconds
	longShare  = 120 // permille that live longer than shortLife
)

// converse makes the i-th conversation of a day. With since, it may give up
// early: false means that nothing of it happens at or after since.
func (g *Generator) converse(c *Conversation, d *calendar.Workday, i, since int64) bool {
	draw := d.Seed.At(uint64(i), 0xc0de)
	life := int64(shortLife)
	if draw.Chance(longShare) {
		life = lastChange
	}
	if d.Start+calendar.DaySeconds+life < since {
		return false
	}
	*c = Conversation{
		ID:      calendar.FirstID + d.Number*calendar.IdsPerDay + i,
		Seed:    d.Seed.At(uint64(i), 0x5eed),
		Started: d.StartOf(i),
	}
	c.visible = c.Started + delay(&draw)
	c.Channel = uint8(draw.Weighted(channelShares))
	c.StartedBy = uint8(draw.Weighted(starterShares))
	c.Brand = uint8(draw.Below(int64(len(Brands))))
	c.Language = uint8(draw.Weighted(languageShares))
	c.Contact = draw.Below(max(g.contacts, 1))
	c.replied = c.StartedBy != byTeammate || draw.Chance(700)
	c.Team = uint8((int(c.Channel) + int(draw.Below(3))) % len(Teams))
	c.Call = c.Channel == byPhone
	g.serve(c, &draw, life)
	c.judge(&draw, c.Started+life-1)
	return true
}

// delay is how long a row takes to become visible: mostly under a minute, at the
// most twenty.
func delay(draw *random.Source) int64 {
	switch kind := draw.Below(100); {
	case kind < 70:
		return draw.Below(60 + 1)
	case kind < 95:
		return draw.Below(300 + 1)
	}
	return draw.Below(20*60 + 1)
}

// serve draws what the AI agent and the team do: answer, pass on, close.
func (g *Generator) serve(c *Conversation, draw *random.Source, life int64) {
	c.Fin = c.Channel != byPhone && draw.Chance(600)
	c.FinSolved = c.Fin && draw.Chance(550)
	end := c.Started + life
	if c.FinSolved {
		c.Closed = min(c.Started+300+draw.Skewed(calendar.DaySeconds), end)
		return
	}
	weight := 1 + int64(c.Team)%3 // some teams take longer
	c.FirstReply = min(c.Started+20+draw.Skewed(weight*6*3600), end)
	c.Mates[0] = teamMate(c.Team, draw)
	c.Assigned[0] = c.Started + 5 + draw.Below(min(120, c.FirstReply-c.Started-4))
	c.MateCount = 1
	c.replies = 1 + draw.Skewed(9)
	c.Prompts = uint8(max(0, draw.Below(6)-3))
	if !draw.Chance(30) {
		c.Closed = min(c.FirstReply+60+draw.Skewed(life*9/10), end-2*calendar.DaySeconds/3)
		c.Closed = max(c.Closed, c.FirstReply+30)
	}
	for c.MateCount < 3 && draw.Chance(180) {
		c.reassign(draw, end)
	}
	if c.Closed != 0 && c.Closed-c.FirstReply > 7200 && draw.Chance(250) {
		c.snoozed = c.FirstReply + 600 + draw.Below(1800)
		c.woken = c.snoozed + 600 + draw.Below(c.Closed-c.snoozed-600)
	}
	if c.Closed != 0 && c.Closed+calendar.DaySeconds/2 < end && draw.Chance(120) {
		c.Reopened = c.Closed + 60 + draw.Below(calendar.DaySeconds/4)
		c.closedAgain = c.Reopened + 60 + draw.Below(calendar.DaySeconds/6)
	}
	c.Ticket = draw.Chance(220)
}

// reassign hands the conversation on; sometimes to somebody of the same name.
func (c *Conversation) reassign(draw *random.Source, end int64) {
	last := c.Mates[c.MateCount-1]
	next := uint8(draw.Below(int64(len(Teammates))))
	if twin, ok := namesake(last); ok && draw.Chance(600) {
		next = twin
	}
	if next == last {
		next = (next + 1) % uint8(len(Teammates))
	}
	until := end
	if c.Closed != 0 {
		until = c.Closed
	}
	from := c.Assigned[c.MateCount-1] + 60
	if from >= until {
		from = until - 1
	}
	c.Mates[c.MateCount] = next
	c.Assigned[c.MateCount] = max(c.Assigned[c.MateCount-1], from+draw.Below(until-from))
	c.MateCount++
}
