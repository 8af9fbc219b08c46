package intercom

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"intercom-connector/intercom/transport"
	"intercom-connector/internal/secret"
)

// Config says how to reach one workspace. Only Token is required.
type Config struct {
	// Token is a personal access token or an OAuth token. White space around
	// it, as a paste leaves it, is removed.
	Token string
	// BaseURL is the API's root: https, or http to this machine only. Empty
	// means the region's host. The token is also sent to this host and port. With
	// it, a client also follows addresses of private networks, which it refuses
	// otherwise: whose machine the client runs on must allow it.
	BaseURL string
	// Region chooses the host when BaseURL is empty. Empty means US until
	// ForWorkspace learns better.
	Region Region
	// AppID (the workspace id) and ClientID are sent to the export's status
	// and download endpoints when they are known.
	AppID, ClientID string
	// UserAgent is empty for "intercom-connector/" and Version.
	UserAgent string
	// Transport carries the calls. Nil means a transport of the client's own.
	Transport http.RoundTripper
	// Log hears of every call at Debug and every wait at Info: method, host,
	// path, status, duration, request id; never a query, token or body. Nil
	// discards.
	Log *slog.Logger
	// Timeouts holds every deadline; a zero field has its default.
	Timeouts Timeouts
	// OnWait, when set, is told before each wait for a rate limit or a retry.
	// Calls in flight at once may call it at once; it must not block.
	OnWait func(Wait)
}

// Timeouts are the deadlines of everything that could stall. A zero field
// means the default.
type Timeouts struct {
	// Connect bounds finding the host with connecting, and the TLS handshake,
	// where Transport is nil. Default 15 s.
	Connect time.Duration
	// Headers bounds the time from a call's beginning to its answer's headers.
	// Default 60 s.
	Headers time.Duration
	// Idle bounds each wait for the next bytes of an answer's body. The time
	// that a reader of a download takes for itself does not count. Default 60 s.
	Idle time.Duration
	// Job bounds an export job's life in Await. Default 1 h.
	Job time.Duration
	// Retry bounds the time spent on one call with all its repetitions and
	// their waits. Default 5 min; negative means that no call is repeated.
	Retry time.Duration
	// Limited bounds the time for which one call waits while others spend the
	// rate limit's budget again and again. Default 1 h.
	Limited time.Duration
	// Late bounds the wait for a result that is not there yet although its job is
	// done. Default 30 s; negative means that it is not waited for.
	Late time.Duration
}

// Wait tells of a pause that the client is about to make.
type Wait struct {
	Op  string        // what the client is doing, such as "enqueue export"
	For time.Duration // how long it will wait
	Err error         // the *Error that asks for it; nil when the rate limit's budget is spent
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Connect, 15 * time.Second},
		{&t.Headers, time.Minute},
		{&t.Idle, time.Minute},
		{&t.Job, time.Hour},
		{&t.Retry, 5 * time.Minute},
		{&t.Limited, time.Hour},
		{&t.Late, 30 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return t
}

// CheckToken returns the token without white space around it, or says why it
// cannot be one. It never quotes what it was given.
func CheckToken(token string) (string, error) {
	token = strings.TrimSpace(token)
	if token == "" {
		return "", errors.New("access_token is empty")
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return "", errors.New("access_token holds a space, a control character or a letter outside ASCII: paste the token alone")
		}
	}
	if len(token) < secret.Minimum { // a word of messages, which could not be kept out of them
		return "", fmt.Errorf("access_token is too short: a token has %d characters or more; copy the whole of it", secret.Minimum)
	}
	return token, nil
}

// ParseBaseURL reads the address of an API's root, without a slash at its end:
// https, or http to this machine only, or the token would cross the network in
// the clear. Its errors do not quote the whole value: it may hold a password.
func ParseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	switch {
	case err != nil:
		return nil, errors.New("base_url is not a URL; it should look like https://api.intercom.io")
	case u.Host == "" || u.Hostname() == "":
		return nil, errors.New("base_url names no host; it should look like https://api.intercom.io")
	case u.User != nil:
		return nil, errors.New("base_url must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("base_url must not hold a query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && transport.IsLoopback(u.Hostname()):
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("base_url must be https: the token would cross the network in the clear to %q", transport.Clip(u.Hostname(), 100))
	}
	return nil, fmt.Errorf("base_url must be https, not %q", transport.Clip(u.Scheme, 20))
}
