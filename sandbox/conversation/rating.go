package conversation

import (
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/random"
)

// judge draws the ratings: after the close, sometimes changed hours later.
func (c *Conversation) judge(draw *random.Source, last int64) {
	if c.Closed == 0 || !c.replied {
		return
	}
	if c.Fin && draw.Chance(200) {
		c.FinRatedAt = min(c.Started+120+draw.Skewed(calendar.DaySeconds), last)
		c.FinRating = rating(draw)
	}
	if c.MateCount == 0 || !draw.Chance(350) {
		return
	}
	c.RatedAt = min(max(c.Closed, c.closedAgain)+60+draw.Skewed(calendar.DaySeconds/4), last)
	c.rating = rating(draw)
	if draw.Chance(100) && c.RatedAt < last {
		c.ReratedAt = min(c.RatedAt+60+draw.Below(calendar.DaySeconds/5), last)
		c.rerating = rating(draw)
	}
}

// rating draws one of one to five stars; most people are content.
func rating(draw *random.Source) uint8 {
	return uint8(1 + draw.Weighted([]int64{8, 5, 9, 25, 53}))
}

// Rated returns the last rating and its time, 0 and 0 if there is none.
func (c *Conversation) Rated(at int64) (rating uint8, when int64) {
	if Passed(c.ReratedAt, at) {
		return c.rerating, c.ReratedAt
	}
	if Passed(c.RatedAt, at) {
		return c.rating, c.RatedAt
	}
	return 0, 0
}

// RatingParts has one row a rating. Its time is when it was given last, so
// that a changed rating leaves one window and enters another.
func RatingParts(p []Part, c *Conversation, at int64) []Part {
	if rating, when := c.Rated(at); when != 0 {
		p = append(p, Part{Time: when, Appears: when, K: 0, Kind: rating})
	}
	if c.FinRatedAt != 0 {
		p = append(p, Part{Time: c.FinRatedAt, Appears: c.FinRatedAt, K: 1, Kind: c.FinRating})
	}
	return p
}
