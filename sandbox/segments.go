package sandbox

import "net/http"

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

func (p *people) viewSegment(g segment, day int64) segmentView {
	v := segmentView{
		Type: "segment", ID: p.segmentID(g.index), Name: g.name, PersonType: "user",
		CreatedAt: p.epoch - (40-g.index%40)*daySeconds, UpdatedAt: p.epoch + day*daySeconds,
	}
	if g.kind == fresh && !g.company {
		v.PersonType = "contact"
	}
	return v
}

// listSegments gives counts of contacts, so that a segment of companies has
// none.
func (s *Sandbox) listSegments(w http.ResponseWriter, r *http.Request, _ Request) error {
	counted, day := r.URL.Query().Get("include_count") == "true", s.today()
	list := []segmentView{}
	for i := range s.people.segments {
		g := s.people.segment(i)
		if g.company && s.options.HideCompanySegments {
			continue
		}
		v := s.people.viewSegment(g, day)
		if counted {
			n := s.countSegment(g, day)
			v.Count = &n
		}
		list = append(list, v)
	}
	writeJSON(w, http.StatusOK, map[string]any{"type": "segment.list", "segments": list})
	return nil
}

func (s *Sandbox) countSegment(g segment, day int64) int {
	if g.company {
		return 0
	}
	return s.tallyContacts(day, "segment "+g.name, func(c subject) bool { return g.in(c, day) })
}

func (s *Sandbox) getSegment(w http.ResponseWriter, r *http.Request, _ Request) error {
	g, ok := s.people.segmentOf(r.PathValue("id"))
	if !ok {
		return notFound("Segment Not Found")
	}
	day := s.today()
	v := s.people.viewSegment(g, day)
	if r.URL.Query().Get("include_count") == "true" {
		n := s.countSegment(g, day)
		v.Count = &n
	}
	writeJSON(w, http.StatusOK, v)
	return nil
}

// tagView is a tag as Intercom shows it.
type tagView struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (p *people) viewTag(tag int64) tagView {
	return tagView{Type: "tag", ID: p.tagID(tag), Name: p.tagName(tag)}
}

func (s *Sandbox) listTags(w http.ResponseWriter, _ *http.Request, _ Request) error {
	var list []tagView
	for tag := range s.people.tags {
		list = append(list, s.people.viewTag(tag))
	}
	writeList(w, list)
	return nil
}

func (s *Sandbox) getTag(w http.ResponseWriter, r *http.Request, _ Request) error {
	tag, ok := s.people.tagOf(r.PathValue("id"))
	if !ok {
		return notFound("Resource Not Found")
	}
	writeJSON(w, http.StatusOK, s.people.viewTag(tag))
	return nil
}
