package transport

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Trust decides where requests may go and which of them carry the token. It
// is the transport of the client's http.Client, so it sees every hop of every
// redirect, and it is the only place that writes the token into a request.
type Trust struct {
	Token string
	Base  *url.URL // the configured base URL, nil when the region chooses
	Roots []string // https addresses of Intercom's own, without a slash at the end
	Next  http.RoundTripper
}

// RoundTrip adds the token when the request goes to a trusted host.
func (t *Trust) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.Trusts(req.URL) {
		return t.Next.RoundTrip(req)
	}
	signed := req.Clone(req.Context())
	signed.Header.Set("Authorization", "Bearer "+t.Token)
	return t.Next.RoundTrip(signed)
}

// CloseIdleConnections is how http.Client reaches the connections below.
func (t *Trust) CloseIdleConnections() {
	if next, ok := t.Next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

// Trusts reports whether u is at the configured base URL's scheme, host and
// port, or over https at one of Intercom's hosts.
func (t *Trust) Trusts(u *url.URL) bool {
	if t.Base != nil && origin(u) == origin(t.Base) {
		return true
	}
	for _, root := range t.Roots {
		if origin(u) == root+":443" {
			return true
		}
	}
	return false
}

// Allows reports an error for a URL that must not be fetched at all: plain
// http, except from one place on this machine to another.
func (t *Trust) Allows(u *url.URL) error {
	local := t.Base != nil && t.Base.Scheme == "http" && IsLoopback(u.Hostname())
	switch {
	case u.Hostname() == "":
		return Refusal("the address to fetch names no host")
	case u.Scheme == "https", u.Scheme == "http" && local:
		return nil
	}
	return Refusal(fmt.Sprintf("refusing to fetch from %q by %q: only https is safe", Clip(u.Hostname(), 100), Clip(u.Scheme, 20)))
}

// Redirect is the client's CheckRedirect. A redirect that would turn a POST
// into a GET is refused: the answer would be to another question.
func (t *Trust) Redirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return Refusal("more than 10 redirects")
	}
	if req.Method != via[0].Method {
		return Refusal(fmt.Sprintf("a redirect turned %s into %s", via[0].Method, req.Method))
	}
	// The headers of a redirect's request are copied from the first one, which
	// never carries the token; a Referer could carry a signed URL.
	req.Header.Del("Referer")
	return t.Allows(req.URL)
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// IsLoopback reports a host that is this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Refusal is a failure that trying again cannot change.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// IsRefusal reports whether err is, or wraps, a Refusal.
func IsRefusal(err error) bool {
	_, ok := errors.AsType[Refusal](err)
	return ok
}
