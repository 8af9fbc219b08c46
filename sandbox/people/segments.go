package people

import (
	"net/http"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/directory"
)

// segmentView is a segment as Intercom shows it.
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
	if g.Kind == directory.Fresh && !g.Company {
		v.PersonType = "contact"
	}
	return v
}

// listSegments gives counts of contacts, so that a segment of companies has
// none.
func (s *API) listSegments(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	counted, day := r.URL.Query().Get("include_count") == "true", s.Today()
	list := []segmentView{}
	for i := range s.People.Segments {
		g := s.People.Segment(i)
		if g.Company && s.options.HideCompanySegments {
			continue
		}
		v := s.viewSegment(g, day)
		if counted {
			n := s.countSegment(g, day)
			v.Count = &n
		}
		list = append(list, v)
	}
	api.WriteJSON(w, http.StatusOK, map[string]any{"type": "segment.list", "segments": list})
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
	if !ok {
		return api.NotFound("Segment Not Found")
	}
	day := s.Today()
	v := s.viewSegment(g, day)
	if r.URL.Query().Get("include_count") == "true" {
		n := s.countSegment(g, day)
		v.Count = &n
	}
	api.WriteJSON(w, http.StatusOK, v)
	return nil
}
