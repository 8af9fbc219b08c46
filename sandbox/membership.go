package sandbox

import (
	"encoding/base64"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// Membership is what a perfect walk would find now. Ids are Intercom's own,
// pairs are (contact or company, tag or segment).
type Membership struct {
	Contacts, Companies          iter.Seq[string]
	ContactTags, ContactSegments iter.Seq2[string, string]
	CompanyTags, CompanySegments iter.Seq2[string, string]
	ContactSegmentIDs            []string // segments of contacts
	CompanySegmentIDs            []string // segments of companies
	TagIDs                       []string
}

// TruthMembership returns the membership of this moment; the sequences stay
// with it however the clock goes on.
func (s *Sandbox) TruthMembership() Membership {
	p, day := s.people, s.today()
	m := Membership{
		Contacts:        p.contacts.ids(day),
		Companies:       p.companies.ids(day),
		ContactTags:     p.pairs(&p.contacts, day, p.eachTag),
		CompanyTags:     p.pairs(&p.companies, day, p.eachTag),
		ContactSegments: p.pairs(&p.contacts, day, p.segmentsOf(false)),
		CompanySegments: p.pairs(&p.companies, day, p.segmentsOf(true)),
	}
	for i := range p.segments {
		if g := p.segment(i); g.company {
			m.CompanySegmentIDs = append(m.CompanySegmentIDs, p.segmentID(i))
		} else {
			m.ContactSegmentIDs = append(m.ContactSegmentIDs, p.segmentID(i))
		}
	}
	for i := range p.tags {
		m.TagIDs = append(m.TagIDs, p.tagID(i))
	}
	return m
}

func (s *Sandbox) today() int64 { return s.people.today(s.now().Unix()) }

func (p *population) ids(day int64) iter.Seq[string] {
	return func(yield func(string) bool) {
		p.each(0, day, func(k int64) bool { return yield(p.id(k)) })
	}
}

// eachTag yields the ids of a subject's tags.
func (p *people) eachTag(s subject, day int64, yield func(id string) bool) bool {
	for tag := range p.tags {
		if p.carries(tag, s, day) && !yield(p.tagID(tag)) {
			return false
		}
	}
	return true
}

// segmentsOf yields the ids of a contact's or a company's segments.
func (p *people) segmentsOf(company bool) func(subject, int64, func(string) bool) bool {
	return func(s subject, day int64, yield func(string) bool) bool {
		for i := range p.segments {
			if g := p.segment(i); g.company == company && g.in(s, day) && !yield(p.segmentID(i)) {
				return false
			}
		}
		return true
	}
}

func (p *people) pairs(of *population, day int64, each func(subject, int64, func(string) bool) bool) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		of.each(0, day, func(k int64) bool {
			return each(of.subject(k), day, func(id string) bool { return yield(of.id(k), id) })
		})
	}
}

// tally remembers counts that take a look at everybody. They hold for a day.
type tally struct {
	mu   sync.Mutex
	day  int64
	seen map[string]int
}

const tallyLimit = 1024

// of returns the count of a name on a day, counting only the first time.
func (t *tally) of(day int64, name string, count func() int) int {
	t.mu.Lock()
	if t.seen == nil || t.day != day || len(t.seen) > tallyLimit {
		t.day, t.seen = day, map[string]int{}
	}
	n, ok := t.seen[name]
	t.mu.Unlock()
	if ok {
		return n
	}
	n = count()
	t.mu.Lock()
	if t.day == day {
		t.seen[name] = n
	}
	t.mu.Unlock()
	return n
}

// tallyContacts counts the contacts that match on a day.
func (s *Sandbox) tallyContacts(day int64, name string, match func(subject) bool) int {
	return s.tallied.of(day, name, func() (n int) {
		of := &s.people.contacts
		of.each(0, day, func(k int64) bool {
			if match(of.subject(k)) {
				n++
			}
			return true
		})
		return n
	})
}

// page is where a reader of a list stands: the number of the page, from 1, and
// the number of the next bearer.
type page struct{ number, next int64 }

func (p page) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d:%d", p.number, p.next))
}

func readCursor(text string) (page, error) {
	p := page{number: 1}
	if text == "" {
		return p, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		_, err = fmt.Sscanf(string(plain), "%d:%d", &p.number, &p.next)
	}
	if err != nil || p.number < 1 || p.next < 0 {
		return p, invalid("starting_after", "starting_after is not a valid cursor")
	}
	return p, nil
}

// shifted moves a page by as many matching contacts as the options say.
func (s *Sandbox) shifted(at page, day int64, match func(subject) bool, q Request) page {
	if s.options.PageShift == nil || at.number == 1 {
		return at
	}
	of := &s.people.contacts
	matches := func(k int64) bool { return of.alive(k, day) && match(of.subject(k)) }
	for by := s.options.PageShift(q); by != 0; {
		switch {
		case by > 0: // back
			at.next--
			if at.next <= 0 {
				at.next = 0
				return at
			}
			if matches(at.next) {
				by--
			}
		default: // on
			if at.next >= of.size(day) {
				return at
			}
			if matches(at.next) {
				by++
			}
			at.next++
		}
	}
	return at
}

// wholeNumber reads a query parameter between 1 and a limit.
func wholeNumber(query url.Values, name string, missing, limit int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil || n < 1:
		return 0, invalid(name, "%s must be a positive integer", name)
	case n > limit:
		return 0, invalid(name, "%s is too big: at most %d", name, limit)
	}
	return n, nil
}

// writeList answers with Intercom's plain list.
func writeList[T any](w http.ResponseWriter, items []T) {
	if items == nil {
		items = []T{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"type": "list", "data": items})
}
