package workspace

import (
	"errors"
	"net"
	"strings"

	"intercom-connector/intercom"
)

// Sentence is what a person reads of an error: what to do where we know it,
// and the cause.
func Sentence(err error) string {
	hint := ""
	if api, ok := errors.AsType[*intercom.Error](err); ok {
		switch {
		case unreachable(api):
			hint = "Intercom cannot be reached: is this machine online? Behind a proxy, HTTPS_PROXY names it. "
		case api.Unauthorized():
			hint = "Intercom refuses the access token: create a new one (Settings > Integrations > Developer Hub > your app > Authentication) and save it in the connection. "
		case api.Forbidden():
			hint = "The access token lacks a permission: in Intercom's Developer Hub open your app > Configure > Authentication, switch on \"Export reporting data\" (for segments and tags also \"Read and list users and companies\" and \"Read tags\"), and save the new token in the connection. "
		}
	}
	return hint + strings.ReplaceAll(err.Error(), "\n", "; ")
}

// unreachable reports that not even a connection came about.
func unreachable(e *intercom.Error) bool {
	if e.Status != 0 {
		return false
	}
	network, ok := errors.AsType[*net.OpError](e)
	_, unknownHost := errors.AsType[*net.DNSError](e)
	return unknownHost || ok && (network.Op == "dial" || network.Op == "proxyconnect")
}
