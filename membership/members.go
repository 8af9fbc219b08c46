package membership

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"intercom-connector/intercom"
)

// contactSegments searches the members of each segment, several at once. A
// segment is proven by the search's own totals and by the counts of the list
// of segments, which is read again after each round.
func (w *Walk) contactSegments(ctx context.Context, out *output) ([]Proof, error) {
	s := w.State()
	if _, done := s.Done[Segments]; !done {
		return nil, errors.New("the stage segments must be done first")
	}
	var all []ListPlace
	for _, c := range s.Counted {
		all = append(all, ListPlace{
			Segment: c.Segment,
			Proof:   Proof{List: "members found in segment " + c.Segment},
			Size:    Proof{List: "segment " + c.Segment, Before: c.Members},
		})
	}
	out.begin(all...)
	for ; out.round < readings && len(out.lists) > 0; out.round++ {
		if err := w.searchAll(ctx, out); err != nil {
			return nil, err
		}
		left, err := w.recount(ctx, out.lists)
		if err != nil {
			return nil, err
		}
		for _, l := range left {
			w.Log.Info("a segment's members do not agree with its count", "round", out.round+1, "segment", l.Segment,
				"met", l.Proof.Walked, "search_counts", l.Proof.After, "segment_counts", l.Size.After)
		}
		out.lists = left
	}
	var proofs []Proof
	for _, l := range out.lists {
		proofs = append(proofs, unproven(l.Proof, l.Size)...)
	}
	return proofs, nil
}

// searchAll searches the segments that were not searched to the end in this
// round.
func (w *Walk) searchAll(ctx context.Context, out *output) error {
	var left []*list
	for _, l := range out.lists {
		if l.Ended <= out.round {
			left = append(left, l)
		}
	}
	if err := w.recall(ctx, TableContactSegment, left); err != nil {
		return err
	}
	searches, ctx := errgroup.WithContext(ctx)
	searches.SetLimit(w.Parallel)
	for _, l := range left {
		searches.Go(func() error { return caught(func() error { return w.search(ctx, l, out) }) })
	}
	return searches.Wait()
}

// regrow is how many pages go well before larger ones are tried again.
const regrow = 20

// search reads one segment's members once. The client halves a page that times
// out; the next ones are asked for in the size that it came to.
func (w *Walk) search(ctx context.Context, l *list, out *output) error {
	size, well := intercom.MaxPerPage, 0
	fetch := func(ctx context.Context, after string) (intercom.ContactPage, error) {
		page, err := w.Client.SearchPage(ctx, "segment_id", l.Segment, size, after)
		if n := len(page.Contacts); err == nil && page.Next != "" && n > 0 && n < size {
			w.Log.Info("the search timed out: asking for smaller pages", "segment", l.Segment, "per_page", n)
			size, well = n, 0
		} else if well++; well%regrow == 0 {
			size = min(2*size, intercom.MaxPerPage)
		}
		return page, err
	}
	for page, err := range l.read(ctx, w.Log, fetch) {
		if err != nil {
			return err
		}
		for i := range page {
			if err := out.row(relation(TableContactSegment, page[i].ID, l.Segment)); err != nil {
				return err
			}
		}
	}
	return nil
}

// recount compares what was met with the counts of now and returns the
// segments that do not agree. One that was deleted meanwhile has no count to
// agree with.
func (w *Walk) recount(ctx context.Context, segments []*list) ([]*list, error) {
	now, err := w.Client.Segments(ctx)
	if err != nil {
		return nil, err
	}
	counted := map[string]int{}
	for _, s := range now {
		counted[s.ID] = s.Count
	}
	var left []*list
	for _, l := range segments {
		after, exists := counted[l.Segment]
		l.Size.Walked, l.Size.After = l.Proof.Walked, after
		if exists && !l.settled() {
			left = append(left, l)
		}
	}
	return left, nil
}
