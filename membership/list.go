package membership

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"log/slog"

	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
)

// list is one of Intercom's lists on its way to being read whole, in as many
// readings as it takes. What one reading missed the next one adds.
type list struct {
	place ListPlace
	whole ListPlace // after the last page of which all rows were handed out
	seen  seen
	again *seen // the ids that this reading has met; nil where nobody asks
	ask   bool  // somebody asks, even where there is a count
	least int   // how many there must be, by what the last page said
	more  bool  // it said that there are others, and not where
}

// newList begins at a place, the ids met before not known yet.
func newList(at ListPlace) *list {
	return &list{place: at, whole: at, seen: newSeen(0)}
}

// forgetful reports that ids are missing that the list has met.
func (l *list) forgetful() bool { return l.seen.len() != l.place.Proof.Walked }

// begin starts a reading.
func (l *list) begin() {
	l.place.Readings++
	l.place.Cursor, l.place.Fruitless, l.place.Known = "", 0, 0
	l.again = nil
	if l.place.Readings > 1 && (l.ask || len(l.counts()) == 0) {
		l.again = new(newSeen(l.seen.len()))
	}
}

// end notes that a reading came to the list's end.
func (l *list) end() {
	l.place.Ended++
	l.place.Cursor = ""
	l.place.Proof.Seen = l.metAll() && l.place.Found == 0 && l.seen.len() >= l.least && !l.more
	l.place.Found = 0
}

// metAll reports that this reading has met all that the ones before it have.
func (l *list) metAll() bool { return l.again != nil && l.again.len() == l.seen.len() }

// fruitless is how many pages with nothing new there may be of a list that has
// shown all of its ids twice since the last new one.
const fruitless = 100

// fresh takes a page in and returns the bearers on it that are new. A list
// that goes on for ever without anything new is an error: each page was read,
// yet none was the last.
func fresh[T any](l *list, page []T, id func(*T) string) ([]T, error) {
	kept := page[:0]
	for i := range page {
		if l.again != nil {
			l.again.add(id(&page[i]))
		}
		if l.seen.add(id(&page[i])) {
			kept = append(kept, page[i])
		}
	}
	l.place.Pages++
	l.place.Fruitless++
	l.place.Known += len(page)
	if len(page) == 0 {
		l.place.Known += people.MaxPerPage // as if it were full: else empty ones could go on for ever
	}
	if len(kept) > 0 {
		l.place.Fruitless, l.place.Known = 0, 0
	}
	if l.place.Readings > 1 {
		l.place.Found += len(kept)
	}
	l.place.Proof.Walked = l.seen.len()
	if l.place.Fruitless > fruitless && l.place.Known > 2*l.seen.len() {
		return nil, fmt.Errorf("the list %q does not end: the last %d of %d pages held nothing new", listName(l.place.Proof.List), l.place.Fruitless, l.place.Pages)
	}
	return kept, nil
}

// count takes in what Intercom counts in the list, and how many there must be at least.
func (l *list) count(total, least int) {
	l.least = least
	if l.place.Pages == 0 {
		l.place.Proof.Before = total
	}
	l.place.Proof.After = total
}

// fetchPage reads the page of a list that follows a cursor; "" is the first.
type fetchPage func(ctx context.Context, after string) (people.ContactPage, error)

// Pages that go well before larger ones are tried again: a few after a fault that
// came by chance, more each time when the larger ones are what fails.
const (
	regrow     = 4
	regrowMost = 64
)

// pageSize is how many of a list are asked for at once: as many as Intercom's
// servers bear. The client halves a page that is too large, the next ones are
// asked for in the size that it came to, and larger ones are tried again after a
// while.
type pageSize struct {
	list       string
	log        *slog.Logger
	most, size int
	well       int // pages that went well in this size
	enough     int // of them, until a larger one is tried
}

func (w *Walk) pageSize(list string, most int) *pageSize {
	return &pageSize{list: listName(list), log: w.config.Log, most: most, size: most, enough: regrow}
}

// came takes in the size that a page came to.
func (p *pageSize) came(perPage int) {
	switch p.well++; {
	case perPage < p.size:
		if p.well == 1 { // the first of its size
			p.enough = min(2*p.enough, regrowMost)
		}
		p.log.Info("Intercom cannot give that many at once: asking for smaller pages", "list", p.list, "per_page", perPage)
		p.size, p.well = perPage, 1
	case p.well >= p.enough && p.size < p.most:
		p.size, p.well = min(2*p.size, p.most), 0
	}
}

