package workspace

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"intercom-connector/intercom"
)

// Sentence is what a person reads of an error: the cause, and what to do where we
// know it. Of what is forbidden Intercom's own words come first.
func Sentence(err error) string { return strings.ReplaceAll(Explain(err).Error(), "\n", "; ") }

// Explain adds to an error what to do about it, where that is known.
func Explain(err error) error {
	before, after := advice(err)
	switch {
	case before != "":
		return fmt.Errorf("%s%w", before, err)
	case after != "":
		return fmt.Errorf("%w. %s", err, after)
	}
	return err
}

// advice is what to do about an error, to be read before or after it.
func advice(err error) (before, after string) {
	for _, api := range answers(err) {
		switch {
		case unreachable(api) && api.BaseURL != "":
			return fmt.Sprintf("base_url %s cannot be reached: correct it, or leave it out to call Intercom itself. Behind a proxy, HTTPS_PROXY names it. ", api.BaseURL), ""
		case unreachable(api):
			return "Intercom cannot be reached: is this machine online? Behind a proxy, HTTPS_PROXY names it. ", ""
		case api.Unauthorized():
			return "Intercom refuses the access token: create a new one (Settings > Integrations > Developer Hub > your app > Configure > Authentication) and save it in the configuration. ", ""
		case api.WrongRegion():
			return "", "The key region chooses where Intercom is called: set it to the workspace's, or leave it out."
		case api.Forbidden() && api.ScopeMissing():
			return "", "The access token lacks a permission: in Intercom's Developer Hub open your app > Configure > Authentication, switch on \"Export reporting data\" (for segments and tags also \"Read and list users and companies\" and \"Read tags\", for message engagement \"Export content data\"), and save the new token in the configuration."
		}
	}
	return "", ""
}

// answers are Intercom's, of every error that is joined.
func answers(err error) (all []*intercom.Error) {
	switch e := err.(type) {
	case *intercom.Error:
		return []*intercom.Error{e}
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			all = append(all, answers(part)...)
		}
	case interface{ Unwrap() error }:
		return answers(e.Unwrap())
	}
	return all
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
