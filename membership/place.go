package membership

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"
)

// ErrOver ends a stage at Config.Until. The rows that it has handed out count,
// and the state tells its place.
var ErrOver = errors.New("the walk's time is over")

// Place is where a stage was left, between two pages: of each page of its lists
// either all rows were handed out or none. The ids that the lists have met are
// not in it: Config.ReadBack gives them back.
type Place struct {
	Rows  map[string]int64  `json:"rows"`            // handed out, by table
	Round int               `json:"round,omitempty"` // of the searches of all segments, from 0
	Lists []ListPlace       `json:"lists"`           // that are still read
	Named map[string]string `json:"named,omitempty"` // segments that companies name, by id
	Known []string          `json:"known,omitzero"`  // segments that there were when the search of their members began
	Short []Proof           `json:"short,omitempty"` // that not all of those are known
}

// ListPlace is how far a list has been read.
type ListPlace struct {
	Segment   string `json:"segment,omitempty"` // whose members the list holds
	Of        string `json:"of,omitempty"`      // the segment's person_type
	Proof     Proof  `json:"proof"`
	Size      Proof  `json:"size,omitzero"`    // by the segment's own count, where Proof's is the search's
	Cursor    string `json:"cursor,omitempty"` // of the next page, or the scroll's; empty between two readings
	Readings  int    `json:"readings,omitempty"`
	Ended     int    `json:"ended,omitempty"`     // readings that came to the list's end
	Pages     int    `json:"pages,omitempty"`     // of all readings
	Fruitless int    `json:"fruitless,omitempty"` // the last pages, with nothing new
	Known     int    `json:"known,omitempty"`     // and how many were on them
	Found     int    `json:"found,omitempty"`     // new ones in this reading, where it is not the first
	Gone      int    `json:"gone,omitempty"`      // met when the scroll last ended by being gone
	Short     int    `json:"short,omitempty"`     // of those met, that have more tags or segments than Intercom tells
	Tags      tells  `json:"tags,omitzero"`       // how those met tell their tags
	Segments  tells  `json:"segments,omitzero"`   // and, of companies, their segments
	Listed    bool   `json:"listed,omitempty"`    // no scroll can be had: the companies are listed, and Cursor is a page of the list
	// Unscrolled says why a scroll that is there could not be had, where the companies
	// are listed instead: the list leaves some out, and proves nothing then.
	Unscrolled string `json:"unscrolled,omitempty"`
}

// Further reports whether the walk has come further than an earlier state of
// it: by a stage, a page or a round.
func (s State) Further(than State) bool {
	if len(s.Done) > len(than.Done) {
		return true
	}
	for stage, p := range s.Places {
		was := than.Places[stage]
		if p.Round > was.Round || p.pages() > was.pages() {
			return true
		}
	}
	return false
}

func (p Place) pages() (n int) {
	for _, l := range p.Lists {
		n += l.Pages
	}
	return n
}

// leave notes the place of a stage that is over, once it has one.
func (w *Walk) leave(stage Stage, out *output) {
	p := Place{Rows: out.rows, Round: out.round, Named: out.named, Known: out.known, Short: out.short}
	for _, l := range out.lists {
		p.Lists = append(p.Lists, l.whole)
	}
	if p.pages() == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Places = maps.Clone(w.state.Places)
	if w.state.Places == nil {
		w.state.Places = map[Stage]Place{}
	}
	w.state.Places[stage] = p
}

// within ends with ctx and, by ErrOver, at Config.Until.
func (w *Walk) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.config.Until.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, w.config.Until, ErrOver)
}

// lasting ends with ctx, and some time after within: long enough for an answer
// that is on its way, a quarter at most of the time that is left.
func lasting(ctx, within context.Context, patience time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(within, func() {
		if end, ok := ctx.Deadline(); ok {
			patience = min(patience, time.Until(end)/4)
		}
		time.AfterFunc(patience, cancel)
	})
	return ctx, func() {
		stop()
		cancel()
	}
}

// recall gives those lists that go on the ids that they have met. Going on
// without them would hand out rows twice and prove nothing.
func (w *Walk) recall(ctx context.Context, table string, lists []*list) error {
	forgetful := map[string]*list{}
	for _, l := range lists {
		if l.forgetful() {
			l.seen = newSeen(l.place.Proof.Walked)
			forgetful[l.place.Segment] = l
		}
	}
	if len(forgetful) == 0 {
		return nil
	}
	for key, err := range w.config.ReadBack(ctx, table) {
		if err != nil {
			return err
		}
		segment := ""
		if len(key) > 1 {
			segment = key[1]
		}
		if l := forgetful[segment]; l != nil {
			l.seen.add(key[0])
		}
	}
	for _, l := range forgetful {
		if l.forgetful() {
			return fmt.Errorf("the list %q had met %d when it was left, and %d came back: it cannot go on", listName(l.place.Proof.List), l.place.Proof.Walked, l.seen.len())
		}
	}
	return nil
}
