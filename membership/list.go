package membership

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"

	"intercom-connector/intercom"
)

// Readings of a list: once, and twice more when it cannot be proven complete.
const readings = 3

// list is one of Intercom's lists on its way to being read whole, in as many
// readings as it takes. What one reading missed the next one adds.
type list struct {
	ListPlace
	whole    ListPlace // after the last page of which all rows were handed out
	seen     seen
	patience int // how many fruitless pages are too many
}

// newList begins at a place, the ids met before not known yet.
func newList(at ListPlace) *list {
	return &list{ListPlace: at, whole: at, seen: newSeen(0), patience: 100 + at.Pages}
}

// forgetful reports that ids are missing that the list has met.
func (l *list) forgetful() bool { return l.seen.len() != l.Proof.Walked }

// begin starts a reading.
func (l *list) begin() {
	l.Readings++
	l.Cursor, l.Fruitless, l.patience = "", 0, 100+l.Pages
}

// settled reports that another reading is not worth its calls. Where Intercom
// counts the same before and after, a first reading must agree to the last
// one: pages that shifted have skipped somebody.
func (l *list) settled() bool {
	exact := l.Proof.Walked == l.Proof.After || l.Proof.Before != l.Proof.After
	return l.Proof.Holds() && l.Size.Holds() && (exact || l.Readings > 1)
}

// fresh takes a page in and returns the bearers on it that are new. A list
// that goes on for ever without anything new is an error: each page was read,
// yet none was the last.
func fresh[T any](l *list, page []T, id func(*T) string) ([]T, error) {
	kept := page[:0]
	for i := range page {
		if l.seen.add(id(&page[i])) {
			kept = append(kept, page[i])
		}
	}
	l.Pages++
	l.Fruitless++
	if len(kept) > 0 {
		l.Fruitless = 0
	}
	l.Proof.Walked = l.seen.len()
	if l.Fruitless > l.patience {
		return nil, fmt.Errorf("the list %q does not end: the last %d of %d pages held nothing new", l.Proof.List, l.Fruitless, l.Pages)
	}
	return kept, nil
}

// count takes in what Intercom counts in the list.
func (l *list) count(total int) {
	if l.Pages == 0 {
		l.Proof.Before = total
	}
	l.Proof.After = total
}

// fetchPage reads the page of a list that follows a cursor; "" is the first.
type fetchPage func(ctx context.Context, after string) (intercom.ContactPage, error)

// read yields the new contacts of each page, in one reading of the list or in
// what is left of one. The next page is fetched while the caller is busy with
// one; a page after which the caller goes on was handed out whole.
func (l *list) read(ctx context.Context, log *slog.Logger, fetch fetchPage) iter.Seq2[[]intercom.Contact, error] {
	return func(yield func([]intercom.Contact, error) bool) {
		for page, err := range l.reading(ctx, log, fetch) {
			if err != nil {
				yield(nil, err)
				return
			}
			l.count(page.Total)
			kept, err := fresh(l, page.Contacts, func(c *intercom.Contact) string { return c.ID })
			if !yield(kept, err) || err != nil {
				return
			}
			if l.Cursor = page.Next; l.Cursor == "" {
				l.Ended++
			}
			l.whole = l.ListPlace
		}
	}
}

// reading yields the pages of one reading of the list, or of what is left of
// one. Where Intercom refuses the cursor that was kept, the reading begins anew;
// what was met stays known.
func (l *list) reading(ctx context.Context, log *slog.Logger, fetch fetchPage) iter.Seq2[intercom.ContactPage, error] {
	return func(yield func(intercom.ContactPage, error) bool) {
		first := l.Cursor != ""
		if !first {
			l.begin()
		}
		for page, err := range ahead(ctx, l.Proof.List, l.Cursor, fetch) {
			if first && refusesCursor(err) {
				log.Info("Intercom does not go on where the list was left: reading it anew", "list", l.Proof.List, "met", l.Proof.Walked, "cause", err)
				l.begin()
				break
			}
			first = false
			if !yield(page, err) || err != nil {
				return
			}
		}
		if first {
			ahead(ctx, l.Proof.List, "", fetch)(yield)
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
func ahead(ctx context.Context, name, after string, fetch fetchPage) iter.Seq2[intercom.ContactPage, error] {
	type result struct {
		page intercom.ContactPage
		err  error
	}
	return func(yield func(intercom.ContactPage, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		pages := make(chan result)
		go func() {
			defer close(pages)
			for {
				var page intercom.ContactPage
				err := caught(func() (err error) {
					page, err = fetch(ctx, after)
					return err
				})
				if err == nil && page.Next != "" && page.Next == after {
					err = fmt.Errorf("the list %q does not end: its page points to itself as the next one", name)
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
			yield(intercom.ContactPage{}, err)
		}
	}
}
