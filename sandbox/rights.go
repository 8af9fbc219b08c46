package sandbox

import (
	"net/http"
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

// withheld says whether a dialect withholds the scope of the list that a call
// asks for.
func (s *Sandbox) withheld(q Request) bool {
	list, ok := strings.CutSuffix(s.options.Answer("list-forbidden"), "-forbidden")
	if !ok {
		return false
	}
	_, path, _ := strings.Cut(q.Pattern, " ")
	return strings.HasPrefix(path, "/"+list) || strings.HasSuffix(path, "/"+list)
}
