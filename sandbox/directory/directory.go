// Package directory is who and what there is in a workspace: contacts and
// companies, their segments and tags, day by day. It knows nothing of HTTP.
package directory

import (
	"fmt"
	"strconv"
	"strings"

	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

// Directory is the workspace's contacts and companies. Both are numbered; a
// number tells everything about its bearer, so that none of them is stored.
// They change at one moment each day, a whole number of days after the epoch:
// new ones appear, some are deleted, memberships change. Between two such
// moments the workspace stands still.
type Directory struct {
	Seed      random.Source
	Epoch     int64
	Contacts  Population
	Companies Population
	Segments  int64
	Tags      int64
}

// Population is one kind of numbered bearers.
type Population struct {
	seed  random.Source
	first int64 // how many there were at the epoch
	pace  int64 // days in which as many again appear
	fade  int64 // permille that are deleted some day
}

// Subject is one bearer on its way through the days.
type Subject struct {
	K    int64
	Seed random.Source
	Born int64 // the day it appeared; 0 for those of the epoch
	Lead bool
}

// New is the directory of a workspace.
func New(o workspace.Options) *Directory {
	seed := random.Source(o.Seed).At(0x9e0, 1)
	return &Directory{
		Seed:      seed,
		Epoch:     o.Epoch.Unix(),
		Contacts:  Population{seed: seed.At(1, 0), first: int64(o.Contacts), pace: 200, fade: 80},
		Companies: Population{seed: seed.At(2, 0), first: int64(o.Companies), pace: 300, fade: 40},
		Segments:  int64(o.Segments),
		Tags:      int64(o.Tags),
	}
}

// Today is the number of the workspace's present state.
func (p *Directory) Today(unix int64) int64 {
	return max(0, calendar.FloorDiv(unix-p.Epoch, calendar.DaySeconds))
}

// Size is how many have ever been born by a day, the deleted ones included.
func (p *Population) Size(day int64) int64 {
	return p.first + (day*p.first+p.pace-1)/p.pace
}

func (p *Population) bornOn(k int64) int64 {
	if k < p.first {
		return 0
	}
	return 1 + (k-p.first)*p.pace/p.first
}

// Subject is the k-th bearer.
func (p *Population) Subject(k int64) Subject {
	s := Subject{K: k, Seed: p.seed.At(uint64(k), 7), Born: p.bornOn(k)}
	s.Lead = s.Seed>>60 < 4 // a quarter
	return s
}

// Alive says whether the k-th is there on a day.
func (p *Population) Alive(k, day int64) bool {
	if k < 0 || k >= p.Size(day) {
		return false
	}
	draw := p.seed.At(uint64(k), 13)
	if !draw.Chance(p.fade) {
		return true
	}
	return day < p.bornOn(k)+1+draw.Below(200)
}

// Each yields the living ones from the k-th on.
func (p *Population) Each(from, day int64, yield func(k int64) bool) {
	for k := from; k < p.Size(day); k++ {
		if p.Alive(k, day) && !yield(k) {
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

func (p *Population) id(k int64) string {
	return fmt.Sprintf("%08x%016x", uint32(p.seed), (uint64(k)+uint64(p.seed))*disguise)
}

// Number undoes id.
func (p *Population) Number(id string) (int64, bool) {
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

func (p *Directory) ContactID(k int64) string { return p.Contacts.id(k) }

func (p *Directory) CompanyID(k int64) string { return p.Companies.id(k) }

func (p *Directory) IsLead(k int64) bool { return p.Contacts.Subject(k).Lead }

func (p *Directory) ContactName(k int64) string {
	draw := p.Contacts.seed.At(uint64(k), 21)
	return given[draw.Below(int64(len(given)))] + " " + family[draw.Below(int64(len(family)))]
}

func (p *Directory) Email(k int64) string {
	return "contact" + strconv.FormatInt(k, 10) + "@example.com"
}

// CompanyOf is where a contact works; three in ten work nowhere.
func (p *Directory) CompanyOf(k int64) (int64, bool) {
	draw := p.Contacts.seed.At(uint64(k), 23)
	if p.Companies.first == 0 || draw.Chance(300) {
		return 0, false
	}
	return draw.Below(p.Companies.first), true
}

func (p *Directory) CompanyName(k int64) string {
	draw := p.Companies.seed.At(uint64(k), 21)
	return family[draw.Below(int64(len(family)))] + " " + Trades[draw.Below(int64(len(Trades)))]
}

// Users is a company's user_count; three in a hundred have none.
func (s Subject) Users() int64 {
	draw := s.Seed.At(9, 9)
	if draw.Chance(30) {
		return 0
	}
	return 1 + draw.Below(400)
}

// CreatedAt is in the day before a bearer appears, or in the two years before
// the epoch.
func (p *Directory) CreatedAt(s Subject, draw *random.Source) int64 {
	if s.Born > 0 {
		return p.Epoch + s.Born*calendar.DaySeconds - 1 - draw.Below(calendar.DaySeconds)
	}
	return p.Epoch - 1 - draw.Below(2*365*calendar.DaySeconds)
}
