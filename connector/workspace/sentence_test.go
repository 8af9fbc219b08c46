package workspace

import (
	"net"
	"strings"
	"testing"

	"intercom-connector/intercom"
)

// An error says what to do first, where that is known.
func TestSentence(t *testing.T) {
	for _, test := range []struct {
		err    error
		begins string
	}{
		{&intercom.Error{Op: "read workspace", Err: &net.DNSError{Name: "api.intercom.io", Err: "no such host"}}, "Intercom cannot be reached: is this machine online?"},
		{&intercom.Error{Op: "read workspace", Err: &net.OpError{Op: "dial", Err: net.UnknownNetworkError("x")}}, "Intercom cannot be reached: "},
		{&intercom.Error{Op: "read workspace", Err: &net.OpError{Op: "read", Err: net.UnknownNetworkError("x")}}, "intercom: read workspace: "},
		{&intercom.Error{Op: "read workspace", Status: 401}, "Intercom refuses the access token"},
		{&intercom.Error{Op: "list tags", Status: 403}, "The access token lacks a permission"},
		{&intercom.Error{Op: "list tags", Status: 500}, "intercom: list tags: 500"},
	} {
		if got := Sentence(test.err); !strings.HasPrefix(got, test.begins) {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}
