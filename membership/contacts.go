package membership

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/rows"
	"intercom-connector/membership/tables"
)

// contacts reads the contact list, which carries the tags too.
func (w *Walk) contacts(ctx context.Context, out *output) ([]Proof, error) {
	all := out.begin(ListPlace{Proof: Proof{List: "contacts"}})
	if err := w.recall(ctx, tables.Contact, all); err != nil {
		return nil, err
	}
	return w.allContacts(ctx, all[0], out)
}

func (w *Walk) allContacts(ctx context.Context, all *list, out *output) ([]Proof, error) {
	fetch := w.sized(all.place.Proof.List, func(ctx context.Context, perPage int, after string) (people.ContactPage, error) {
		return people.ContactsPage(ctx, w.config.Client, perPage, after)
	})
	for {
		for page, err := range all.read(ctx, w.config.Log, fetch) {
			if err != nil {
				return nil, err
			}
			for i := range page {
				all.place.Tags.count(page[i].TagsTold)
			}
			short, err := w.allTags(ctx, page)
			if err != nil {
				return nil, err
			}
			all.place.Short += short
			if err := out.contacts(page); err != nil {
				return nil, err
			}
		}
		if all.finished() {
			untold, err := w.untoldTags(ctx, all)
			return append(all.unproven(), untold...), err
		}
		w.config.Log.Info("reading the contacts again: some were missed", "met", all.place.Proof.Walked, "counted", all.place.Proof.After)
	}
}

// allTags completes the tags of those contacts that carry more than ten. It counts those
// that have more tags than Intercom tells.
func (w *Walk) allTags(ctx context.Context, page []people.Contact) (short int, err error) {
	var cut atomic.Int64
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(w.config.Parallel)
	for i := range page {
		c := &page[i]
		if !c.TagsHasMore {
			continue
		}
		calls.Go(func() error {
			return caught(func() error {
				whole, err := w.tagsOf(ctx, c)
				if err == nil && !whole {
					cut.Add(1)
				}
				return err
			})
		})
	}
	err = calls.Wait()
	return int(cut.Load()), err
}

// tagsOf completes one contact's tags, and says whether they are whole.
func (w *Walk) tagsOf(ctx context.Context, c *people.Contact) (whole bool, err error) {
	tags, short, err := people.ContactTags(ctx, w.config.Client, c.ID, c.TagsCount)
	if e, ok := errors.AsType[*intercom.Error](err); ok && e.NotFound() {
		// Deleted or merged since its page was read, what the page said of it is all
		// there is.
		exists, err := people.ContactExists(ctx, w.config.Client, c.ID)
		if err == nil && !exists {
			w.config.Log.Info("a contact with more than ten tags vanished while it was read; ten of its tags are kept")
		}
		return !exists, err
	}
	if err != nil {
		return false, err
	}
	c.Tags = tags
	return short == "", nil
}

func (o *output) contacts(page []people.Contact) error {
	for i := range page {
		c := &page[i]
		o.count(tables.Contact, c.Invalid)
		if err := o.row(rows.Contact(c)); err != nil {
			return err
		}
		if err := o.relations(tables.ContactTag, c.ID, c.Tags); err != nil {
			return err
		}
	}
	return nil
}

// relations hands out a row for each of the others, whose ids all differ.
func (o *output) relations(table, one string, others []string) error {
	for _, other := range others {
		if err := o.row(rows.Relation(table, one, other)); err != nil {
			return err
		}
	}
	return nil
}
