package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/deletions"
	"intercom-connector/intercom/people"
	"intercom-connector/intercom/transport"
)

// lists reads one page of each list, and the scroll over companies to its end if it
// is near.
func (p *prober) lists(ctx context.Context) {
	page, err := people.ContactsPage(ctx, p.w.Client, people.MaxPerPage, "")
	if p.listed("contacts", err) {
		p.page("contacts", page)
	}
	segments, short, err := people.Segments(ctx, p.w.Client)
	if p.listed("segments", err) {
		of := 0
		for _, s := range segments {
			if s.PersonType == people.OfCompanies {
				of++
			}
		}
		var odd oddities
		for _, s := range segments {
			odd.add(s.Invalid)
		}
		p.whole("segments", short, fmt.Sprintf("%d, %d of them of companies", len(segments), of))
		p.odd("segments", odd)
	}
	if i := slices.IndexFunc(segments, func(s people.Segment) bool { return s.PersonType != people.OfCompanies }); i >= 0 {
		page, err := people.SearchPage(ctx, p.w.Client, "segment_id", segments[i].ID, people.MaxPerPage, "")
		switch e := api(err); {
		case e.Status == http.StatusBadRequest && segments[i].PersonType == "":
			p.found(Warned, "search by segment", "it is taken for a segment that has no contacts", "400")
		case e.NotFound() && p.isGone(ctx, segments[i].ID):
			p.found(Fine, "search by segment", "a segment that is gone meanwhile is left out", "404, and the segment is gone")
		case e.NotFound(), e.Status == http.StatusBadRequest, e.Status == http.StatusUnprocessableEntity:
			p.found(Warned, "search by segment", "a segment that is listed and refused cannot be proven complete", "%d", e.Status)
		case p.listed("search by segment", err):
			p.page("search by segment", page)
		}
	}
	tags, short, err := people.Tags(ctx, p.w.Client)
	if p.listed("tags", err) {
		p.whole("tags", short, fmt.Sprint(len(tags)))
	}
	p.companies(ctx)
	p.others(ctx)
}

// isGone says that a segment is not listed any more.
func (p *prober) isGone(ctx context.Context, segment string) bool {
	now, _, err := people.Segments(ctx, p.w.Client)
	return err == nil && !slices.ContainsFunc(now, func(s people.Segment) bool { return s.ID == segment })
}

// others are the lists that a sync reads for its lookups and deletions, and does without.
func (p *prober) others(ctx context.Context) {
	told := func(about, without, found string, err error) {
		switch {
		case err == nil:
			p.found(Fine, about, "", "%s", found)
		case api(err).Forbidden():
			p.found(Warned, about, without, "not allowed")
		default:
			p.found(Warned, about, without, "%v", err)
		}
	}
	mates, err := people.Teammates(ctx, p.w.Client)
	teams, teamsErr := people.Teams(ctx, p.w.Client)
	told("teammates and teams", "their tables are left out", fmt.Sprintf("%d and %d", len(mates), len(teams)), cmp.Or(err, teamsErr))
	for page, err := range deletions.List(ctx, p.w.Client, p.w.Now) {
		told("deleted conversations", "their rows stay", fmt.Sprintf("%d on a page", len(page)), err)
		return
	}
	told("deleted conversations", "", "none", nil)
}

// listed says that a list could be read, or tells why it could not.
func (p *prober) listed(about string, err error) bool {
	if err == nil {
		return true
	}
	wanted := p.w.Settings.Memberships != configuration.MembershipsNone
	switch {
	case api(err).Forbidden() && wanted:
		p.set(configuration.KeyMemberships, Refused, about, "get the permission, or set memberships to none", "%v", err)
	case api(err).Forbidden():
		p.found(Fine, about, "this configuration does without", "not allowed")
	default:
		p.found(Refused, about, "", "%v", err)
	}
	return false
}

// whole tells of a list that was read, and whether it is whole by its own word.
func (p *prober) whole(about, short, found string) {
	if short != "" {
		p.found(Warned, about, "its tables cannot be proven complete", "%s; %s", found, short)
		return
	}
	p.found(Fine, about, "", "%s", found)
}

