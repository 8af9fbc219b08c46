package conversation

import (
	"math"
	"strconv"
	"time"

	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/workspace"
)

// deletion draws when the conversation is deleted, 0 for never, and whether its
// reporting rows outlive it. It draws apart from all else, so that a workspace
// with deletions has the conversations that it has without.
func (g *Generator) deletion(c *Conversation) (at int64, retained bool) {
	draw := c.Seed.At(0xde1, 0)
	if g.deleted == 0 || !draw.Chance(g.deleted) {
		return 0, false
	}
	at = c.Started + 3600 + draw.Below(40*calendar.DaySeconds)
	return at, draw.Chance(300)
}

// Deletions are the conversations that were deleted by a moment, oldest first.
func (g *Generator) Deletions(at time.Time) (all []workspace.Deletion) {
	if g.deleted == 0 {
		return nil
	}
	everything := Selection{From: math.MinInt64 / 2, To: math.MaxInt64 / 2, At: at}
	var c Conversation
	g.converseAll(everything, false, &c, func() bool {
		if when, retained := g.deletion(&c); Passed(when, at.Unix()) {
			all = append(all, workspace.Deletion{
				ConversationID: strconv.FormatInt(c.ID, 10), At: time.Unix(when, 0), MetricsRetained: retained,
			})
		}
		return true
	})
	return all
}
