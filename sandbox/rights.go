package sandbox

import (
	"net/http"
	"slices"
	"strings"

	"intercom-connector/sandbox/api"
)

// elsewhere refuses every call where a dialect has the workspace hosted in
// another region.
func (s *Sandbox) elsewhere() error {
	if !s.options.Speaks("region-elsewhere") {
		return nil
	}
	return &api.Failure{
		Status: http.StatusForbidden, Code: "forbidden",
		Message: "This workspace is hosted in another region; use the API of that region",
	}
}

// lists are the paths of what a dialect may withhold.
var lists = map[string][]string{
	"segments": {"/segments"}, "tags": {"/tags"}, "contacts": {"/contacts"}, "companies": {"/companies"},
	"admins": {"/admins", "/teams"}, "deletions": {"/conversations/deleted"}, "messages": {"/export/content", "/download/content"},
}

// withheld says whether a dialect withholds the scope of the list that a call
// asks for.
func (s *Sandbox) withheld(q Request) bool {
	list := strings.TrimSuffix(s.options.Answer("list-forbidden"), "-forbidden")
	_, path, _ := strings.Cut(q.Pattern, " ")
	return slices.ContainsFunc(lists[list], func(withheld string) bool {
		return strings.HasPrefix(path, withheld) || strings.HasSuffix(path, withheld)
	})
}
