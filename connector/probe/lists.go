package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
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
		p.whole("segments", short, fmt.Sprintf("%d, %d of them of companies", len(segments), of))
	}
	if i := slices.IndexFunc(segments, func(s people.Segment) bool { return s.PersonType != people.OfCompanies }); i >= 0 {
		page, err := people.SearchPage(ctx, p.w.Client, "segment_id", segments[i].ID, people.MaxPerPage, "")
		switch e := api(err); {
		case e.NotFound():
			p.found(Warned, "search by segment", "a segment that is listed and refused cannot be proven complete", "404")
		case e.Status == 400:
			p.found(Warned, "search by segment", "it is taken for a segment that has no contacts", "400")
		case p.listed("search by segment", err):
			p.page("search by segment", page)
		}
	}
	tags, short, err := people.Tags(ctx, p.w.Client)
	if p.listed("tags", err) {
		p.whole("tags", short, fmt.Sprint(len(tags)))
	}
	p.companies(ctx)
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
	unfit := map[string]int{}
	repaired := 0
	for _, c := range page.Contacts {
		for name := range c.Invalid.Unparsed {
			unfit[name]++
		}
		repaired += min(len(c.Invalid.Repaired), 1)
	}
	if len(unfit) > 0 {
		p.found(Warned, about+": values", "they are null, with their text in unparsed_values", "not what they should be: %s", counted(unfit))
	}
	if repaired > 0 {
		p.found(Warned, about+": texts", "they are repaired", "%d hold NUL or half characters", repaired)
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
		case err != nil && param == "" && e != nil && e.NotFound():
			p.found(Fine, "companies", "they are read from Intercom's list, which leaves out companies without users", "%s; there is no scroll over them", count)
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
