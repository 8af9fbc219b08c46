package membership

import (
	"context"
	"fmt"
	"iter"

	"intercom-connector/intercom"
)

// Readings of a list: once, and twice more when it cannot be proven complete.
const readings = 3

// list is one of Intercom's lists on its way to being read whole, in as many
// readings as it takes. What one reading missed the next one adds.
type list struct {
	proof     Proof
	seen      seen
	readings  int
	counted   bool // proof.Before is set
	pages     int  // of all readings
	fruitless int  // pages in a row with nothing new
	patience  int  // how many of these are too many
}

func newList(name string) *list { return &list{proof: Proof{List: name}, seen: newSeen()} }

// begin starts a reading.
func (l *list) begin() {
	l.readings++
	l.fruitless, l.patience = 0, 100+l.pages
}

// settled reports that another reading is not worth its calls. Where Intercom
// counts the same before and after, a first reading must agree to the last
// one: pages that shifted have skipped somebody.
func (l *list) settled() bool {
	exact := l.proof.Walked == l.proof.After || l.proof.Before != l.proof.After
	return l.proof.Holds() && (exact || l.readings > 1)
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
	l.pages++
	l.fruitless++
	if len(kept) > 0 {
		l.fruitless = 0
	}
	l.proof.Walked = l.seen.len()
	if l.fruitless > l.patience {
		return nil, fmt.Errorf("the list %q does not end: the last %d of %d pages held nothing new", l.proof.List, l.fruitless, l.pages)
	}
	return kept, nil
}

// count takes in what Intercom counts in the list.
func (l *list) count(total int) {
	if !l.counted {
		l.proof.Before, l.counted = total, true
	}
	l.proof.After = total
}

// fetchPage reads the page of a list that follows a cursor; "" is the first.
type fetchPage func(ctx context.Context, after string) (intercom.ContactPage, error)

// read yields the new contacts of each page, in one reading of the list. The
// next page is fetched while the caller is busy with one.
func (l *list) read(ctx context.Context, fetch fetchPage) iter.Seq2[[]intercom.Contact, error] {
	return func(yield func([]intercom.Contact, error) bool) {
		l.begin()
		for page, err := range ahead(ctx, l.proof.List, fetch) {
			if err != nil {
				yield(nil, err)
				return
			}
			l.count(page.Total)
			kept, err := fresh(l, page.Contacts, func(c *intercom.Contact) string { return c.ID })
			if !yield(kept, err) || err != nil {
				return
			}
		}
	}
}

// ahead yields pages by their cursors, one page ahead of its reader.
func ahead(ctx context.Context, name string, fetch fetchPage) iter.Seq2[intercom.ContactPage, error] {
	type result struct {
		page intercom.ContactPage
		err  error
	}
	return func(yield func(intercom.ContactPage, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		pages := make(chan result)
		go func() {
			defer close(pages)
			for after := ""; ; {
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
