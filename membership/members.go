package membership

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"intercom-connector/intercom"
)

// members are the contacts of one segment.
type members struct {
	*list
	segment string
	size    Proof // by the segment's own count, where the list's is the search's
}

func (m *members) settled() bool { return m.list.settled() && m.size.Holds() }

// contactSegments searches the members of each segment, several at once. A
// segment is proven by the search's own totals and by the counts of the list
// of segments, which is read again after each round.
func (w *Walk) contactSegments(ctx context.Context, out *output) ([]Proof, error) {
	s := w.State()
	if _, done := s.Done[Segments]; !done {
		return nil, errors.New("the stage segments must be done first")
	}
	var left []*members
	for _, c := range s.Counted {
		left = append(left, &members{
			list: newList("members found in segment " + c.Segment), segment: c.Segment,
			size: Proof{List: "segment " + c.Segment, Before: c.Members},
		})
	}
	for round := range readings {
		if len(left) == 0 {
			return nil, nil
		}
		if err := w.searchAll(ctx, left, out); err != nil {
			return nil, err
		}
		var err error
		if left, err = w.recount(ctx, left); err != nil {
			return nil, err
		}
		for _, m := range left {
			w.Log.Info("a segment's members do not agree with its count", "round", round+1, "segment", m.segment,
				"met", m.proof.Walked, "search_counts", m.proof.After, "segment_counts", m.size.After)
		}
	}
	var proofs []Proof
	for _, m := range left {
		proofs = append(proofs, unproven(m.proof, m.size)...)
	}
	return proofs, nil
}

func (w *Walk) searchAll(ctx context.Context, segments []*members, out *output) error {
	searches, ctx := errgroup.WithContext(ctx)
	searches.SetLimit(w.Parallel)
	for _, m := range segments {
		searches.Go(func() error { return caught(func() error { return w.search(ctx, m, out) }) })
	}
	return searches.Wait()
}

// regrow is how many pages go well before larger ones are tried again.
const regrow = 20

// search reads one segment's members once. The client halves a page that times
// out; the next ones are asked for in the size that it came to.
func (w *Walk) search(ctx context.Context, m *members, out *output) error {
	size, well := intercom.MaxPerPage, 0
	fetch := func(ctx context.Context, after string) (intercom.ContactPage, error) {
		page, err := w.Client.SearchPage(ctx, "segment_id", m.segment, size, after)
		if n := len(page.Contacts); err == nil && page.Next != "" && n > 0 && n < size {
			w.Log.Info("the search timed out: asking for smaller pages", "segment", m.segment, "per_page", n)
			size, well = n, 0
		} else if well++; well%regrow == 0 {
			size = min(2*size, intercom.MaxPerPage)
		}
		return page, err
	}
	for page, err := range m.read(ctx, fetch) {
		if err != nil {
			return err
		}
		for i := range page {
			if err := out.row(relation(TableContactSegment, page[i].ID, m.segment)); err != nil {
				return err
			}
		}
	}
	return nil
}

// recount compares what was met with the counts of now and returns the
// segments that do not agree. One that was deleted meanwhile has no count to
// agree with.
func (w *Walk) recount(ctx context.Context, segments []*members) ([]*members, error) {
	now, err := w.Client.Segments(ctx)
	if err != nil {
		return nil, err
	}
	counted := map[string]int{}
	for _, s := range now {
		counted[s.ID] = s.Count
	}
	var left []*members
	for _, m := range segments {
		after, exists := counted[m.segment]
		m.size.Walked, m.size.After = m.proof.Walked, after
		if exists && !m.settled() {
			left = append(left, m)
		}
	}
	return left, nil
}
