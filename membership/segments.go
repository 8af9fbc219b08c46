package membership

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/rows"
	"intercom-connector/membership/tables"
)

// segments lists the segments, and those that only companies name. One that was
// made after the members began to be read has none yet: it is left to the next
// day, as a contact is that was made after its list was read.
func (w *Walk) segments(ctx context.Context, out *output) ([]Proof, error) {
	segments, why, err := people.Segments(ctx, w.config.Client)
	if err != nil {
		return nil, err
	}
	listed := len(segments)
	done := w.State().Done
	named := maps.Clone(done[Companies].Named)
	if known := done[ContactSegments].Known; known != nil {
		segments = slices.DeleteFunc(segments, func(s people.Segment) bool { return !slices.Contains(known, s.ID) })
	}
	for _, s := range segments {
		delete(named, s.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(named)) {
		segments = append(segments, people.Segment{ID: id, Name: named[id], PersonType: people.OfCompanies, Count: answer.Unknown})
	}
	for _, s := range segments {
		out.count(tables.Segment, s.Invalid)
		if err := out.row(rows.Segment(s)); err != nil {
			return nil, err
		}
	}
	return short("segments", listed, why), nil
}

// counted are the segments with the counts that they have before their members
// are searched.
func (w *Walk) counted(ctx context.Context) ([]Count, []Proof, error) {
	if s := w.State(); s.Counted != nil {
		return s.Counted, nil, nil
	}
	segments, why, err := people.Segments(ctx, w.config.Client)
	if err != nil {
		return nil, nil, err
	}
	var counted []Count
	for _, s := range segments {
		counted = append(counted, Count{Segment: s.ID, Of: s.PersonType, Members: s.Count})
	}
	return counted, short("segments", len(segments), why), nil
}

// contactSegments searches the members of each segment of people, several at
// once. A segment is proven by the search's own totals and by the counts of the
// list of segments, which is read again after each round.
func (w *Walk) contactSegments(ctx context.Context, out *output) (proofs []Proof, err error) {
	var counted []Count
	if out.from == nil {
		if counted, out.short, err = w.counted(ctx); err != nil {
			return nil, err
		}
		out.known = []string{}
	}
	var all []ListPlace
	for _, c := range counted {
		out.known = append(out.known, c.Segment)
		if c.Of == people.OfCompanies {
			continue
		}
		all = append(all, ListPlace{
			Segment: c.Segment,
			Of:      c.Of,
			Proof:   Proof{List: foundIn + " " + c.Segment},
			Size:    Proof{List: ofSegment + " " + c.Segment, Before: c.Members},
		})
	}
	out.begin(all...)
	for ; len(out.lists) > 0; out.round++ {
		if err := w.searchAll(ctx, out); err != nil {
			return nil, err
		}
		exists, cut, err := w.recount(ctx, out.lists)
		if err != nil {
			return nil, err
		}
		proofs = cut
		out.lists = slices.DeleteFunc(out.lists, func(l *list) bool {
			return !exists[l.place.Segment] && len(cut) == 0 || l.finished() && len(l.unproven()) == 0
		})
		if !slices.ContainsFunc(out.lists, func(l *list) bool { return !l.finished() }) {
			break
		}
		for _, l := range out.lists {
			w.config.Log.Info("a segment's members do not agree with its count", "round", out.round+1,
				"met", l.place.Proof.Walked, "search_counts", l.place.Proof.After, "segment_counts", l.place.Size.After)
		}
	}
	if len(out.short) > 0 { // those that it lacked are searched by no round
		proofs = slices.Clone(out.short)
	}
	for _, l := range out.lists {
		proofs = append(proofs, l.unproven()...)
	}
	return proofs, nil
}

// searchAll searches the segments that were not searched to the end in this
// round.
func (w *Walk) searchAll(ctx context.Context, out *output) error {
	var left []*list
	for _, l := range out.lists {
		if l.place.Ended <= out.round && !l.finished() {
			left = append(left, l)
		}
	}
	if err := w.recall(ctx, tables.ContactSegment, left); err != nil {
		return err
	}
	searches, ctx := errgroup.WithContext(ctx)
	searches.SetLimit(w.config.Parallel)
	for _, l := range left {
		searches.Go(func() error { return caught(func() error { return w.search(ctx, l, out) }) })
	}
	return searches.Wait()
}

// search reads one segment's members once. A segment that Intercom refuses to
// search costs itself alone.
func (w *Walk) search(ctx context.Context, l *list, out *output) error {
	fetch := w.sized(l.place.Proof.List, func(ctx context.Context, perPage int, after string) (people.ContactPage, error) {
		return people.SearchPage(ctx, w.config.Client, "segment_id", l.place.Segment, perPage, after)
	})
	for page, err := range l.read(ctx, w.config.Log, fetch) {
		if refusesSegment(err) {
			l.refused(err)
			return nil
		}
		if err != nil {
			return err
		}
		for i := range page {
			if err := out.row(rows.Relation(tables.ContactSegment, page[i].ID, l.place.Segment)); err != nil {
				return err
			}
		}
	}
	return nil
}

// refusesSegment reports an answer that is about the segment searched: it is
// gone, or not one that contacts are in.
func refusesSegment(err error) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return ok && (e.NotFound() || e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity)
}

// refused notes that the members cannot be had. A segment that is not known to be
// of people and has no members among them, by Intercom's word (400), is no list
// of contacts at all: that proves it. Whether one that is not found was deleted
// the list of segments tells, see recount.
func (l *list) refused(err error) {
	e, _ := errors.AsType[*intercom.Error](err)
	if !e.NotFound() && l.place.Of == "" && l.place.Proof.Walked == 0 {
		l.place.Proof.Seen, l.place.Proof.Before, l.place.Proof.After = true, answer.Unknown, answer.Unknown
		l.place.Size = Proof{}
	} else {
		l.place.Proof.Why = "Intercom does not search it: " + e.Error()
	}
	l.place.Ended++
	l.whole = l.place
}

// recount takes in the counts of now and reports which segments there are, or that they
// are not all known. One that was deleted meanwhile has no count to agree with.
func (w *Walk) recount(ctx context.Context, segments []*list) (exists map[string]bool, cut []Proof, err error) {
	now, why, err := people.Segments(ctx, w.config.Client)
	if err != nil {
		return nil, nil, err
	}
	counted := map[string]int{}
	exists = map[string]bool{}
	for _, s := range now {
		counted[s.ID], exists[s.ID] = s.Count, true
	}
	for _, l := range segments {
		if l.place.Size.List != "" && exists[l.place.Segment] {
			l.place.Size.Walked, l.place.Size.After = l.place.Proof.Walked, counted[l.place.Segment]
		}
	}
	return exists, short("segments", len(now), why), nil
}
