package intercom

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"intercom-connector/intercom/bounds"
	"intercom-connector/intercom/ratelimit"
	"intercom-connector/intercom/transport"
	"intercom-connector/internal/build"
)

// APIVersion is the Intercom API version that every call asks for by its
// Intercom-Version header. The reporting export exists since 2.14, and since
// 2.16 its conversation dataset holds every conversation and its attributes
// come with a qualified id.
const APIVersion = "2.16"

// Version is the connector's own version, as its user agent tells Intercom.
const Version = build.Number

// Client calls one workspace's API. It is safe for concurrent use; all calls
// share one budget of the rate limit. The zero Client is not usable: see New.
type Client struct {
	http     *http.Client
	trust    *transport.Trust
	budget   *ratelimit.Budget
	share    bounds.Share
	token    *tokenCheck
	base     *url.URL
	pinned   bool // the host was configured, by base URL or by region
	appID    string
	clientID string
	agent    string
	log      *slog.Logger
	timeouts Timeouts
	onWait   func(Wait)
}

// New checks the configuration and returns a client; it makes no call. Errors
// name the configuration's key (access_token, base_url, region) and never
// quote the token.
func New(cfg Config) (*Client, error) {
	token, err := CheckToken(cfg.Token)
	if err != nil {
		return nil, err
	}
	c := &Client{
		budget:   &ratelimit.Budget{},
		share:    bounds.Process.Share(token),
		token:    &tokenCheck{turn: make(chan struct{}, 1)},
		pinned:   cfg.BaseURL != "" || cfg.Region != "",
		appID:    strings.TrimSpace(cfg.AppID),
		clientID: strings.TrimSpace(cfg.ClientID),
		agent:    cfg.UserAgent,
		log:      cfg.Log,
		timeouts: cfg.Timeouts.withDefaults(),
		onWait:   cfg.OnWait,
	}
	c.trust = &transport.Trust{Token: token, Next: cfg.Transport}
	for _, r := range []Region{US, EU, AU} {
		c.trust.Roots = append(c.trust.Roots, r.BaseURL())
	}
	if cfg.BaseURL != "" {
		if c.trust.Base, err = ParseBaseURL(cfg.BaseURL); err != nil {
			return nil, err
		}
		c.base = c.trust.Base
	} else if c.base, err = regionURL(cfg.Region); err != nil {
		return nil, err
	}
	if c.trust.Next == nil {
		c.trust.Next = NewTransport(cfg.BaseURL, c.timeouts.Connect)
	}
	if c.agent == "" {
		c.agent = "intercom-connector/" + Version
	}
	if strings.ContainsFunc(c.agent, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("the user agent holds a control character or a letter outside ASCII")
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.http = &http.Client{Transport: c.trust, CheckRedirect: c.trust.Redirect}
	return c, nil
}

// NewTransport is the transport of a client that was given none. Without a base
// URL it reaches public addresses only, whatever a server's answers name; who
// gives one has a proxy or a sandbox on a network of its own.
func NewTransport(baseURL string, connect time.Duration) http.RoundTripper {
	if baseURL == "" {
		return transport.Public(connect)
	}
	return transport.New(connect, nil)
}

func regionURL(r Region) (*url.URL, error) {
	if r != "" {
		var err error
		if r, err = ParseRegion(string(r)); err != nil {
			return nil, err
		}
	}
	return url.Parse(r.BaseURL())
}

// ForWorkspace returns a client that knows what me tells: the workspace id and
// the region's host, where the configuration named none. Connections and the
// rate limit's budget are shared with c.
func (c *Client) ForWorkspace(me Me) *Client {
	known := *c
	if known.appID == "" {
		known.appID = me.AppID
	}
	if u, err := regionURL(me.Region); err == nil && me.Region != "" && !known.pinned {
		known.base = u
	}
	return &known
}

// CloseIdleConnections closes the connections that no call uses, as a program
// does that is done with a client.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// Log is where the client's own waits and answers are told.
func (c *Client) Log() *slog.Logger { return c.log }

// Budget is what Intercom's last answers tell of the rate limit: the calls that
// are left in the present period of ten seconds, and how many it has in all.
// ok is false before an answer has told.
func (c *Client) Budget() (remaining, limit int, ok bool) { return c.budget.Left() }
