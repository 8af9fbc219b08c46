package people

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
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

func (s *API) viewCompany(c directory.Subject, day int64) companyView {
	p, draw := s.People, c.Seed.At(8, 8)
	created := p.CreatedAt(c, &draw)
	requested := s.lastRequest(c)
	number := strconv.FormatInt(c.K, 10)
	touched := draw.At(uint64(day), 6)
	v := companyView{
		Type: "company", ID: p.CompanyID(c.K), CompanyID: "company-" + number, AppID: s.options.AppID,
		Name: p.CompanyName(c.K), RemoteCreatedAt: created, CreatedAt: created, LastRequestAt: &requested,
		UpdatedAt: max(created, p.Epoch+day*calendar.DaySeconds-1-touched.Below(calendar.DaySeconds)),
		Size:      5 + c.K*37%900, Website: "https://company" + number + ".example.com",
		MonthlySpend: float64(draw.Below(200_000)) / 100, SessionCount: draw.Below(5000), UserCount: c.Users(),
		CustomAttributes: map[string]any{
			"tier": directory.Plans[draw.Below(int64(len(directory.Plans)))], "ARR €": draw.Below(90_000), "owner, 2nd": nil, "note": directory.Phrases[draw.Below(int64(len(directory.Phrases)))],
		},
		Tags:     map[string]any{"type": "tag.list", "tags": s.tagsOn(c, day)},
		Segments: map[string]any{"type": "segment.list", "segments": s.segmentsAround(c, true, day)},
	}
	plan := c.K % int64(len(directory.Plans))
	v.Plan = map[string]any{"type": "plan", "id": strconv.FormatInt(1_269_650+plan, 10), "name": directory.Plans[plan]}
	if draw.Chance(150) {
		v.Plan = nil
	}
	return v
}

// lastRequest is when a company's people were last seen: they come back every
// ten minutes to three days.
func (s *API) lastRequest(c directory.Subject) int64 {
	draw, now := c.Seed.At(10, 10), s.now().Unix()
	period := 600 + draw.Skewed(3*calendar.DaySeconds)
	return now - (now+draw.Below(period))%period
}

func (s *API) getCompany(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	of := &s.People.Companies
	k, ok := of.Number(r.PathValue("id"))
	if !ok || !of.Alive(k, s.Today()) {
		return companyNotFound()
	}
	s.answer(w, "", s.viewCompany(of.Subject(k), s.Today()))
	return nil
}

func companyNotFound() error {
	return &api.Failure{Status: http.StatusNotFound, Code: "company_not_found", Message: "Company Not Found"}
}

// filterCompanies finds companies by segment, by tag, or one by name or by the
// customer's own id.
func (s *API) filterCompanies(w http.ResponseWriter, r *http.Request, q api.Request) error {
	query, p, day := r.URL.Query(), s.People, s.Today()
	segmentID, tagID := query.Get("segment_id"), query.Get("tag_id")
	switch {
	case segmentID != "" && tagID != "":
		return api.BadRequest("segment_id and tag_id cannot be given together")
	case segmentID != "":
		g, ok := p.SegmentOf(segmentID)
		return s.writeCompanies(w, query, q, func(c directory.Subject) bool { return ok && g.Company && g.In(c, day) })
	case tagID != "":
		tag, ok := p.TagOf(tagID)
		return s.writeCompanies(w, query, q, func(c directory.Subject) bool { return ok && p.Carries(tag, c, day) })
	case query.Has("company_id") || query.Has("name"):
		return s.findCompany(w, query, day)
	}
	return s.writeCompanies(w, query, q, func(c directory.Subject) bool { return c.Users() > 0 })
}

func (s *API) findCompany(w http.ResponseWriter, query url.Values, day int64) error {
	var found *companyView
	of := &s.People.Companies
	of.Each(0, day, func(k int64) bool {
		v := s.viewCompany(of.Subject(k), day)
		if v.CompanyID == query.Get("company_id") || v.Name == query.Get("name") {
			found = &v
		}
		return found == nil
	})
	if found == nil {
		return companyNotFound()
	}
	s.answer(w, "", found)
	return nil
}

func (s *API) listCompanies(w http.ResponseWriter, r *http.Request, q api.Request) error {
	whole := s.options.Speaks("scroll-none") || s.taken() // or nothing would tell of the others
	return s.writeCompanies(w, r.URL.Query(), q, func(c directory.Subject) bool { return whole || c.Users() > 0 })
}

// maxListed is how deep the company lists go.
const maxListed = 10_000

// writeCompanies answers with a page of companies, those seen last first: the
// order changes while one reads.
func (s *API) writeCompanies(w http.ResponseWriter, query url.Values, q api.Request, match func(directory.Subject) bool) error {
	size, err := api.WholeNumber(query, "per_page", 15, 60)
	if err != nil {
		return err
	}
	if err := s.tooLarge(size); query.Has("per_page") && err != nil {
		return err
	}
	number, err := api.WholeNumber(query, "page", 1, 1<<30)
	if err != nil {
		return err
	}
	if (number-1)*size >= maxListed {
		return api.BadRequest("page limit reached, please use scroll API")
	}
	day, of := s.Today(), &s.People.Companies
	type seen struct{ k, at int64 }
	var found []seen
	of.Each(0, day, func(k int64) bool {
		if c := of.Subject(k); match(c) {
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
	if number > 1 {
		from = max(0, from-s.listShift(q))
	}
	data := []companyView{}
	for _, c := range found[min(from, len(found)):min(from+size, len(found))] {
		data = append(data, s.viewCompany(of.Subject(c.k), day))
	}
	pages := map[string]any{"type": "pages", "page": number, "per_page": size, "total_pages": (len(found) + size - 1) / size, "next": nil}
	if from+size < len(found) { // what has moved to the end is there
		next := url.Values{"page": {strconv.Itoa(number + 1)}, "per_page": {strconv.Itoa(size)}}
		pages["next"] = q.Path + "?" + next.Encode()
	}
	s.answer(w, "", map[string]any{"type": "list", "data": data, "pages": pages, "total_count": len(found)})
	return nil
}
