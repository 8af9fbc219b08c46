package people

import (
	"math"
	"net/http"
	"strconv"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
)

type contactView struct {
	Type             string         `json:"type"`
	ID               string         `json:"id"`
	WorkspaceID      string         `json:"workspace_id"`
	ExternalID       *string        `json:"external_id"`
	Role             string         `json:"role"`
	Email            *string        `json:"email"`
	Phone            *string        `json:"phone"`
	Name             *string        `json:"name"`
	Avatar           *string        `json:"avatar"`
	OwnerID          *int64         `json:"owner_id"`
	HardBounced      bool           `json:"has_hard_bounced"`
	Spam             bool           `json:"marked_email_as_spam"`
	Unsubscribed     bool           `json:"unsubscribed_from_emails"`
	CreatedAt        int64          `json:"created_at"`
	UpdatedAt        int64          `json:"updated_at"`
	SignedUpAt       *int64         `json:"signed_up_at"`
	LastSeenAt       *int64         `json:"last_seen_at"`
	LastContactedAt  *int64         `json:"last_contacted_at"`
	LanguageOverride *string        `json:"language_override"`
	Browser          *string        `json:"browser"`
	Location         map[string]any `json:"location"`
	CustomAttributes map[string]any `json:"custom_attributes"`
	Tags             contactTags    `json:"tags"`
	Notes            contactTags    `json:"notes"`
	Companies        contactTags    `json:"companies"`
}

// contactTags is a list inside a contact: ten items at most.
type contactTags struct {
	Type    string    `json:"type"`
	Data    []linkTag `json:"data"`
	URL     string    `json:"url"`
	Total   int       `json:"total_count"`
	HasMore bool      `json:"has_more"`
	limit   int       // of items shown
}

type linkTag struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	URL  string `json:"url"`
}

// embeddedTags is how many tags a contact shows of its own accord.
const embeddedTags = 10

// shownTags is how many of its tags a contact shows.
func (s *API) shownTags() int {
	if s.options.Speaks("lists-array") {
		return math.MaxInt // nothing would tell of the others
	}
	return embeddedTags
}

func (l *contactTags) add(kind, id, url string) {
	l.Total++
	if len(l.Data) == l.limit {
		l.HasMore = true
		return
	}
	l.Data = append(l.Data, linkTag{ID: id, Type: kind, URL: url + id})
}

func (s *API) viewContact(c directory.Subject, day int64) contactView {
	p := s.People
	id, draw := p.ContactID(c.K), c.Seed.At(5, 5)
	created := p.CreatedAt(c, &draw)
	email, name := p.Email(c.K), p.ContactName(c.K)
	v := contactView{
		Type: "contact", ID: id, WorkspaceID: s.options.AppID, Role: "user", Email: &email, Name: &name, CreatedAt: created,
		Unsubscribed: draw.Chance(60), HardBounced: draw.Chance(10), Location: map[string]any{"type": "location"},
		Tags:      contactTags{Type: "list", Data: []linkTag{}, URL: "/contacts/" + id + "/tags", limit: s.shownTags()},
		Notes:     contactTags{Type: "list", Data: []linkTag{}, URL: "/contacts/" + id + "/notes", limit: embeddedTags},
		Companies: contactTags{Type: "list", Data: []linkTag{}, URL: "/contacts/" + id + "/companies", limit: embeddedTags},
		CustomAttributes: map[string]any{
			"plan": directory.Plans[draw.Below(int64(len(directory.Plans)))], "# seats": draw.Below(40), "Größe": nil, "beta": draw.Chance(200),
			"note": directory.Phrases[draw.Below(int64(len(directory.Phrases)))],
		},
	}
	external := "user-" + strconv.FormatInt(c.K, 10)
	if v.ExternalID = &external; c.Lead {
		v.Role, v.ExternalID, v.SignedUpAt = "lead", nil, nil
		if draw.Chance(500) {
			v.Email = nil
		}
		if draw.Chance(300) {
			v.Name = nil
		}
	} else {
		v.SignedUpAt = &created
	}
	visit := draw.At(uint64(day), 6)
	seen := max(created, p.Epoch+day*calendar.DaySeconds-1-visit.Below(3*calendar.DaySeconds))
	v.UpdatedAt = seen
	if !draw.Chance(100) {
		v.LastSeenAt = &seen
	}
	p.EachTag(c, day, func(tag string) bool { v.Tags.add("tag", tag, "/tags/"); return true })
	if company, ok := p.CompanyOf(c.K); ok && p.Companies.Alive(company, day) {
		v.Companies.add("company", p.CompanyID(company), "/companies/")
	}
	return v
}

