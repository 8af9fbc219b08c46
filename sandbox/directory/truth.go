package directory

import "iter"

// Membership is what a perfect walk would find now. Ids are Intercom's own,
// pairs are (contact or company, tag or segment).
type Membership struct {
	Contacts, Companies          iter.Seq[string]
	ContactTags, ContactSegments iter.Seq2[string, string]
	CompanyTags, CompanySegments iter.Seq2[string, string]
	ContactSegmentIDs            []string // segments of contacts
	CompanySegmentIDs            []string // segments of companies
	TagIDs                       []string
	Unproven                     []string // segments of contacts that are listed and cannot be read
}

// Truth returns the membership of this moment; the sequences stay
// with it however the clock goes on.
func (p *Directory) Truth(day int64) Membership {
	m := Membership{
		Contacts:        p.Contacts.ids(day),
		Companies:       p.Companies.ids(day),
		ContactTags:     p.pairs(&p.Contacts, day, p.EachTag),
		CompanyTags:     p.pairs(&p.Companies, day, p.EachTag),
		ContactSegments: p.pairs(&p.Contacts, day, p.segmentsOf(false)),
		CompanySegments: p.pairs(&p.Companies, day, p.segmentsOf(true)),
	}
	for i := range p.Segments {
		if g := p.Segment(i); g.Company {
			m.CompanySegmentIDs = append(m.CompanySegmentIDs, p.SegmentID(i))
		} else {
			m.ContactSegmentIDs = append(m.ContactSegmentIDs, p.SegmentID(i))
		}
	}
	for i := range p.Tags {
		m.TagIDs = append(m.TagIDs, p.TagID(i))
	}
	return m
}

func (p *Population) ids(day int64) iter.Seq[string] {
	return func(yield func(string) bool) {
		p.Each(0, day, func(k int64) bool { return yield(p.id(k)) })
	}
}

// EachTag yields the ids of a subject's tags.
func (p *Directory) EachTag(s Subject, day int64, yield func(id string) bool) bool {
	for tag := range p.Tags {
		if p.Carries(tag, s, day) && !yield(p.TagID(tag)) {
			return false
		}
	}
	return true
}

// segmentsOf yields the ids of a contact's or a company's segments.
func (p *Directory) segmentsOf(company bool) func(Subject, int64, func(string) bool) bool {
	return func(s Subject, day int64, yield func(string) bool) bool {
		for i := range p.Segments {
			if g := p.Segment(i); g.Company == company && g.In(s, day) && !yield(p.SegmentID(i)) {
				return false
			}
		}
		return true
	}
}

func (p *Directory) pairs(of *Population, day int64, each func(Subject, int64, func(string) bool) bool) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		of.Each(0, day, func(k int64) bool {
			return each(of.Subject(k), day, func(id string) bool { return yield(of.id(k), id) })
		})
	}
}
