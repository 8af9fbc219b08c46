package engagement

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

// message is what a workspace sends again and again.
type message struct {
	id, versions int64
	kind, title  string
}

var messages = []message{
	{4_100_101, 2, "email", "Welcome, and a first step"},
	{4_100_138, 1, "chat", "Can we help?"},
	{4_100_175, 3, "post", "What's new: exports, \"faster\""},
	{4_100_212, 1, "push", "Your trial ends"},
	{4_100_249, 1, "survey", "How did we do?\nTell us"},
}

// happening is an event that a message may meet with.
type happening struct {
	name, time string // its file and the column of its time
	permille   int64  // of the receipts before it that meet it
	extra      string // the column that only its file has
}

// happenings in the order in which one follows another.
var happenings = []happening{
	{"open", "opened_at", 620, ""},
	{"click", "clicked_at", 350, "clicked_url"},
	{"reply", "replied_at", 160, ""},
	{"answer", "answered_at", 120, "answer"},
	{"dismissal", "dismissed_at", 140, ""},
	{"goal_success", "goal_succeeded_at", 90, ""},
	{"unsubscribe", "unsubscribed_at", 25, ""},
	{"hard_bounce", "hard_bounced_at", 15, ""},
}

// timeColumn is the column of an event's time in its file.
func timeColumn(event string) string {
	i := slices.IndexFunc(happenings, func(h happening) bool { return h.name == event })
	if i < 0 {
		return event + "_at"
	}
	return happenings[i].time
}

// longest is how long after it was sent a message still meets with something.
const longest = 30 * calendar.DaySeconds

const firstReceipt = 88_100_000_000

// receipts are those sent between two moments, both included, in order of
// their sending, with all that ever happens to them.
func (s *API) receipts(from, to time.Time) iter.Seq[workspace.Receipt] {
	if s.options.Receipts != nil {
		return s.given(from, to)
	}
	return func(yield func(workspace.Receipt) bool) {
		epoch, perDay := s.options.Epoch.Unix(), int64(s.options.Messages)
		if perDay == 0 {
			return
		}
		first := max(0, calendar.FloorDiv(from.Unix()-epoch, calendar.DaySeconds))
		last := calendar.FloorDiv(to.Unix()-epoch, calendar.DaySeconds)
		for day := first; day <= last; day++ {
			for i := range perDay {
				sent := epoch + day*calendar.DaySeconds + i*calendar.DaySeconds/perDay
				if sent < from.Unix() || sent > to.Unix() {
					continue
				}
				if !yield(s.receipt(day*perDay+i, sent)) {
					return
				}
			}
		}
	}
}

// given yields the receipts that a test has given, sent in a range.
func (s *API) given(from, to time.Time) iter.Seq[workspace.Receipt] {
	return func(yield func(workspace.Receipt) bool) {
		for _, r := range s.options.Receipts {
			if r.Sent.Before(from) || r.Sent.After(to) {
				continue
			}
			if !yield(r) {
				return
			}
		}
	}
}

// receipt makes the k-th receipt.
func (s *API) receipt(k, sent int64) workspace.Receipt {
	draw := random.Source(s.options.Seed).At(uint64(k), 0xe4a)
	m := messages[draw.Below(int64(len(messages)))]
	contact := draw.Below(max(int64(s.options.Contacts), 1))
	r := workspace.Receipt{ID: strconv.FormatInt(firstReceipt+k, 10), Sent: time.Unix(sent, 0)}
	r.Values = map[string]string{
		"user_id": s.people.ContactID(contact), "user_external_id": "user-" + strconv.FormatInt(contact, 10),
		"company_id": "-1", "email": s.people.Email(contact), "name": s.people.ContactName(contact),
		"ruleset_id": strconv.FormatInt(m.id, 10), "content_id": strconv.FormatInt(m.id*10+draw.Below(m.versions), 10),
		"content_type": m.kind, "content_title": m.title, "created_via": "workflow", "device": "web",
		"ruleset_version_id": strconv.FormatInt(m.id*100+1, 10), "series_id": "-1",
	}
	if company, ok := s.people.CompanyOf(contact); ok {
		r.Values["company_id"] = s.people.CompanyID(company)
		r.Values["company_external_id"] = "company-" + strconv.FormatInt(company, 10)
	}
	r.Events = happen(&draw, sent, m)
	return r
}

// happen draws what a message meets with: half of it on the first day, some of
// it weeks later.
func happen(draw *random.Source, sent int64, m message) (events []workspace.Event) {
	for _, h := range happenings {
		if !draw.Chance(h.permille) {
			continue
		}
		at := sent + 5 + draw.Skewed(longest-5)
		e := workspace.Event{Name: h.name, At: time.Unix(at, 0)}
		switch h.extra {
		case "clicked_url":
			e.Values = map[string]string{h.extra: "https://example.com/a?m=" + strconv.FormatInt(m.id, 10) + ",1"}
		case "answer":
			e.Values = map[string]string{h.extra: directory.Phrases[draw.Below(int64(len(directory.Phrases)))]}
		}
		events = append(events, e)
		if h.name == "click" && draw.Chance(200) { // and once more
			e.At = time.Unix(min(at+60+draw.Below(calendar.DaySeconds), sent+longest), 0)
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b workspace.Event) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
	return events
}

// Truth yields the receipts sent by a moment with what has happened to them by
// then, whatever the ranges of the exports that told of it.
func (s *API) Truth(now time.Time) iter.Seq[workspace.Receipt] {
	return func(yield func(workspace.Receipt) bool) {
		for r := range s.receipts(time.Unix(math.MinInt32, 0), now) {
			r.Events = between(r.Events, time.Unix(math.MinInt32, 0), now, now)
			if shown(r, now) && !yield(r) {
				return
			}
		}
	}
}

// shown says whether exports show a receipt by a moment.
func shown(r workspace.Receipt, by time.Time) bool { return !r.Sent.Add(r.Late).After(by) }

// between are the events between two moments, both included, that exports show by
// another.
func between(events []workspace.Event, from, to, by time.Time) (some []workspace.Event) {
	for _, e := range events {
		if !e.At.Before(from) && !e.At.After(to) && !e.At.Add(e.Late).After(by) {
			some = append(some, e)
		}
	}
	return some
}
