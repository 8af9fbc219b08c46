package membership

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
	"intercom-connector/intercom/transport"
	"intercom-connector/membership/rows"
	"intercom-connector/membership/tables"
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

// companies reads all companies by scrolling: each tells all of its tags and
// segments. A scroll is read without pause, ahead of the rows' receiver. What
// was met is held against Intercom's count of the companies, which POST
// /companies/list tells; see completeness.
//
// Where the walk is over (within ends) the scroll is left as it is, and all of
// its pages are handed out: the next walk takes it up within the minute, or
// begins another.
func (w *Walk) companies(ctx, within context.Context, out *output) ([]Proof, error) {
	all := out.begin(ListPlace{Proof: Proof{List: "companies"}})
	if err := w.recall(within, tables.Company, all); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	pages := make(chan []people.Company, pagesInHand)
	ended := make(chan error, 1)
	go func() {
		defer close(pages)
		ended <- caught(func() error { return w.scrolls(ctx, within, all[0], pages) })
	}()
	err := out.companies(pages)
	stop()
	for range pages { // until the scroll has ended
	}
	if scrollErr := <-ended; err == nil {
		all[0].whole = all[0].place
		err = scrollErr
	}
	if err != nil {
		return nil, err
	}
	if all[0].place.Listed {
		w.config.Warn("the companies could not be scrolled: they were read from Intercom's list, which leaves out companies without users")
	}
	untoldTags, err := w.untoldTags(within, all[0])
	if err != nil {
		return nil, err
	}
	untoldSegments, err := w.untoldSegments(within, all[0])
	return slices.Concat(all[0].unproven(), untoldTags, untoldSegments), err
}

func (o *output) companies(pages <-chan []people.Company) error {
	for page := range pages {
		for i := range page {
			c := &page[i]
			o.count(tables.Company, c.Invalid)
			if err := o.row(rows.Company(c)); err != nil {
				return err
			}
			if err := o.relations(tables.CompanyTag, c.ID, c.Tags); err != nil {
				return err
			}
			if err := o.relations(tables.CompanySegment, c.ID, o.name(c.Segments)); err != nil {
				return err
			}
		}
	}
	return nil
}

// name notes the names of a company's segments and returns their ids.
func (o *output) name(segments []people.CompanySegment) (ids []string) {
	for _, s := range segments {
		ids = append(ids, s.ID)
		if o.named == nil {
			o.named = map[string]string{}
		}
		o.named[s.ID] = cmp.Or(o.named[s.ID], s.Name)
	}
	return ids
}

// scrolls sends every company once, in as many scrolls as it takes to prove that
// they are all there.
func (w *Walk) scrolls(ctx, within context.Context, all *list, pages chan<- []people.Company) error {
	s := &scrolling{list: all, log: w.config.Log}
	all.ask = true
	if s.list.place.Pages == 0 {
		if err := w.countCompanies(within, all); err != nil {
			return err
		}
	}
	for {
		read := w.scroll
		if all.place.Listed {
			read = w.listCompanies
		}
		if err := read(ctx, within, s, pages); err != nil {
			return err
		}
		if s.list.finished() {
			all.place.Proof.Why = cmp.Or(all.place.Unscrolled, all.place.Proof.Why)
			return nil
		}
		w.config.Log.Info("reading the companies again: some may have been missed", "met", all.place.Proof.Walked, "counted", all.place.Proof.After, "listed", all.place.Listed)
	}
}

// countCompanies takes in how many companies Intercom counts now. That is
// evidence, not a row: where it cannot be had the companies are proven without.
func (w *Walk) countCompanies(ctx context.Context, all *list) error {
	total, err := people.CompanyCount(ctx, w.config.Client)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		w.config.Log.Info("Intercom does not say how many companies there are", "cause", err)
	}
	all.count(total, 0)
	return nil
}

// scrolling is the companies on their way to being read whole: the scroll over
// them, with all its beginnings, which the list's cursor names ("" begins one).
type scrolling struct {
	list            *list
	log             *slog.Logger
	waits, restarts int
	absent          int // times that there was no scroll to begin
}

// scroll reads one scroll to its end. The scroll's parameter is the same on
// every page, and its end is told in one of three ways: by an empty page; by
// 404, as a lost scroll is; or by the last page once more, and then for ever.
func (w *Walk) scroll(ctx, within context.Context, s *scrolling, pages chan<- []people.Company) error {
	whole := s.list.place.Cursor == "" // from its first page on
	if whole {
		s.list.begin()
	}
	calls, stop := lasting(ctx, within, lastPage)
	defer stop()
	last := "" // the ids of the page before
	for {
		if err := context.Cause(within); err != nil {
			return err
		}
		page, err := people.ScrollPage(calls, w.config.Client, s.list.place.Cursor)
		if err != nil {
			read := s.list.place.Cursor != ""
			s.list.place.Cursor, last = "", "" // a page that may be lost
			if !read && noScroll(err) {
				return s.without(within, err)
			}
			ended, err := w.endedByBeingGone(within, s, err, read)
			if ended || err != nil || s.list.place.Listed {
				return err
			}
			whole = true
			continue
		}
		ids := idsOf(page.Companies)
		if len(page.Companies) == 0 {
			return w.endScroll(within, s, func() bool { return whole || s.list.place.Proof.Seen })
		}
		if ids == last {
			return w.endScroll(within, s, func() bool { return false })
		}
		s.list.place.Cursor, last = page.Param, ids
		if err := s.hand(ctx, page.Companies, pages); err != nil {
			return err
		}
	}
}