func (s *API) listContacts(w http.ResponseWriter, r *http.Request, q api.Request) error {
	query := r.URL.Query()
	size, err := api.WholeNumber(query, "per_page", 10, 150)
	if err != nil {
		return err
	}
	if err := s.tooLarge(size); query.Has("per_page") && err != nil {
		return err
	}
	at, err := readCursor(query.Get("starting_after"))
	if err != nil {
		return err
	}
	s.writeContacts(w, q, at, size, "all", func(directory.Subject) bool { return true })
	return nil
}

// writeContacts answers with a page of the contacts that match. The name
// stands for the match in the tally.
func (s *API) writeContacts(w http.ResponseWriter, q api.Request, at page, size int, name string, match func(directory.Subject) bool) {
	day, of := s.Today(), &s.People.Contacts
	at = s.shifted(at, day, match, q)
	data, next := make([]contactView, 0, size), int64(-1)
	of.Each(at.next, day, func(k int64) bool {
		c := of.Subject(k)
		if !match(c) {
			return true
		}
		if len(data) == size {
			next = k
			return false
		}
		data = append(data, s.viewContact(c, day))
		return true
	})
	total := s.tallyContacts(day, name, match)
	pages := map[string]any{"type": "pages", "page": at.number, "per_page": size, "total_pages": (total + size - 1) / size}
	if next >= 0 {
		following := page{number: at.number + 1, next: next}
		pages["next"] = map[string]any{"page": following.number, "starting_after": following.cursor()}
	}
	s.answer(w, "", map[string]any{"type": "list", "data": data, "total_count": total, "pages": pages})
}

// contact finds the contact that a path names.
func (s *API) contact(r *http.Request) (directory.Subject, error) {
	of := &s.People.Contacts
	k, ok := of.Number(r.PathValue("id"))
	if !ok || !of.Alive(k, s.Today()) {
		return directory.Subject{}, api.NotFound("User Not Found")
	}
	return of.Subject(k), nil
}

func (s *API) getContact(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	c, err := s.contact(r)
	if err != nil {
		return err
	}
	s.answer(w, "", s.viewContact(c, s.Today()))
	return nil
}

func (s *API) contactTags(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	c, err := s.contact(r)
	if err != nil {
		return err
	}
	return s.writeTags(w, r, s.tagsOn(c, s.Today()), s.options.Speaks("contact-tags-paged"), false)
}

func (s *API) tagsOn(c directory.Subject, day int64) []tagView {
	list := []tagView{}
	for tag := range s.People.Tags {
		if s.People.Carries(tag, c, day) {
			list = append(list, s.viewTag(tag))
		}
	}
	return list
}

func (s *API) contactSegments(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	c, err := s.contact(r)
	if err != nil {
		return err
	}
	s.answer(w, "segments", plainList(s.segmentsAround(c, false, s.Today())))
	return nil
}

func (s *API) segmentsAround(c directory.Subject, company bool, day int64) []segmentView {
	list := []segmentView{}
	for i := range s.People.Segments {
		if g := s.People.Segment(i); g.Company == company && g.In(c, day) {
			list = append(list, s.viewSegment(g, day))
		}
	}
	return list
}
