package people

import (
	"net/http"

	"intercom-connector/sandbox/api"
)

// tagView is a tag as Intercom shows it.
type tagView struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *API) viewTag(tag int64) tagView {
	return tagView{Type: "tag", ID: s.People.TagID(tag), Name: s.People.TagName(tag)}
}

func (s *API) listTags(w http.ResponseWriter, _ *http.Request, _ api.Request) error {
	var list []tagView
	for tag := range s.People.Tags {
		list = append(list, s.viewTag(tag))
	}
	api.WriteList(w, list)
	return nil
}

func (s *API) getTag(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	tag, ok := s.People.TagOf(r.PathValue("id"))
	if !ok {
		return api.NotFound("Resource Not Found")
	}
	api.WriteJSON(w, http.StatusOK, s.viewTag(tag))
	return nil
}
