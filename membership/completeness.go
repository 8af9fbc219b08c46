package membership

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/people"
)

// What proves a list complete, in one place.
//
// A list is complete when no fewer were met than Intercom counts in it. Counts
// move while a list is read, so the difference of the counts before and after is
// allowed for, and a thousandth of the count, rounded down: a list under a
// thousand is exact or not proven. To meet more than were counted is no miss.
//
// Intercom may count nothing: the count is null or absent, or exactly 10,000,
// where it stops counting. Such a list is proven by a second reading that meets
// the same ids, and by nothing else; it is not read a third time. A scroll over
// the companies that ran from its beginning to its empty last page in one go
// proves itself as well.
//
// Intercom may also say in another way that there are more than it gives: by has_more, by
// the count of pages, or by the count of a list that stands within something. What says so
// of itself is not proven.
//
// A list that has several counts must agree with each that is known. One that
// cannot be proven is read again, up to three readings in all; then it is kept,
// and its name stands in the snapshot.

// readings of a list with a count, and of one without.
const (
	readings          = 3
	readingsUncounted = 2
)

// Proof is the evidence that a list was read whole.
type Proof struct {
	List   string `json:"list"`   // what was read: "contacts", or "segment" and its id
	Walked int    `json:"walked"` // different ids met
	Before int    `json:"before"` // Intercom's count when reading began; answer.Unknown if it gave none
	After  int    `json:"after"`  // and when it ended
	// Seen says that the list is proven without a count.
	Seen bool `json:"seen,omitempty"`
	// Why says why the list could not be read; empty where it could.
	Why string `json:"why,omitempty"`
}

// listName is a list's name for logs and errors: without the id of a segment, which
// is a row's.
func listName(list string) string {
	for _, kind := range []string{foundIn, ofSegment} {
		if strings.HasPrefix(list, kind+" ") {
			return kind
		}
	}
	return list
}

// Unproven is the proof, which does not hold, of a list of which no more is known.
func Unproven(list string) Proof { return short(list, 0, "not proven by an earlier run")[0] }

// UnprovenMembers is [Unproven] of a segment's members.
func UnprovenMembers(segment string) Proof { return Unproven(ofSegment + " " + segment) }

// What the names of a segment's lists begin with; its id follows.
const (
	foundIn   = "members found in segment"
	ofSegment = "segment"
)

// known reports that Intercom counted the list.
func (p Proof) known() bool { return p.Before != answer.Unknown && p.After != answer.Unknown }

// Holds reports whether the list is proven complete.
func (p Proof) Holds() bool {
	switch {
	case p.Why != "":
		return false
	case !p.known():
		return p.Seen
	}
	return p.After-p.Walked <= abs(p.After-p.Before)+p.After/1000
}

// String says it for people.
func (p Proof) String() string {
	switch {
	case p.Why != "":
		return fmt.Sprintf("%s: met %d, %s", p.List, p.Walked, p.Why)
	case !p.known():
		return fmt.Sprintf("%s: met %d, Intercom does not count them", p.List, p.Walked)
	}
	return fmt.Sprintf("%s: met %d, Intercom counted %d before and %d after", p.List, p.Walked, p.Before, p.After)
}

// short is the proof, which does not hold, of a list that is not whole by its own word;
// none where why is empty.
func short(list string, met int, why string) []Proof {
	if why == "" {
		return nil
	}
	return []Proof{{List: list, Walked: met, Before: answer.Unknown, After: answer.Unknown, Why: why}}
}

func abs(n int) int { return max(n, -n) }

// counts are those that the list must agree with: its own, and for a segment's
// members the count in the list of segments too.
func (l *list) counts() (known []Proof) {
	for _, p := range []Proof{l.place.Proof, l.place.Size} {
		if p.List != "" && p.known() {
			known = append(known, p)
		}
	}
	return known
}

// unproven are the proofs that do not hold; none for a complete list.
func (l *list) unproven() (failing []Proof) {
	if n := l.place.Short; n > 0 {
		failing = append(failing, short("tags and segments of "+l.place.Proof.List, l.place.Proof.Walked, fmt.Sprintf("%d of them have more than Intercom tells", n))...)
	}
	if l.place.Proof.Why != "" || len(l.counts()) == 0 && !l.place.Proof.Seen {
		return append(failing, l.place.Proof)
	}
	for _, p := range l.counts() {
		if !p.Holds() {
			failing = append(failing, p)
		}
	}
	return failing
}

// finished reports that another reading is not worth its calls, or would prove
// nothing. Where Intercom counts the same before and after, a first reading must
// meet the last one of them: pages that shifted have skipped somebody.
func (l *list) finished() bool {
	if l.place.Proof.Why != "" || l.place.Ended == 0 {
		return l.place.Proof.Why != ""
	}
	if len(l.counts()) == 0 {
		return l.place.Proof.Seen || l.place.Ended >= readingsUncounted
	}
	whole := !slices.ContainsFunc(l.counts(), func(p Proof) bool { return !p.Holds() })
	exact := !l.place.Proof.known() || l.place.Proof.Walked >= l.place.Proof.After || l.place.Proof.Before != l.place.Proof.After
	return whole && (exact || l.place.Readings > 1) || l.place.Ended >= readings
}

// tells counts in which way the records of a list tell the tags, or the segments, that
// they carry. When the member is absent or null is not documented; null is read as none.
// What a version, a permission or a proxy leaves out must not look like nobody's.
type tells struct {
	Absent int `json:"absent,omitempty"`
	Null   int `json:"null,omitempty"`
	Given  int `json:"given,omitempty"`
}

func (t *tells) count(told people.Told) {
	switch told {
	case people.Absent:
		t.Absent++
	case people.Null:
		t.Null++
	case people.Given:
		t.Given++
	}
}

// fewNull is how many records may all have null: fewer may well be those of a workspace in
// which nobody carries any.
const fewNull = 10

// unproven is the proof, which does not hold, of what the records do not tell; none where
// they tell it. Whether there are any that they could carry is asked only where none says.
func (t tells) unproven(what string, met int, any func() (bool, error)) ([]Proof, error) {
	switch {
	case t.Absent > 0 && t.Null+t.Given > 0:
		return short(what, met, fmt.Sprintf("%d of them come without theirs, and others do not", t.Absent)), nil
	case t.Given > 0, t.Absent == 0 && t.Null < fewNull:
		return nil, nil
	}
	are, err := any()
	if err != nil || !are {
		return nil, err
	}
	return short(what, met, "they are null or left out in all of these, though there are some"), nil
}

// untoldTags is the proof, which does not hold, of tags that a list's records do not tell.
func (w *Walk) untoldTags(ctx context.Context, l *list) ([]Proof, error) {
	return l.place.Tags.unproven("tags of "+l.place.Proof.List, l.place.Proof.Walked, func() (bool, error) {
		tags, why, err := people.Tags(ctx, w.config.Client)
		return len(tags) > 0 || why != "" || err != nil, context.Cause(ctx) // a list that is refused says nothing
	})
}

// untoldSegments is the same of the segments of companies. One that counts none is no
// reason to doubt.
func (w *Walk) untoldSegments(ctx context.Context, l *list) ([]Proof, error) {
	return l.place.Segments.unproven("segments of "+l.place.Proof.List, l.place.Proof.Walked, func() (bool, error) {
		segments, why, err := people.Segments(ctx, w.config.Client)
		some := slices.ContainsFunc(segments, func(s people.Segment) bool {
			return (s.PersonType == people.OfCompanies || s.PersonType == "") && s.Count != 0
		})
		return some || why != "" || err != nil, context.Cause(ctx)
	})
}
