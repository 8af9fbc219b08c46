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
	return Advice(err) + strings.ReplaceAll(err.Error(), "\n", "; ")
}

// Advice is what to do about an error, as sentences with a space at their end;
// empty where nothing is known.
func Advice(err error) string {
	api, ok := errors.AsType[*intercom.Error](err)
	switch {
	case !ok:
		return ""
	case unreachable(api):
		return "Intercom cannot be reached: is this machine online? Behind a proxy, HTTPS_PROXY names it. "
	case api.Unauthorized():
		return "Intercom refuses the access token: create a new one (Settings > Integrations > Developer Hub > your app > Authentication) and save it in the configuration. "
	case api.Forbidden():
		return "The access token lacks a permission: in Intercom's Developer Hub open your app > Configure > Authentication, switch on \"Export reporting data\" (for segments and tags also \"Read and list users and companies\" and \"Read tags\", for message engagement \"Export content data\"), and save the new token in the configuration. "
	}
	return ""
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