// page tells how large a page was borne, and what was odd about its people.
func (p *prober) page(about string, page people.ContactPage) {
	total := "counted"
	follows := ""
	if page.Total == answer.Unknown {
		total, follows = "not counted", "a list without a count is read twice to prove it complete"
	}
	p.found(Fine, about, follows, "pages of %d, %s", page.PerPage, total)
	var odd oddities
	for _, c := range page.Contacts {
		odd.add(c.Invalid)
	}
	p.odd(about, odd)
}

// oddities are what was invalid about the elements of a list.
type oddities struct {
	unfit    map[string]int // values, by their column
	repaired int            // elements
}

func (o *oddities) add(invalid answer.Invalid) {
	for name := range invalid.Unparsed {
		if o.unfit == nil {
			o.unfit = map[string]int{}
		}
		o.unfit[name]++
	}
	o.repaired += min(len(invalid.Repaired), 1)
}

func (p *prober) odd(about string, o oddities) {
	if len(o.unfit) > 0 {
		p.found(Warned, about+": values", "they are null, with their text in unparsed_values", "not what they should be: %s", counted(o.unfit))
	}
	if o.repaired > 0 {
		p.found(Warned, about+": texts", "they are repaired", "%d hold NUL or half characters", o.repaired)
	}
}

// How far a scroll is followed, and how long one that is open elsewhere is waited
// for.
const (
	maxPages   = 30
	scrollWait = 90 * time.Second
)

// companies tells how many there are and how the scroll over them ends.
func (p *prober) companies(ctx context.Context) {
	total, err := people.CompanyCount(ctx, p.w.Client)
	if !p.listed("companies", err) {
		return
	}
	count := "counted"
	if total == answer.Unknown {
		count = "not counted"
	}
	met := map[string]bool{}
	var odd oddities
	defer func() { p.odd("companies", odd) }()
	var last []string
	param, waited := "", time.Duration(0)
	for pages := 0; pages < maxPages; {
		page, err := people.ScrollPage(ctx, p.w.Client, param)
		e, _ := errors.AsType[*intercom.Error](err)
		scroll, _ := errors.AsType[*people.ScrollError](err)
		switch {
		case scroll != nil && scroll.Exists && param == "" && waited < scrollWait:
			waited += slotPause
			if err := transport.Sleep(ctx, slotPause); err != nil {
				return
			}
			continue
		case err != nil && param != "" && e.NotFound() && (total == answer.Unknown || len(met) >= total):
			p.found(Fine, "companies", elsewhere(waited), "%s; the scroll ends by 404", count)
			return
		case scroll != nil && scroll.Exists:
			p.found(Warned, "companies", "a sync waits for an hour, then reads Intercom's list, and the companies cannot be proven complete", "%s; a scroll over them is open elsewhere", count)
			return
		case scroll != nil && scroll.Lost:
			p.found(Warned, "companies", "a sync begins it again, ten times", "%s; the scroll broke off after %d of them: %v", count, len(met), err)
			return
		case err != nil && param == "" && e != nil && (e.NotFound() || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented):
			p.found(Warned, "companies", "they are read from Intercom's list, which leaves out companies without users", "%s; there is no scroll over them", count)
			return
		case err != nil:
			p.listed("companies", err)
			return
		case len(page.Companies) == 0:
			p.found(Fine, "companies", elsewhere(waited), "%s; the scroll ends by an empty page", count)
			return
		}
		var ids []string
		for _, c := range page.Companies {
			ids = append(ids, c.ID)
			if !met[c.ID] {
				odd.add(c.Invalid)
			}
			met[c.ID] = true
		}
		if slices.Equal(ids, last) {
			p.found(Fine, "companies", elsewhere(waited), "%s; the scroll ends by the same page again", count)
			return
		}
		param, last = page.Param, ids
		pages++
	}
	p.found(Fine, "companies", "a scroll that is left open closes by itself after a minute", "%s; the scroll's end was not reached in %d pages", count, maxPages)
}

func elsewhere(waited time.Duration) string {
	if waited == 0 {
		return ""
	}
	return "another program scrolls too: a sync waits for it"
}

// counted are names with their counts.
func counted(of map[string]int) string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
