package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// companyView is a company as Intercom shows it, with all of its tags and
// segments.
type companyView struct {
	Type             string         `json:"type"`
	ID               string         `json:"id"`
	CompanyID        string         `json:"company_id"`
	AppID            string         `json:"app_id"`
	Name             string         `json:"name"`
	RemoteCreatedAt  int64          `json:"remote_created_at"`
	CreatedAt        int64          `json:"created_at"`
	UpdatedAt        int64          `json:"updated_at"`
	LastRequestAt    *int64         `json:"last_request_at"`
	Size             int64          `json:"size"`
	Website          string         `json:"website"`
	Industry         *string        `json:"industry"`
	MonthlySpend     float64        `json:"monthly_spend"`
	SessionCount     int64          `json:"session_count"`
	UserCount        int64          `json:"user_count"`
	Plan             any            `json:"plan"`
	CustomAttributes map[string]any `json:"custom_attributes"`
	Tags             any            `json:"tags"`
	Segments         any            `json:"segments"`
}

func (s *Sandbox) viewCompany(c subject, day int64) companyView {
	p, draw := s.people, c.seed.at(8, 8)
	created := p.createdAt(c, &draw)
	requested := s.lastRequest(c)
	number := strconv.FormatInt(c.k, 10)
	touched := draw.at(uint64(day), 6)
	v := companyView{
		Type: "company", ID: p.companyID(c.k), CompanyID: "company-" + number, AppID: s.options.AppID,
		Name: p.companyName(c.k), RemoteCreatedAt: created, CreatedAt: created, LastRequestAt: &requested,
		UpdatedAt: max(created, p.epoch+day*daySeconds-1-touched.below(daySeconds)),
		Size:      5 + c.k*37%900, Website: "https://company" + number + ".example.com",
		MonthlySpend: float64(draw.below(200_000)) / 100, SessionCount: draw.below(5000), UserCount: c.users(),
		CustomAttributes: map[string]any{
			"tier": plans[draw.below(int64(len(plans)))], "ARR €": draw.below(90_000), "owner, 2nd": nil, "note": phrases[draw.below(int64(len(phrases)))],
		},
		Tags:     map[string]any{"type": "tag.list", "tags": p.tagsOn(c, day)},
		Segments: map[string]any{"type": "segment.list", "segments": p.segmentsAround(c, true, day)},
	}
	plan := c.k % int64(len(plans))
	v.Plan = map[string]any{"type": "plan", "id": strconv.FormatInt(1_269_650+plan, 10), "name": plans[plan]}
	if draw.chance(150) {
		v.Plan = nil
	}
	return v
}

// users is a company's user_count; three in a hundred have none.
func (s subject) users() int64 {
	draw := s.seed.at(9, 9)
	if draw.chance(30) {
		return 0
	}
	return 1 + draw.below(400)
}

// lastRequest is when a company's people were last seen: they come back every
// ten minutes to three days.
func (s *Sandbox) lastRequest(c subject) int64 {
	draw, now := c.seed.at(10, 10), s.now().Unix()
	period := 600 + skewed(&draw, 3*daySeconds)
	return now - (now+draw.below(period))%period
}

func (s *Sandbox) getCompany(w http.ResponseWriter, r *http.Request, _ Request) error {
	of := &s.people.companies
	k, ok := of.number(r.PathValue("id"))
	if !ok || !of.alive(k, s.today()) {
		return companyNotFound()
	}
	writeJSON(w, http.StatusOK, s.viewCompany(of.subject(k), s.today()))
	return nil
}

func companyNotFound() error {
	return &failure{status: http.StatusNotFound, code: "company_not_found", message: "Company Not Found"}
}

// filterCompanies finds companies by segment, by tag, or one by name or by the
// customer's own id.
func (s *Sandbox) filterCompanies(w http.ResponseWriter, r *http.Request, q Request) error {
	query, p, day := r.URL.Query(), s.people, s.today()
	segmentID, tagID := query.Get("segment_id"), query.Get("tag_id")
	switch {
	case segmentID != "" && tagID != "":
		return badRequest("segment_id and tag_id cannot be given together")
	case segmentID != "":
		g, ok := p.segmentOf(segmentID)
		return s.writeCompanies(w, query, q, func(c subject) bool { return ok && g.company && g.in(c, day) })
	case tagID != "":
		tag, ok := p.tagOf(tagID)
		return s.writeCompanies(w, query, q, func(c subject) bool { return ok && p.carries(tag, c, day) })
	case query.Has("company_id") || query.Has("name"):
		return s.findCompany(w, query, day)
	}
	return s.writeCompanies(w, query, q, func(c subject) bool { return c.users() > 0 })
}

func (s *Sandbox) findCompany(w http.ResponseWriter, query url.Values, day int64) error {
	var found *companyView
	of := &s.people.companies
	of.each(0, day, func(k int64) bool {
		v := s.viewCompany(of.subject(k), day)
		if v.CompanyID == query.Get("company_id") || v.Name == query.Get("name") {
			found = &v
		}
		return found == nil
	})
	if found == nil {
		return companyNotFound()
	}
	writeJSON(w, http.StatusOK, found)
	return nil
}

func (s *Sandbox) listCompanies(w http.ResponseWriter, r *http.Request, q Request) error {
	return s.writeCompanies(w, r.URL.Query(), q, func(c subject) bool { return c.users() > 0 })
}

// maxListed is how deep the company lists go.
const maxListed = 10_000

// writeCompanies answers with a page of companies, those seen last first: the
// order changes while one reads.
func (s *Sandbox) writeCompanies(w http.ResponseWriter, query url.Values, q Request, match func(subject) bool) error {
	size, err := wholeNumber(query, "per_page", 15, 60)
	if err != nil {
		return err
	}
	number, err := wholeNumber(query, "page", 1, 1<<30)
	if err != nil {
		return err
	}
	if (number-1)*size >= maxListed {
		return badRequest("page limit reached, please use scroll API")
	}
	day, of := s.today(), &s.people.companies
	type seen struct{ k, at int64 }
	var found []seen
	of.each(0, day, func(k int64) bool {
		if c := of.subject(k); match(c) {
			found = append(found, seen{k, s.lastRequest(c)})
		}
		return true
	})
	direction := -1
	if query.Get("order") == "asc" {
		direction = 1
	}
	slices.SortFunc(found, func(a, b seen) int { return direction * cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.k, b.k)) })
	from := (number - 1) * size
	if s.options.PageShift != nil && number > 1 {
		from = max(0, from-s.options.PageShift(q))
	}
	data := []companyView{}
	for _, c := range found[min(from, len(found)):min(from+size, len(found))] {
		data = append(data, s.viewCompany(of.subject(c.k), day))
	}
	pages := map[string]any{"type": "pages", "page": number, "per_page": size, "total_pages": (len(found) + size - 1) / size, "next": nil}
	if number*size < len(found) {
		next := url.Values{"page": {strconv.Itoa(number + 1)}, "per_page": {strconv.Itoa(size)}}
		pages["next"] = q.Path + "?" + next.Encode()
	}
	writeJSON(w, http.StatusOK, map[string]any{"type": "list", "data": data, "pages": pages, "total_count": len(found)})
	return nil
}