// sized asks for pages of contacts in the size that Intercom's servers bear.
func (w *Walk) sized(list string, page func(ctx context.Context, perPage int, after string) (people.ContactPage, error)) fetchPage {
	size := w.pageSize(list, people.MaxPerPage)
	return func(ctx context.Context, after string) (people.ContactPage, error) {
		p, err := page(ctx, size.size, after)
		if err == nil {
			size.came(p.PerPage)
		}
		return p, err
	}
}

// read yields the new contacts of each page, in one reading of the list or in
// what is left of one. The next page is fetched while the caller is busy with
// one; a page after which the caller goes on was handed out whole.
func (l *list) read(ctx context.Context, log *slog.Logger, fetch fetchPage) iter.Seq2[[]people.Contact, error] {
	return func(yield func([]people.Contact, error) bool) {
		for page, err := range l.reading(ctx, log, fetch) {
			if err != nil {
				yield(nil, err)
				return
			}
			l.count(page.Total, page.Least)
			l.more = page.More
			kept, err := fresh(l, page.Contacts, func(c *people.Contact) string { return c.ID })
			if !yield(kept, err) || err != nil {
				return
			}
			if l.place.Cursor = page.Next; l.place.Cursor == "" {
				l.end()
			}
			l.whole = l.place
		}
	}
}

// reading yields the pages of one reading of the list, or of what is left of
// one. Where Intercom refuses the cursor that was kept, the reading begins anew;
// what was met stays known.
func (l *list) reading(ctx context.Context, log *slog.Logger, fetch fetchPage) iter.Seq2[people.ContactPage, error] {
	return func(yield func(people.ContactPage, error) bool) {
		if l.place.Readings > 1 && len(l.counts()) == 0 && l.again == nil {
			// It must meet all of the ids again, and which it met was not kept.
			l.place.Cursor, l.place.Readings = "", l.place.Readings-1
		}
		first := l.place.Cursor != ""
		if !first {
			l.begin()
		}
		for page, err := range ahead(ctx, l.place.Proof.List, l.place.Cursor, fetch) {
			if first && refusesCursor(err) {
				log.Info("Intercom does not go on where the list was left: reading it anew", "list", listName(l.place.Proof.List), "met", l.place.Proof.Walked, "cause", err)
				l.begin()
				break
			}
			first = false
			if !yield(page, err) || err != nil {
				return
			}
		}
		if first {
			ahead(ctx, l.place.Proof.List, "", fetch)(yield)
		}
	}
}

// refusesCursor reports an answer that may be about a cursor. Should it be about
// something else, the same call without the cursor says so again.
func refusesCursor(err error) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return ok && e.Status/100 == 4 && !e.Transient() && !e.Unauthorized() && !e.Forbidden()
}

// ahead yields pages by their cursors, the one after a cursor first ("" is the
// list's first), one page ahead of its reader.
func ahead(ctx context.Context, name, after string, fetch fetchPage) iter.Seq2[people.ContactPage, error] {
	type result struct {
		page people.ContactPage
		err  error
	}
	return func(yield func(people.ContactPage, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		pages := make(chan result)
		go func() {
			defer close(pages)
			for {
				var page people.ContactPage
				err := caught(func() (err error) {
					page, err = fetch(ctx, after)
					return err
				})
				if err == nil && page.Next != "" && page.Next == after {
					err = fmt.Errorf("the list %q does not end: its page points to itself as the next one", listName(name))
				}
				select {
				case pages <- result{page, err}:
				case <-ctx.Done():
					return
				}
				if after = page.Next; err != nil || after == "" {
					return
				}
			}
		}()
		defer func() {
			stop()
			for range pages { // until the goroutine has ended
			}
		}()
		for r := range pages {
			if !yield(r.page, r.err) {
				return
			}
		}
		if err := context.Cause(ctx); err != nil {
			yield(people.ContactPage{}, err)
		}
	}
}

// seen is the set of ids that a list has shown. It keeps eight bytes of each,
// a hash that differs from process to process: among a million ids two meet
// by chance once in forty million walks.
type seen struct {
	seed maphash.Seed
	ids  map[uint64]struct{}
}

// newSeen is an empty set with room for that many.
func newSeen(room int) seen { return seen{maphash.MakeSeed(), make(map[uint64]struct{}, room)} }

// add reports whether the id is new.
func (s seen) add(id string) bool {
	h := maphash.String(s.seed, id)
	if _, known := s.ids[h]; known {
		return false
	}
	s.ids[h] = struct{}{}
	return true
}

func (s seen) len() int { return len(s.ids) }
