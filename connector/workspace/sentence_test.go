package workspace

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"intercom-connector/intercom"
)

// An error says what to do first, where that is known.
func TestSentence(t *testing.T) {
	scope := &intercom.Error{Op: "list tags", Status: 403, Code: "forbidden", Message: "You do not have the required scope (Read tags)"}
	plan := &intercom.Error{Op: "enqueue export", Status: 402, Code: "api_plan_restricted", Message: "Active subscription needed."}
	for _, test := range []struct {
		err    error
		begins string
	}{
		{&intercom.Error{Op: "read workspace", Err: &net.DNSError{Name: "api.intercom.io", Err: "no such host"}}, "Intercom cannot be reached: is this machine online?"},
		{&intercom.Error{Op: "read workspace", Err: &net.OpError{Op: "dial", Err: net.UnknownNetworkError("x")}}, "Intercom cannot be reached: "},
		{unreached(t, "http://127.0.0.1:1"), "base_url http://127.0.0.1:1 cannot be reached: correct it, or leave it out to call Intercom itself. Behind a proxy, HTTPS_PROXY names it. "},
		{&intercom.Error{Op: "read workspace", Err: &net.OpError{Op: "read", Err: net.UnknownNetworkError("x")}}, "intercom: read workspace: "},
		{&intercom.Error{Op: "read workspace", Status: 401}, "Intercom refuses the access token"},
		{scope, "intercom: list tags: 403 forbidden: You do not have the required scope (Read tags). The access token lacks a permission"},
		{&intercom.Error{Op: "list tags", Status: 401, Code: "unauthorized"}, "Intercom refuses the access token"},
		{&intercom.Error{Op: "list tags", Status: 403}, "intercom: list tags: 403 Forbidden$"},
		{plan, "intercom: enqueue export: 402 api_plan_restricted: Active subscription needed.$"},
		{errors.Join(fmt.Errorf("dataset call: %w", plan), scope), "dataset call: intercom: enqueue export: 402 api_plan_restricted: Active subscription needed.; intercom: list tags: 403 forbidden: You do not have the required scope (Read tags). The access token lacks"},
		{&intercom.Error{Op: "list tags", Status: 403, Message: "This workspace is hosted in another region"}, "intercom: list tags: 403: This workspace is hosted in another region. The key region chooses where Intercom is called"},
		{&intercom.Error{Op: "list tags", Status: 500}, "intercom: list tags: 500"},
	} {
		if got := Sentence(test.err) + "$"; !strings.HasPrefix(got, test.begins) {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}

// unreached is a client's error of an address at which nobody answers.
func unreached(t *testing.T, base string) error {
	t.Helper()
	client, err := intercom.New(intercom.Config{Token: "a-token-of-nobody", BaseURL: base, Timeouts: intercom.Timeouts{Retry: time.Nanosecond}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Me(t.Context())
	return err
}
