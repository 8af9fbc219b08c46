package people

import (
	"net/http"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
)

type segmentView struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Name       string `json:"name"`
	CreatedAt  int64  `json:"created_at"`
	UpdatedAt  int64  `json:"updated_at"`
	PersonType string `json:"person_type"`
	Count      *int   `json:"count,omitempty"`
}

func (s *API) viewSegment(g directory.Segment, day int64) segmentView {
	v := segmentView{
		Type: "segment", ID: s.People.SegmentID(g.Index), Name: g.Name, PersonType: "user",
		CreatedAt: s.People.Epoch - (40-g.Index%40)*calendar.DaySeconds, UpdatedAt: s.People.Epoch + day*calendar.DaySeconds,
	}
	switch {
	case g.Company && s.options.Speaks("segments-company-needed"):
		v.PersonType = "company"
	case g.Kind == directory.Fresh && !g.Company:
		v.PersonType = "contact"
	}
	return v
}

// segmentsPage is how many segments a page has where they have pages.
const segmentsPage = 3

// listSegments gives counts of contacts, so that a segment of companies has
// none.
func (s *API) listSegments(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	query, day := r.URL.Query(), s.Today()
	if query.Has("type") && s.options.Speaks("segments-company-refused") {
		return api.Invalid("type", "type is not a valid parameter")
	}
	list := []segmentView{}
	for i := range s.People.Segments {
		g := s.People.Segment(i)
		if !s.listed(g, query) {
			continue
		}
		v := s.viewSegment(g, day)
		if query.Get("include_count") == "true" {
			n := s.countSegment(g, day)
			v.Count = &n
		}
		list = append(list, v)
	}
	body := map[string]any{"type": "segment.list", "segments": list}
	if s.options.Speaks("segments-paged") && !s.options.Speaks("lists-array") {
		items, pages, err := paged(list, segmentsPage, r, false)
		if err != nil {
			return err
		}
		body["segments"], body["pages"] = items, pages
	}
	s.answer(w, "segments", body)
	return nil
}

func (s *API) countSegment(g directory.Segment, day int64) int {
	if g.Company {
		return 0
	}
	return s.tallyContacts(day, "segment "+g.Name, func(c directory.Subject) bool { return g.In(c, day) })
}

func (s *API) getSegment(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	g, ok := s.People.SegmentOf(r.PathValue("id"))
	if !ok || s.isGone(r.PathValue("id")) {
		return api.NotFound("Segment Not Found")
	}
	day := s.Today()
	v := s.viewSegment(g, day)
	if r.URL.Query().Get("include_count") == "true" {
		n := s.countSegment(g, day)
		v.Count = &n
	}
	s.answer(w, "", v)
	return nil
}
