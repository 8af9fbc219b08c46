package sandbox

import (
	"fmt"
	"strconv"
)

// How memberships go on from day to day. Each segment and each tag has a kind
// that says who is in it when; the answer needs the subject and the day only.

type segmentKind uint8

const (
	fresh     segmentKind = iota // appeared in the last week; contacts: leads only
	active                       // comes and goes
	trial                        // two to four weeks after it begins
	paying                       // after some trials
	slipping                     // was active, is not now
	churned                      // paid once
	growing                      // more join every day, nobody leaves
	shrinking                    // more leave every day, nobody joins
)

// segment is a segment of contacts or of companies.
type segment struct {
	index   int64
	name    string
	kind    segmentKind
	company bool
	round   int64 // how many segments of this kind come before it
}

var (
	contactSegmentKinds = []segmentKind{fresh, active, trial, paying, slipping, churned, growing, shrinking}
	companySegmentKinds = []segmentKind{trial, paying, churned, growing, active}
	segmentNames        = map[segmentKind]string{
		fresh: "New leads", active: "Active users", trial: "Trial", paying: "Paying", slipping: "Slipping away",
		churned: "Churned", growing: "Power users", shrinking: "Legacy plan",
	}
)

// companySegments is how many of the segments are of companies: a quarter.
func (p *people) companySegments() int64 {
	if p.segments < 2 {
		return 0
	}
	return max(1, p.segments/4)
}

func (p *people) segment(index int64) segment {
	ofContacts := p.segments - p.companySegments()
	g, kinds, place := segment{index: index}, contactSegmentKinds, index
	if index >= ofContacts {
		g.company, kinds, place = true, companySegmentKinds, index-ofContacts
	}
	n := int64(len(kinds))
	g.kind = kinds[place%n]
	g.name = segmentNames[g.kind]
	if g.company {
		g.name += " companies"
	}
	if g.round = place / n; g.round > 0 {
		g.name += " " + strconv.FormatInt(g.round+1, 10)
	}
	return g
}

func (p *people) segmentID(index int64) string {
	draw := p.seed.at(uint64(index), 0x5e9)
	return fmt.Sprintf("%024x", draw.next()>>4)[:22] + fmt.Sprintf("%02x", index&0xff)
}

// segmentOf finds the segment of an id.
func (p *people) segmentOf(id string) (segment, bool) {
	for i := range p.segments {
		if p.segmentID(i) == id {
			return p.segment(i), true
		}
	}
	return segment{}, false
}

func (p *people) tagID(index int64) string { return strconv.FormatInt(7_508_100+37*index, 10) }

func (p *people) tagOf(id string) (index int64, ok bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	index = (n - 7_508_100) / 37
	return index, err == nil && index >= 0 && index < p.tags && p.tagID(index) == id
}

func (p *people) tagName(index int64) string {
	name := tagged[index%int64(len(tagged))]
	if round := index / int64(len(tagged)); round > 0 {
		name += " " + strconv.FormatInt(round+1, 10)
	}
	return name
}

// life is a subject's way from trial to payment and out; the days may be
// before 0, and never is none of them.
type life struct{ trialFrom, trialTo, paidFrom, paidTo int64 }

const never = 1 << 40

func (s subject) life() life {
	draw := s.seed.at(1, 1)
	l := life{never, never, never, never}
	switch {
	case s.born > 0:
		l.trialFrom = s.born
	case draw.chance(350):
		l.trialFrom = draw.below(110) - 20
	case draw.chance(450):
		l.paidFrom = -1
	}
	if l.trialFrom != never {
		l.trialTo = l.trialFrom + 14 + draw.below(15)
		if draw.chance(450) {
			l.paidFrom = l.trialTo + draw.below(2)*draw.below(6) // half at once
		}
	}
	if l.paidFrom != never && draw.chance(600) {
		l.paidTo = max(l.paidFrom, 0) + 10 + draw.below(150)
	}
	return l
}

// in says whether a subject is in a segment on a day.
func (g segment) in(s subject, day int64) bool {
	if !g.company && s.lead != (g.kind == fresh) {
		return false
	}
	if g.round > 0 { // another segment of the kind, with other members
		s.seed = s.seed.at(uint64(g.round), 6)
	}
	draw := s.seed.at(uint64(g.index), 2)
	switch g.kind {
	case fresh:
		since := s.born
		if since == 0 {
			since = -draw.below(100)
		}
		return day-since < 7
	case trial:
		l := s.life()
		return l.trialFrom <= day && day < l.trialTo
	case paying:
		l := s.life()
		return l.paidFrom <= day && day < l.paidTo
	case churned:
		return s.life().paidTo <= day
	case active:
		return s.phase(day) < 60
	case slipping:
		return s.phase(day) >= 80
	case growing:
		return draw.unit() < 0.05+0.3*float64(min(day, 120))/120
	case shrinking:
		return draw.unit() < 0.35-0.3*float64(min(day, 120))/120
	}
	return false
}

// phase is where a subject stands in its rhythm of use: 0 to 99, a cycle being
// ten to forty days.
func (s subject) phase(day int64) int64 {
	draw := s.seed.at(3, 3)
	period := 10 + draw.below(31)
	return (day + draw.below(period)) % period * 100 / period
}

// carries says whether a subject has a tag on a day. Tags are lasting, given
// in a campaign, or given in one and taken back weeks later.
func (p *people) carries(tag int64, s subject, day int64) bool {
	draw := s.seed.at(uint64(tag), 4)
	if s.seed%250 == 0 && draw.chance(800) {
		return true // a few carry nearly all
	}
	campaign := p.seed.at(uint64(tag), 0x7a9)
	reach := 20 + campaign.below(110) // permille
	begin := campaign.below(100) - 5
	if !draw.chance(reach) {
		return false
	}
	given := begin + draw.below(6)
	switch tag % 3 {
	case 0:
		return true
	case 1:
		return given <= day
	}
	return given <= day && day < given+10+draw.below(25)
}
