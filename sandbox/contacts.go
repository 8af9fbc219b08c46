package sandbox

import (
	"net/http"
	"strconv"
)

// contactView is a contact as Intercom shows it.
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
}

type linkTag struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	URL  string `json:"url"`
}

// embeddedTags is how many tags a contact shows of its own accord.
const embeddedTags = 10

func (l *contactTags) add(kind, id, url string) {
	l.Total++
	if len(l.Data) == embeddedTags {
		l.HasMore = true
		return
	}
	l.Data = append(l.Data, linkTag{ID: id, Type: kind, URL: url + id})
}

func (s *Sandbox) viewContact(c subject, day int64) contactView {
	p := s.people
	id, draw := p.contactID(c.k), c.seed.at(5, 5)
	created := p.createdAt(c, &draw)
	email, name := p.email(c.k), p.contactName(c.k)
	v := contactView{
		Type: "contact", ID: id, WorkspaceID: s.options.AppID, Role: "user", Email: &email, Name: &name, CreatedAt: created,
		Unsubscribed: draw.chance(60), HardBounced: draw.chance(10), Location: map[string]any{"type": "location"},
		Tags:      contactTags{Type: "list", Data: []linkTag{}, URL: "/contacts/" + id + "/tags"},
		Notes:     contactTags{Type: "list", Data: []linkTag{}, URL: "/contacts/" + id + "/notes"},
		Companies: contactTags{Type: "list", Data: []linkTag{}, URL: "/contacts/" + id + "/companies"},
		CustomAttributes: map[string]any{
			"plan": plans[draw.below(int64(len(plans)))], "# seats": draw.below(40), "Größe": nil, "beta": draw.chance(200),
			"note": phrases[draw.below(int64(len(phrases)))],
		},
	}
	external := "user-" + strconv.FormatInt(c.k, 10)
	if v.ExternalID = &external; c.lead {
		v.Role, v.ExternalID, v.SignedUpAt = "lead", nil, nil
		if draw.chance(500) {
			v.Email = nil
		}
		if draw.chance(300) {
			v.Name = nil
		}
	} else {
		v.SignedUpAt = &created
	}
	visit := draw.at(uint64(day), 6)
	seen := max(created, p.epoch+day*daySeconds-1-visit.below(3*daySeconds))
	v.UpdatedAt = seen
	if !draw.chance(100) {
		v.LastSeenAt = &seen
	}
	p.eachTag(c, day, func(tag string) bool { v.Tags.add("tag", tag, "/tags/"); return true })
	if company, ok := p.companyOf(c.k); ok && p.companies.alive(company, day) {
		v.Companies.add("company", p.companyID(company), "/companies/")
	}
	return v
}

// createdAt is in the day before a bearer appears, or in the two years before
// the epoch.
func (p *people) createdAt(s subject, draw *random) int64 {
	if s.born > 0 {
		return p.epoch + s.born*daySeconds - 1 - draw.below(daySeconds)
	}
	return p.epoch - 1 - draw.below(2*365*daySeconds)
}

func (s *Sandbox) listContacts(w http.ResponseWriter, r *http.Request, q Request) error {
	query := r.URL.Query()
	size, err := wholeNumber(query, "per_page", 50, 150)
	if err != nil {
		return err
	}
	at, err := readCursor(query.Get("starting_after"))
	if err != nil {
		return err
	}
	s.writeContacts(w, q, at, size, "all", func(subject) bool { return true })
	return nil
}

// writeContacts answers with a page of the contacts that match. The name
// stands for the match in the tally.
func (s *Sandbox) writeContacts(w http.ResponseWriter, q Request, at page, size int, name string, match func(subject) bool) {
	day, of := s.today(), &s.people.contacts
	at = s.shifted(at, day, match, q)
	data, next := make([]contactView, 0, size), int64(-1)
	of.each(at.next, day, func(k int64) bool {
		c := of.subject(k)
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
	writeJSON(w, http.StatusOK, map[string]any{"type": "list", "data": data, "total_count": total, "pages": pages})
}

// contact finds the contact that a path names.
func (s *Sandbox) contact(r *http.Request) (subject, error) {
	of := &s.people.contacts
	k, ok := of.number(r.PathValue("id"))
	if !ok || !of.alive(k, s.today()) {
		return subject{}, notFound("User Not Found")
	}
	return of.subject(k), nil
}

func (s *Sandbox) getContact(w http.ResponseWriter, r *http.Request, _ Request) error {
	c, err := s.contact(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.viewContact(c, s.today()))
	return nil
}

func (s *Sandbox) contactTags(w http.ResponseWriter, r *http.Request, _ Request) error {
	c, err := s.contact(r)
	if err != nil {
		return err
	}
	writeList(w, s.people.tagsOn(c, s.today()))
	return nil
}

func (p *people) tagsOn(c subject, day int64) []tagView {
	list := []tagView{}
	for tag := range p.tags {
		if p.carries(tag, c, day) {
			list = append(list, p.viewTag(tag))
		}
	}
	return list
}

func (s *Sandbox) contactSegments(w http.ResponseWriter, r *http.Request, _ Request) error {
	c, err := s.contact(r)
	if err != nil {
		return err
	}
	writeList(w, s.people.segmentsAround(c, false, s.today()))
	return nil
}

func (p *people) segmentsAround(c subject, company bool, day int64) []segmentView {
	list := []segmentView{}
	for i := range p.segments {
		if g := p.segment(i); g.company == company && g.in(c, day) {
			list = append(list, p.viewSegment(g, day))
		}
	}
	return list
}
