package directory

import (
	"fmt"
	"strconv"
)

// How memberships go on from day to day. Each segment and each tag has a kind
// that says who is in it when; the answer needs the subject and the day only.

type segmentKind uint8

const (
	Fresh     segmentKind = iota // appeared in the last week; contacts: leads only
	active                       // comes and goes
	trial                        // two to four weeks after it begins
	paying                       // after some trials
	slipping                     // was active, is not now
	churned                      // paid once
	growing                      // more join every day, nobody leaves
	shrinking                    // more leave every day, nobody joins
)

// Segment is a segment of contacts or of companies.
type Segment struct {
	Index   int64
	Name    string
	Kind    segmentKind
	Company bool
	round   int64 // how many segments of this kind come before it
}

var (
	contactSegmentKinds = []segmentKind{Fresh, active, trial, paying, slipping, churned, growing, shrinking}
	companySegmentKinds = []segmentKind{trial, paying, churned, growing, active}
	segmentNames        = map[segmentKind]string{
		Fresh: "New leads", active: "Active users", trial: "Trial", paying: "Paying", slipping: "Slipping away",
		churned: "Churned", growing: "Power users", shrinking: "Legacy plan",
	}
)

// companySegments is how many of the segments are of companies: a quarter.
func (p *Directory) companySegments() int64 {
	if p.Segments < 2 {
		return 0
	}
	return max(1, p.Segments/4)
}

// Segment is the segment of a number.
func (p *Directory) Segment(index int64) Segment {
	ofContacts := p.Segments - p.companySegments()
	g, kinds, place := Segment{Index: index}, contactSegmentKinds, index
	if index >= ofContacts {
		g.Company, kinds, place = true, companySegmentKinds, index-ofContacts
	}
	n := int64(len(kinds))
	g.Kind = kinds[place%n]
	g.Name = segmentNames[g.Kind]
	if g.Company {
		g.Name += " companies"
	}
	if g.round = place / n; g.round > 0 {
		g.Name += " " + strconv.FormatInt(g.round+1, 10)
	}
	return g
}

func (p *Directory) SegmentID(index int64) string {
	draw := p.Seed.At(uint64(index), 0x5e9)
	return fmt.Sprintf("%024x", draw.Next()>>4)[:22] + fmt.Sprintf("%02x", index&0xff)
}

// SegmentOf finds the segment of an id.
func (p *Directory) SegmentOf(id string) (Segment, bool) {
	for i := range p.Segments {
		if p.SegmentID(i) == id {
			return p.Segment(i), true
		}
	}
	return Segment{}, false
}

func (p *Directory) TagID(index int64) string { return strconv.FormatInt(7_508_100+37*index, 10) }

// TagOf finds the tag of an id.
func (p *Directory) TagOf(id string) (index int64, ok bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	index = (n - 7_508_100) / 37
	return index, err == nil && index >= 0 && index < p.Tags && p.TagID(index) == id
}

func (p *Directory) TagName(index int64) string {
	name := Tagged[index%int64(len(Tagged))]
	if round := index / int64(len(Tagged)); round > 0 {
		name += " " + strconv.FormatInt(round+1, 10)
	}
	return name
}

// life is a subject's way from trial to payment and out; the days may be
// before 0, and never is none of them.
type life struct{ trialFrom, trialTo, paidFrom, paidTo int64 }

const never = 1 << 40

func (s Subject) life() life {
	draw := s.Seed.At(1, 1)
	l := life{never, never, never, never}
	switch {
	case s.Born > 0:
		l.trialFrom = s.Born
	case draw.Chance(350):
		l.trialFrom = draw.Below(110) - 20
	case draw.Chance(450):
		l.paidFrom = -1
	}
	if l.trialFrom != never {
		l.trialTo = l.trialFrom + 14 + draw.Below(15)
		if draw.Chance(450) {
			l.paidFrom = l.trialTo + draw.Below(2)*draw.Below(6) // half at once
		}
	}
	if l.paidFrom != never && draw.Chance(600) {
		l.paidTo = max(l.paidFrom, 0) + 10 + draw.Below(150)
	}
	return l
}

// In says whether a subject is in a segment on a day.
func (g Segment) In(s Subject, day int64) bool {
	if !g.Company && s.Lead != (g.Kind == Fresh) {
		return false
	}
	if g.round > 0 { // another segment of the kind, with other members
		s.Seed = s.Seed.At(uint64(g.round), 6)
	}
	draw := s.Seed.At(uint64(g.Index), 2)
	switch g.Kind {
	case Fresh:
		since := s.Born
		if since == 0 {
			since = -draw.Below(100)
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
		return draw.Unit() < 0.05+0.3*float64(min(day, 120))/120
	case shrinking:
		return draw.Unit() < 0.35-0.3*float64(min(day, 120))/120
	}
	return false
}

// phase is where a subject stands in its rhythm of use: 0 to 99, a cycle being
// ten to forty days.
func (s Subject) phase(day int64) int64 {
	draw := s.Seed.At(3, 3)
	period := 10 + draw.Below(31)
	return (day + draw.Below(period)) % period * 100 / period
}

// Carries says whether a subject has a tag on a day. Tags are lasting, given
// in a campaign, or given in one and taken back weeks later.
func (p *Directory) Carries(tag int64, s Subject, day int64) bool {
	draw := s.Seed.At(uint64(tag), 4)
	if s.Seed%250 == 0 && draw.Chance(800) {
		return true // a few carry nearly all
	}
	campaign := p.Seed.At(uint64(tag), 0x7a9)
	reach := 20 + campaign.Below(110) // permille
	begin := campaign.Below(100) - 5
	if !draw.Chance(reach) {
		return false
	}
	given := begin + draw.Below(6)
	switch tag % 3 {
	case 0:
		return true
	case 1:
		return given <= day
	}
	return given <= day && day < given+10+draw.Below(25)
}
