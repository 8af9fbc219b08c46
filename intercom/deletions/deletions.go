// Package deletions is Intercom's list of deleted conversations.
package deletions

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
)

// Deletion is a conversation that was deleted.
type Deletion struct {
	ConversationID string
	At             time.Time
	// MetricsRetained says that who deleted it kept its rows in reporting exports.
	MetricsRetained bool
}

const op = "list deleted conversations"

// sizes are how many are asked for at once: the most that Intercom gives, and fewer
// where that is too much for its servers. Each divides the one before, so that pages of
// either begin at the same places.
var sizes = []int{60, 30, 15, 5, 1}

// regrow is how many pages go well before larger ones are tried again.
const regrow = 4

// samePages is how often a page may come again, as when the list grows
// meanwhile by just a page, before the list is taken to have no end.
const samePages = 3

// knownPages is how many pages with nothing new may come one after another.
const knownPages = 100

// List lists the conversations that were deleted at a time or later, page by
// page and the last one first: GET /conversations/deleted. Earlier ones of the
// same page come too. A list that turns out not to be in the order of deletion is
// read to its end. While conversations are being deleted, one may come twice.
// Versions before 2.16 refuse the call.
func List(ctx context.Context, c *intercom.Client, since time.Time) iter.Seq2[[]Deletion, error] {
	return func(yield func([]Deletion, error) bool) {
		l := listing{client: c, known: map[string]bool{}}
		var newest time.Time // many that were deleted at once are in any order: they show none
		for sorted, same, fruitless, last := true, 0, 0, page(nil); ; {
			a, err := l.fetch(ctx)
			next := page(a.Elements)
			if err != nil {
				yield(nil, err)
				return
			}
			if same++; !next.equal(last) {
				same = 0
			}
			if fruitless++; next.add(l.known) {
				fruitless = 0
			}
			sorted = sorted && next.follows(last)
			if len(next) > 0 && !yield(next, nil) {
				return
			}
			missing := a.Least(l.given, l.asked) > l.given
			empty := len(next) == 0 && len(last) == 0 && l.pages > 1
			if newest.IsZero() && len(next) > 0 {
				newest = next[0].At
			}
			switch over := len(next) > 0 && sorted && next.allBefore(since) && next[len(next)-1].At.Before(newest); {
			case over, a.Next() == nil && !missing, empty && !missing:
				return
			case empty:
				yield(nil, c.Unreadable(op, fmt.Sprintf("Intercom says that there are %d or more, and gives %d", a.Least(l.given, l.asked), l.given)))
				return
			case fruitless > knownPages:
				yield(nil, c.Unreadable(op, fmt.Sprintf("page %d is one of many with nothing new: the list does not end", l.pages)))
				return
			case same == samePages:
				yield(nil, c.Unreadable(op, fmt.Sprintf("page %d is the one before it, again and again", l.pages)))
				return
			}
			last = next
		}
	}
}

// listing is how far the list is read.
type listing struct {
	client       *intercom.Client
	known        map[string]bool
	pages, given int
	from         int // how many come before the next page
	size         int // of sizes, by its number
	asked        int // for the last page
	well         int // pages that went well in this size
}

// fetch reads the next page: of fewer at once where Intercom's servers take too long
// over it, and of more again after a while.
func (l *listing) fetch(ctx context.Context) (answer.List[Deletion, *Deletion], error) {
	if l.size > 0 && l.well >= regrow && l.from%sizes[l.size-1] == 0 {
		l.size, l.well = l.size-1, 0
	}
	query := func() url.Values {
		l.asked = sizes[l.size]
		return url.Values{"page": {strconv.Itoa(l.from/l.asked + 1)}, "per_page": {strconv.Itoa(l.asked)}, "order": {"desc"}}
	}
	a, _, err := intercom.Fetch[answer.List[Deletion, *Deletion]](ctx, l.client, intercom.Call{
		Op: op, Method: http.MethodGet, Path: "/conversations/deleted", Query: query(),
		Adapt: func(k *intercom.Call, e *intercom.Error) bool {
			if l.size == len(sizes)-1 || !e.TooLarge() {
				return false
			}
			l.size, l.well = l.size+1, 0
			k.Query = query()
			return true
		},
	})
	l.pages, l.well = l.pages+1, l.well+1
	l.from, l.given = l.from+l.asked, l.given+len(a.Elements)
	return a, err
}

type page []Deletion

// UnmarshalJSON reads a deletion as Intercom gives it.
func (d *Deletion) UnmarshalJSON(b []byte) error {
	var a struct {
		At       json.RawMessage `json:"deleted_at"`
		Retained json.RawMessage `json:"metrics_retained"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	at, ok := answer.TimeOf(a.At)
	if !ok || at.IsZero() {
		return fmt.Errorf("its deleted_at is no time")
	}
	if answer.IsNull(a.Retained) {
		return fmt.Errorf("it lacks metrics_retained")
	}
	*d = Deletion{ConversationID: answer.IDOf(b), At: at, MetricsRetained: answer.TruthOf(a.Retained)}
	return nil
}

func (d *Deletion) Key() string { return d.ConversationID }

func (p page) equal(other page) bool {
	return len(p) > 0 && len(p) == len(other) && p[0] == other[0] && p[len(p)-1] == other[len(other)-1]
}

// add makes a page's conversations known, and says whether one was not.
func (p page) add(known map[string]bool) (found bool) {
	for _, d := range p {
		found = found || !known[d.ConversationID]
		known[d.ConversationID] = true
	}
	return found
}

// follows says whether a page is in the order of deletion, the last one first,
// and may come after another. The list moves on while it is read, so that a page
// may begin with what the one before it ended with.
func (p page) follows(before page) bool {
	for i := 1; i < len(p); i++ {
		if p[i].At.After(p[i-1].At) {
			return false
		}
	}
	return len(p) == 0 || len(before) == 0 || !p[0].At.After(before[0].At)
}

// allBefore says whether every conversation of a page was deleted before a time.
func (p page) allBefore(t time.Time) bool {
	for _, d := range p {
		if !d.At.Before(t) {
			return false
		}
	}
	return true
}
