package doctor

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/tables"
)

// Counted is a table of segments and tags, as it is today.
type Counted struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	// Sampled says that Intercom does not count them: they are as many as those of a
	// page of contacts or companies let expect.
	Sampled bool `json:"sampled,omitempty"`
	// Active are the active rows of a month of thirty days: each row once, or with
	// "memberships": "daily" each membership on each day. With "changed" it is the
	// most that there can be: only rows that are new, changed or gone are active.
	Active int64 `json:"active_rows"`
}

// people counts the rows of segments and tags, where they are wanted, by a few calls.
// What cannot be counted now is a warning.
func (x *Examination) people(ctx context.Context, w *workspace.Workspace) {
	missing := slices.ContainsFunc(x.Scopes, func(s Scope) bool { return s.Needed && !s.Granted })
	if w.Settings.Memberships == configuration.MembershipsNone || missing { // which has been told
		return
	}
	var segments []people.Segment
	var tags []people.Tag
	var contacts people.ContactPage
	var companies people.CompanyList
	var calls errgroup.Group
	calls.Go(func() (err error) { segments, _, err = people.Segments(ctx, w.Client); return err })
	calls.Go(func() (err error) { tags, _, err = people.Tags(ctx, w.Client); return err })
	calls.Go(func() (err error) {
		contacts, err = people.ContactsPage(ctx, w.Client, people.MaxPerPage, "")
		return err
	})
	calls.Go(func() (err error) {
		companies, err = people.ListCompanies(ctx, w.Client, 0, people.MaxCompanies, false)
		return err
	})
	if err := calls.Wait(); err != nil {
		x.Warnings = append(x.Warnings, fmt.Sprintf("the rows of segments and tags are not known, since they could not be counted now: %v", err))
		return
	}
	counted := func(total int64, known bool, table string, sampled bool) {
		if known {
			x.People = append(x.People, Counted{Table: table, Rows: total, Sampled: sampled})
			return
		}
		x.Warnings = append(x.Warnings, fmt.Sprintf("the rows of %s are not known: Intercom does not count them", table))
	}
	persons, firms := contacts.Total != answer.Unknown, companies.Total != answer.Unknown
	inSegments, counts := members(segments)
	counted(int64(len(segments)), true, tables.Segment, false)
	counted(int64(len(tags)), true, tables.Tag, false)
	counted(int64(contacts.Total), persons, tables.Contact, false)
	counted(expected(contacts.Total, contacts.Contacts, func(c people.Contact) int { return len(c.Tags) }), persons, tables.ContactTag, true)
	counted(inSegments, counts, tables.ContactSegment, false)
	counted(int64(companies.Total), firms, tables.Company, false)
	counted(expected(companies.Total, companies.Companies, func(c people.Company) int { return len(c.Tags) }), firms, tables.CompanyTag, true)
	counted(expected(companies.Total, companies.Companies, func(c people.Company) int { return len(c.Segments) }), firms, tables.CompanySegment, true)
	daily := []string{tables.ContactTag, tables.ContactSegment, tables.CompanyTag, tables.CompanySegment}
	for i := range x.People {
		c := &x.People[i]
		if c.Active = c.Rows; w.Settings.Memberships == configuration.MembershipsDaily && slices.Contains(daily, c.Table) {
			c.Active *= monthDays
		}
	}
}

// members is how many contacts the segments have, as Intercom counted them last; false
// where it did not count each of them.
func members(segments []people.Segment) (n int64, known bool) {
	known = true
	for _, s := range segments {
		switch {
		case s.PersonType == people.OfCompanies:
		case s.Count == answer.Unknown:
			known = false
		default:
			n += int64(s.Count)
		}
	}
	return n, known
}

// expected is how many memberships all have, if they have as many each as those of a
// page.
func expected[T any](total int, page []T, memberships func(T) int) int64 {
	if len(page) == 0 || total <= 0 {
		return 0
	}
	n := 0
	for _, one := range page {
		n += memberships(one)
	}
	return int64(n) * int64(total) / int64(len(page))
}
