package intercom

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// trust decides where requests may go and which of them carry the token. It
// is the transport of the client's http.Client, so it sees every hop of every
// redirect, and it is the only place that writes the token into a request.
type trust struct {
	token string
	base  *url.URL // the configured base URL, nil when the region chooses
	next  http.RoundTripper
}

// RoundTrip adds the token when the request goes to a trusted host.
func (t *trust) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.trusts(req.URL) {
		return t.next.RoundTrip(req)
	}
	signed := req.Clone(req.Context())
	signed.Header.Set("Authorization", "Bearer "+t.token)
	return t.next.RoundTrip(signed)
}

// trusts reports whether u is at the configured base URL's scheme, host and
// port, or over https at one of Intercom's hosts.
func (t *trust) trusts(u *url.URL) bool {
	if t.base != nil && origin(u) == origin(t.base) {
		return true
	}
	for _, r := range []Region{US, EU, AU} {
		if origin(u) == r.BaseURL()+":443" {
			return true
		}
	}
	return false
}

// allows reports an error for a URL that must not be fetched at all: plain
// http, except from one place on this machine to another.
func (t *trust) allows(u *url.URL) error {
	local := t.base != nil && t.base.Scheme == "http" && isLoopback(u.Hostname())
	switch {
	case u.Hostname() == "":
		return refusal("the address to fetch names no host")
	case u.Scheme == "https", u.Scheme == "http" && local:
		return nil
	}
	return refusal(fmt.Sprintf("refusing to fetch from %q by %q: only https is safe", clip(u.Hostname(), 100), clip(u.Scheme, 20)))
}

// redirect is the client's CheckRedirect. A redirect that would turn a POST
// into a GET is refused: the answer would be to another question.
func (t *trust) redirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return refusal("more than 10 redirects")
	}
	if req.Method != via[0].Method {
		return refusal(fmt.Sprintf("a redirect turned %s into %s", via[0].Method, req.Method))
	}
	// The headers of a redirect's request are copied from the first one, which
	// never carries the token; a Referer could carry a signed URL.
	req.Header.Del("Referer")
	return t.allows(req.URL)
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// refusal is a failure that trying again cannot mend.
type refusal string

func (r refusal) Error() string { return string(r) }

func isRefusal(err error) bool {
	var r refusal
	return errors.As(err, &r)
}
