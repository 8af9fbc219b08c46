package conversation

import (
	"time"

	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

// Generator makes the built-in rows.
type Generator struct {
	calendar calendar.Calendar
	seed     random.Source
	deleted  int64 // permille of conversations that are deleted some day
	contacts int64 // ordinals that conversations draw from
}

// Scan gives the conversations and the parts of them that a selection holds,
// until yield returns false. Both are valid during the call only.
type Scan func(s Selection, yield func(c *Conversation, p *Part) bool)

// ScanParts returns the scan of a dataset whose rows are parts of
// conversations. The function appends a conversation's parts, always the same
// ones in the same order, whether they have come to be or not, except that
// their times may depend on the moment. Spread says that parts may be later
// than their conversation's start.
func (g *Generator) ScanParts(spread bool, parts func(p []Part, c *Conversation, at int64) []Part) Scan {
	return func(s Selection, yield func(*Conversation, *Part) bool) {
		at := s.At.Unix()
		var c Conversation
		room := make([]Part, 0, 32)
		g.converseAll(s, spread, &c, func() bool {
			if s.Legacy && !c.replied {
				return true
			}
			if when, retained := g.deletion(&c); Passed(when, at) && !retained {
				return true
			}
			room = parts(room[:0], &c, at)
			for i := range room {
				if room[i].Appears+c.visible-c.Started > at || !s.Holds(room[i].Time) {
					continue
				}
				if !yield(&c, &room[i]) {
					return false
				}
			}
			return true
		})
	}
}

// converseAll fills c with each conversation that may have rows in the
// selection, oldest first, until yield returns false.
func (g *Generator) converseAll(s Selection, spread bool, c *Conversation, yield func() bool) {
	at := s.At.Unix()
	from, since := s.From, int64(0)
	if spread {
		from, since = s.From-lastChange, s.From
	}
	last := g.calendar.Index(min(s.To, at))
	for number := max(0, g.calendar.Index(from)); number <= last; number++ {
		d := g.calendar.Day(number)
		for i := d.First(from); i < d.Count; i++ {
			if !g.converse(c, &d, i, since) {
				continue
			}
			if c.Started > s.To || c.Started > at {
				return
			}
			if !yield() {
				return
			}
		}
	}
}

// New makes the generator of a workspace.
func New(o workspace.Options, zone *time.Location) *Generator {
	seed := random.Source(o.Seed).At(0xda7a, 0)
	return &Generator{
		calendar: calendar.Calendar{Seed: seed, Epoch: o.Epoch.Unix(), Rows: o.RowsPerDay, Zone: zone},
		seed:     seed,
		deleted:  int64(o.Deleted),
		contacts: int64(o.Contacts),
	}
}