// hand sends the companies of a page that are new.
func (s *scrolling) hand(ctx context.Context, page []people.Company, pages chan<- []people.Company) error {
	kept, err := fresh(s.list, page, func(c *people.Company) string { return c.ID })
	if err != nil {
		return err
	}
	for i := range kept {
		s.list.place.Tags.count(kept[i].TagsTold)
		s.list.place.Segments.count(kept[i].SegmentsTold)
		if kept[i].Short {
			s.list.place.Short++
		}
	}
	select {
	case pages <- kept:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func idsOf(page []people.Company) string {
	var ids strings.Builder
	for i := range page {
		ids.WriteString(page[i].ID + " ")
	}
	return ids.String()
}

// endScroll notes that a scroll came to its end, and whether that proves it where
// Intercom counts no companies. The empty page proves a scroll that was read from
// its beginning. The same page again proves none: so a cache answers, too.
func (w *Walk) endScroll(ctx context.Context, s *scrolling, proof func() bool) error {
	if err := w.countCompanies(ctx, s.list); err != nil {
		return err
	}
	s.list.end()
	s.list.place.Proof.Seen = proof()
	return nil
}

// endedByBeingGone reports that a scroll which Intercom does not know any more
// had come to its end: all that are counted were met, or as many as when the
// scroll was gone the last time. Otherwise it has waited until the scroll may
// begin again.
func (w *Walk) endedByBeingGone(ctx context.Context, s *scrolling, err error, read bool) (bool, error) {
	if e, ok := errors.AsType[*intercom.Error](err); ok && read && e.NotFound() {
		if err := w.countCompanies(ctx, s.list); err != nil {
			return false, err
		}
		met := s.list.place.Proof.Walked
		if s.list.place.Proof.known() && met >= s.list.place.Proof.After || met == s.list.place.Gone && s.list.metAll() {
			return true, w.endScroll(ctx, s, func() bool { return s.list.place.Proof.Seen })
		}
		s.list.place.Gone = met
	}
	return false, s.beginAgain(ctx, err)
}

// noScroll knows the answers to a call that opens a scroll where there is none.
func noScroll(err error) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return ok && (e.NotFound() || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented)
}

// without goes on where there is no scroll: when that is said twice, by the list
// of companies.
func (s *scrolling) without(ctx context.Context, err error) error {
	if s.absent++; s.absent > 1 {
		s.listInstead("", err)
		return nil
	}
	s.list.place.Readings = s.list.place.Ended
	return transport.Sleep(ctx, restartPause)
}

// listInstead goes on by the list of companies. What was met stays known; a reading
// that did not end is none. Unscrolled says why a scroll could not be had that is
// there; it is empty where there is none.
func (s *scrolling) listInstead(unscrolled string, err error) {
	s.list.place.Readings, s.list.place.Cursor = s.list.place.Ended, ""
	s.list.place.Listed, s.list.place.Unscrolled = true, unscrolled
	s.log.Info("no scroll over the companies: listing them", "reason", unscrolled, "cause", err)
}

// beginAgain waits until the scroll may begin again, or returns why it must
// not: a lost scroll is lost from its first page on, and another integration's
// is in the way until it ends or is forgotten. Where that takes over an hour the
// companies are listed.
func (s *scrolling) beginAgain(ctx context.Context, err error) error {
	e, _ := errors.AsType[*people.ScrollError](err)
	switch {
	case e != nil && e.Exists:
		if s.waits++; s.waits > maxWaits {
			s.listInstead("another integration's scroll over them was open for an hour, and the list of them leaves some out", err)
			return nil
		}
		s.log.Info("waiting to read the companies: "+scrollsAtOnce, "wait", scrollWait, "tries", s.waits)
		return transport.Sleep(ctx, scrollWait)
	case e != nil && e.Lost:
		if s.restarts++; s.restarts > maxRestarts {
			return fmt.Errorf("the scroll over the companies broke off %d times: %w", s.restarts, err)
		}
		s.log.Info("the scroll over the companies broke off and begins again", "companies", s.list.seen.len(), "restarts", s.restarts, "cause", err)
		s.list.begin()
		return transport.Sleep(ctx, restartPause)
	}
	return err
}
