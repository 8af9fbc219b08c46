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
	x.People = []Counted{
		{Table: tables.Segment, Rows: int64(len(segments))},
		{Table: tables.Tag, Rows: int64(len(tags))},
		{Table: tables.Contact, Rows: int64(max(contacts.Total, 0))},
		{Table: tables.ContactTag, Rows: expected(contacts.Total, contacts.Contacts, func(c people.Contact) int { return len(c.Tags) }), Sampled: true},
		{Table: tables.ContactSegment, Rows: members(segments)},
		{Table: tables.Company, Rows: int64(max(companies.Total, 0))},
		{Table: tables.CompanyTag, Rows: expected(companies.Total, companies.Companies, func(c people.Company) int { return len(c.Tags) }), Sampled: true},
		{Table: tables.CompanySegment, Rows: expected(companies.Total, companies.Companies, func(c people.Company) int { return len(c.Segments) }), Sampled: true},
	}
	daily := []string{tables.ContactTag, tables.ContactSegment, tables.CompanyTag, tables.CompanySegment}
	for i := range x.People {
		c := &x.People[i]
		if c.Active = c.Rows; w.Settings.Memberships == configuration.MembershipsDaily && slices.Contains(daily, c.Table) {
			c.Active *= monthDays
		}
	}
}

// members is how many contacts the segments have, as Intercom counted them last.
func members(segments []people.Segment) (n int64) {
	for _, s := range segments {
		if s.PersonType != people.OfCompanies && s.Count != answer.Unknown {
			n += int64(s.Count)
		}
	}
	return n
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
