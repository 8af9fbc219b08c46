package conversation

// What is known of a conversation at a moment.

// State is the state at a moment.
func (c *Conversation) State(at int64) Label {
	switch {
	case Passed(c.closedAgain, at):
		return StateClosed
	case Passed(c.Reopened, at):
		return StateOpen
	case Passed(c.Closed, at):
		return StateClosed
	case Passed(c.woken, at):
		return StateOpen
	case Passed(c.snoozed, at):
		return StateSnoozed
	}
	return StateOpen
}

// Mate returns who the conversation is assigned to, and false for nobody.
func (c *Conversation) Mate(at int64) (uint8, bool) {
	for k := c.MateCount - 1; k >= 0; k-- {
		if Passed(c.Assigned[k], at) {
			return c.Mates[k], true
		}
	}
	return 0, false
}

// LastClosed returns when it was closed last, 0 if it was not.
func (c *Conversation) LastClosed(at int64) int64 {
	if Passed(c.closedAgain, at) {
		return c.closedAgain
	}
	return Known(c.Closed, at)
}

// RepliesBy returns how many replies teammates have sent.
func (c *Conversation) RepliesBy(at int64) int64 {
	n := int64(0)
	for n < c.replies && c.replyTime(n) <= at {
		n++
	}
	return n
}

// replyTime is when a teammate's k-th reply is sent.
func (c *Conversation) replyTime(k int64) int64 {
	end := c.Closed
	if end == 0 {
		end = c.FirstReply + 2*3600
	}
	return c.FirstReply + (end-c.FirstReply)*k/c.replies
}

// Passed says whether something happens, and has happened.
func Passed(event, at int64) bool { return event != 0 && event <= at }

// Known is the event's time once it has passed, 0 before.
func Known(event, at int64) int64 {
	if Passed(event, at) {
		return event
	}
	return 0
}
