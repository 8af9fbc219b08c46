package workspace

import (
	"errors"
	"strings"

	"intercom-connector/intercom"
)

// Sentence is what a person reads of an error: what to do where we know it,
// and the cause.
func Sentence(err error) string {
	hint := ""
	if api, ok := errors.AsType[*intercom.Error](err); ok {
		switch {
		case api.Unauthorized():
			hint = "Intercom refuses the access token: create a new one (Settings > Integrations > Developer Hub > your app > Authentication) and save it in the connection. "
		case api.Forbidden():
			hint = "The access token lacks a permission: in Intercom's Developer Hub open your app > Configure > Authentication, switch on \"Export reporting data\" (for segments and tags also \"Read and list users and companies\" and \"Read tags\"), and save the new token in the connection. "
		}
	}
	return hint + strings.ReplaceAll(err.Error(), "\n", "; ")
}
