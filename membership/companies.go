package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"intercom-connector/intercom"
)

// Intercom allows one scroll over the companies at a time per workspace and
// forgets one that nobody read for a minute.
const (
	scrollWait    = time.Minute
	maxWaits      = 60 // an hour of other integrations' scrolls
	maxRestarts   = 10
	pagesInHand   = 64 // read, not yet handed out
	restartPause  = time.Second
	lastPage      = 10 * time.Second // the most that an answer on its way is waited for when the walk is over
	scrollsAtOnce = "Intercom allows one scroll over the companies at a time, and another integration's is open"
)

// companies reads all companies in one scroll: each tells all of its tags and
// segments. The scroll is read without pause, ahead of the rows' receiver.
// Intercom counts no companies; that they are all there is proven by the
// scroll's empty last page alone.
//
// Where the walk is over (within ends) the scroll is left as it is, and all of
// its pages are handed out: the next walk takes it up within the minute, or
// begins another.
func (w *Walk) companies(ctx, within context.Context, out *output) ([]Proof, error) {
	all := out.begin(ListPlace{Proof: Proof{List: "companies"}})
	if err := w.recall(within, TableCompany, all); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	pages := make(chan []intercom.Company, pagesInHand)
	ended := make(chan error, 1)
	go func() {
		defer close(pages)
		ended <- caught(func() error { return w.scroll(ctx, within, all[0], pages) })
	}()
	err := out.companies(pages)
	stop()
	for range pages { // until the scroll has ended
	}
	if scrollErr := <-ended; err == nil {
		all[0].whole = all[0].ListPlace
		err = scrollErr
	}
	return nil, err
}

func (o *output) companies(pages <-chan []intercom.Company) error {
	for page := range pages {
		for i := range page {
			c := &page[i]
			if err := o.row(companyRow(c)); err != nil {
				return err
			}
			if err := o.relations(TableCompanyTag, c.ID, c.Tags); err != nil {
				return err
			}
			if err := o.relations(TableCompanySegment, c.ID, c.Segments); err != nil {
				return err
			}
		}
	}
	return nil
}

// scrolling is one scroll over the companies, with all its beginnings. The
// list's cursor names it; "" begins one.
type scrolling struct {
	*list
	log             *slog.Logger
	waits, restarts int
}

// scroll sends every company once. The scroll's parameter is the same on every
// page, and only an empty page is the end.
func (w *Walk) scroll(ctx, within context.Context, all *list, pages chan<- []intercom.Company) error {
	s := &scrolling{list: all, log: w.Log}
	if s.Cursor == "" {
		s.begin()
	}
	calls, stop := lasting(ctx, within, lastPage)
	defer stop()
	for {
		if err := context.Cause(within); err != nil {
			return err
		}
		page, err := w.Client.ScrollPage(calls, s.Cursor)
		if err != nil {
			s.Cursor = "" // a page that may be lost
			if err := s.beginAgain(within, err); err != nil {
				return err
			}
			continue
		}
		if len(page.Companies) == 0 {
			return nil
		}
		s.Cursor = page.Param
		kept, err := fresh(s.list, page.Companies, func(c *intercom.Company) string { return c.ID })
		if err != nil {
			return err
		}
		select {
		case pages <- kept:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// beginAgain waits until the scroll may begin again, or returns why it must
// not: a lost scroll is lost from its first page on, and another integration's
// is in the way until it ends or is forgotten.
func (s *scrolling) beginAgain(ctx context.Context, err error) error {
	var e *intercom.Error
	errors.As(err, &e)
	switch {
	case e != nil && e.ScrollExists():
		if s.waits++; s.waits > maxWaits {
			return fmt.Errorf("%s still after %d tries, a minute apart: %w", scrollsAtOnce, maxWaits, err)
		}
		s.log.Info("waiting to read the companies: "+scrollsAtOnce, "wait", scrollWait, "tries", s.waits)
		return intercom.Sleep(ctx, scrollWait)
	case e != nil && e.ScrollLost():
		if s.restarts++; s.restarts > maxRestarts {
			return fmt.Errorf("the scroll over the companies broke off %d times: %w", s.restarts, err)
		}
		s.log.Info("the scroll over the companies broke off and begins again", "companies", s.seen.len(), "restarts", s.restarts, "cause", err)
		s.begin()
		return intercom.Sleep(ctx, restartPause)
	}
	return err
}
