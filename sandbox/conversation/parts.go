package conversation

// Part is what a row tells beside its conversation: an action, a state, a call.
type Part struct {
	Time    int64 // by which exports select it
	Appears int64 // when it comes to be; it is visible the conversation's delay later
	K       int64 // its place among its conversation's parts
	Kind    uint8
	Mate    uint8
	From    int64
	To      int64
}

// WholeConversation is one part: the conversation itself.
func WholeConversation(p []Part, c *Conversation, _ int64) []Part {
	return append(p, Part{Time: c.Started, Appears: c.Started})
}

// The actions, by kind. Their order is that of actionTypes.
const (
	ActionOpened = iota
	ActionAssigned
	ActionReplied
	ActionClosed
	actionReopened
	actionSnoozed
	ActionRated
)

// ActionParts has a row for each action.
func ActionParts(p []Part, c *Conversation, _ int64) []Part {
	add := func(kind, mate uint8, at int64) {
		if at != 0 {
			p = append(p, Part{Time: at, Appears: at, K: int64(len(p)), Kind: kind, Mate: mate})
		}
	}
	add(ActionOpened, 0, c.Started)
	for k := range c.MateCount {
		add(ActionAssigned, c.Mates[k], c.Assigned[k])
	}
	for k := range c.replies {
		at := c.replyTime(k)
		mate, _ := c.Mate(at)
		add(ActionReplied, mate, at)
	}
	closer, _ := c.Mate(c.Closed)
	add(actionSnoozed, closer, c.snoozed)
	add(ActionClosed, closer, c.Closed)
	add(actionReopened, closer, c.Reopened)
	add(ActionClosed, closer, c.closedAgain)
	add(ActionRated, 0, c.RatedAt)
	return p
}

// StateParts has a row for each state that the conversation was in.
func StateParts(p []Part, c *Conversation, _ int64) []Part {
	moments := [...]struct {
		at   int64
		kind uint8
	}{{c.Started, 0}, {c.snoozed, 1}, {c.woken, 0}, {c.Closed, 2}, {c.Reopened, 0}, {c.closedAgain, 2}}
	for _, m := range moments {
		if m.at == 0 {
			continue
		}
		if k := len(p); k > 0 {
			p[k-1].To = m.at
		}
		p = append(p, Part{Time: m.at, Appears: m.at, K: int64(len(p)), Kind: m.kind, From: m.at})
	}
	return p
}

// SlaParts has several rows a conversation; where two SLAs apply, two of them
// agree in conversation, metric and time.
func SlaParts(p []Part, c *Conversation, _ int64) []Part {
	if c.MateCount == 0 {
		return p
	}
	slas := int64(1)
	if c.Seed%4 == 0 {
		slas = 2
	}
	for sla := range slas {
		target := (sla + 1) * 3600
		p = append(p,
			Part{K: sla, Kind: 0, Mate: c.Mates[0], Time: c.Assigned[0], From: target, To: c.FirstReply},
			Part{K: sla, Kind: 1, Mate: c.Mates[0], Time: c.Assigned[0], From: 24 * target, To: c.Closed},
		)
	}
	for i := range p {
		p[i].Appears = p[i].Time
	}
	return p
}

// HandlingParts has one row for each teammate who was assigned, selected by
// when the conversation started.
func HandlingParts(p []Part, c *Conversation, _ int64) []Part {
	for k := range c.MateCount {
		to := c.Closed
		if k+1 < c.MateCount {
			to = c.Assigned[k+1]
		}
		p = append(p, Part{Time: c.Started, Appears: c.Assigned[k], K: int64(k), Mate: c.Mates[k], From: c.Assigned[k], To: to})
	}
	return p
}

// TicketParts is the ticket of a conversation, if it has one.
func TicketParts(p []Part, c *Conversation, _ int64) []Part {
	if !c.Ticket {
		return p
	}
	created := c.FirstReply + 30
	return append(p, Part{Time: created, Appears: created, From: created, To: max(c.Closed, c.closedAgain)})
}

// TicketStateParts has a row for each state a ticket has been in; it is in
// progress twice.
func TicketStateParts(p []Part, c *Conversation, _ int64) []Part {
	if !c.Ticket {
		return p
	}
	created, end := c.FirstReply+30, max(c.Closed, c.closedAgain)
	last := int64(len(TicketStates) - 1)
	for k := range last + 1 {
		entered := created + k*1800
		if end != 0 {
			entered = created + max(0, end-created)*k/last
		}
		if k == last && end == 0 {
			break
		}
		if k > 0 {
			p[k-1].To = entered
		}
		p = append(p, Part{Time: created, Appears: entered, K: k, Kind: uint8(k), From: entered})
	}
	return p
}

// CallParts is the call of a conversation by phone.
func CallParts(p []Part, c *Conversation, _ int64) []Part {
	if !c.Call {
		return p
	}
	initiated := c.Started + int64(c.Seed%20)
	answered := int64(0)
	if c.Seed%8 != 0 {
		answered = initiated + 4 + int64(c.Seed>>8%90)
	}
	ended := max(answered, initiated+60) + int64(c.Seed>>16%1500)
	p = append(p, Part{Time: initiated, Appears: ended, From: answered, To: ended})
	if c.MateCount > 0 {
		p[0].Mate = c.Mates[0]
	}
	return p
}

// CallTeammateParts has a row for each teammate whom a call rang.
func CallTeammateParts(p []Part, c *Conversation, at int64) []Part {
	p = CallParts(p, c, at)
	if len(p) == 0 {
		return p
	}
	for k := int64(1); k <= int64(c.Seed>>24%3); k++ {
		next := p[0]
		next.K, next.Mate = k, uint8((int64(p[0].Mate)+6*k)%int64(len(Teammates)))
		p = append(p, next)
	}
	return p
}

// PromptParts has what teammates asked the copilot.
func PromptParts(p []Part, c *Conversation, _ int64) []Part {
	for k := range int64(c.Prompts) {
		at := c.Assigned[0] + 20*(k+1)
		p = append(p, Part{Time: at, Appears: at + 5, K: k, Mate: c.Mates[0]})
	}
	return p
}
