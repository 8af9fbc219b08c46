package people

import (
	"net/http"

	"intercom-connector/sandbox/api"
)

type tagView struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *API) viewTag(tag int64) tagView {
	return tagView{Type: "tag", ID: s.People.TagID(tag), Name: s.People.TagName(tag)}
}

func (s *API) listTags(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	var list []tagView
	for tag := range s.People.Tags {
		list = append(list, s.viewTag(tag))
	}
	return s.writeTags(w, r, list, s.options.Speaks("tags-paged"), true)
}

// tagsPage is how many tags a page has where they have pages.
const tagsPage = 5

// writeTags answers with a list of tags, in pages if a dialect has it so.
func (s *API) writeTags(w http.ResponseWriter, r *http.Request, list []tagView, inPages, byAddress bool) error {
	body := plainList(list)
	if inPages && !s.options.Speaks("lists-array") {
		items, pages, err := paged(list, tagsPage, r, byAddress)
		if err != nil {
			return err
		}
		body = plainList(items)
		body["pages"] = pages
	}
	s.answer(w, "tags", body)
	return nil
}

func (s *API) getTag(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	tag, ok := s.People.TagOf(r.PathValue("id"))
	if !ok {
		return api.NotFound("Resource Not Found")
	}
	s.answer(w, "", s.viewTag(tag))
	return nil
}
