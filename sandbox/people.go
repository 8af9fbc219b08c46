package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// people are the workspace's contacts and companies. Both are numbered; a
// number tells everything about its bearer, so that none of them is stored.
// They change at one moment each day, a whole number of days after the epoch:
// new ones appear, some are deleted, memberships change. Between two such
// moments the workspace stands still.
type people struct {
	seed      random
	epoch     int64
	contacts  population
	companies population
	segments  int64
	tags      int64
}

// population is one kind of numbered bearers.
type population struct {
	seed  random
	first int64 // how many there were at the epoch
	pace  int64 // days in which as many again appear
	fade  int64 // permille that are deleted some day
}

// subject is one bearer on its way through the days.
type subject struct {
	k    int64
	seed random
	born int64 // the day it appeared; 0 for those of the epoch
	lead bool
}

func newPeople(o Options) *people {
	seed := random(o.Seed).at(0x9e0, 1)
	return &people{
		seed:      seed,
		epoch:     o.Epoch.Unix(),
		contacts:  population{seed: seed.at(1, 0), first: int64(o.Contacts), pace: 200, fade: 80},
		companies: population{seed: seed.at(2, 0), first: int64(o.Companies), pace: 300, fade: 40},
		segments:  int64(o.Segments),
		tags:      int64(o.Tags),
	}
}

// today is the number of the workspace's present state.
func (p *people) today(unix int64) int64 { return max(0, floorDiv(unix-p.epoch, daySeconds)) }

// size is how many have ever been born by a day, the deleted ones included.
func (p *population) size(day int64) int64 {
	return p.first + (day*p.first+p.pace-1)/p.pace
}

func (p *population) bornOn(k int64) int64 {
	if k < p.first {
		return 0
	}
	return 1 + (k-p.first)*p.pace/p.first
}

func (p *population) subject(k int64) subject {
	s := subject{k: k, seed: p.seed.at(uint64(k), 7), born: p.bornOn(k)}
	s.lead = s.seed>>60 < 4 // a quarter
	return s
}

// alive says whether the k-th is there on a day.
func (p *population) alive(k, day int64) bool {
	if k < 0 || k >= p.size(day) {
		return false
	}
	draw := p.seed.at(uint64(k), 13)
	if !draw.chance(p.fade) {
		return true
	}
	return day < p.bornOn(k)+1+draw.below(200)
}

// each yields the living ones from the k-th on.
func (p *population) each(from, day int64, yield func(k int64) bool) {
	for k := from; k < p.size(day); k++ {
		if p.alive(k, day) && !yield(k) {
			return
		}
	}
}

// Ids. An id holds its number in disguise: multiplied by an odd constant,
// which can be undone.
const (
	disguise   = 0x9e3779b97f4a7c15
	undisguise = 0xf1de83e19937733d // disguise * undisguise = 1 modulo 2^64
)

func (p *population) id(k int64) string {
	return fmt.Sprintf("%08x%016x", uint32(p.seed), (uint64(k)+uint64(p.seed))*disguise)
}

// number undoes id.
func (p *population) number(id string) (int64, bool) {
	if len(id) != 24 || id != strings.ToLower(id) {
		return 0, false
	}
	head, err := strconv.ParseUint(id[:8], 16, 32)
	if err != nil || uint32(head) != uint32(p.seed) {
		return 0, false
	}
	tail, err := strconv.ParseUint(id[8:], 16, 64)
	k := int64(tail*undisguise - uint64(p.seed))
	return k, err == nil && k >= 0
}

func (p *people) contactID(k int64) string { return p.contacts.id(k) }
func (p *people) companyID(k int64) string { return p.companies.id(k) }

func (p *people) isLead(k int64) bool { return p.contacts.subject(k).lead }

func (p *people) contactName(k int64) string {
	draw := p.contacts.seed.at(uint64(k), 21)
	return given[draw.below(int64(len(given)))] + " " + family[draw.below(int64(len(family)))]
}

func (p *people) email(k int64) string {
	return "contact" + strconv.FormatInt(k, 10) + "@example.com"
}

// companyOf is where a contact works; three in ten work nowhere.
func (p *people) companyOf(k int64) (int64, bool) {
	draw := p.contacts.seed.at(uint64(k), 23)
	if p.companies.first == 0 || draw.chance(300) {
		return 0, false
	}
	return draw.below(p.companies.first), true
}

func (p *people) companyName(k int64) string {
	draw := p.companies.seed.at(uint64(k), 21)
	return family[draw.below(int64(len(family)))] + " " + trades[draw.below(int64(len(trades)))]
}
