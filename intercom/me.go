package intercom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/ratelimit"
	"intercom-connector/intercom/transport"
)

// Me is whose token this is: an admin, and the workspace (Intercom calls it
// app) that the token opens.
type Me struct {
	AppID      string    // the workspace id, which other endpoints call app_id
	AppName    string    // for people
	Region     Region    // as Intercom spells it; may be one that this package does not know
	Timezone   string    // IANA name, such as "Europe/Dublin"; empty when Intercom tells none
	ServerTime time.Time // Intercom's clock, to the second (Date header); zero if absent
}

type meAnswer struct {
	App *struct {
		ID       answer.Text `json:"id_code"`
		Name     answer.Text `json:"name"`
		Timezone answer.Text `json:"timezone"`
		Region   answer.Text `json:"region"`
	} `json:"app"`
}

func (a *meAnswer) Check() error {
	if a.App == nil || a.App.ID == "" {
		return errors.New("no app.id_code, so the workspace is unknown")
	}
	return nil
}

const opMe = "read workspace"

// Me asks which workspace the token opens: GET /me.
func (c *Client) Me(ctx context.Context) (Me, error) {
	a, header, err := Fetch[meAnswer](ctx, c, Call{Op: opMe, Method: http.MethodGet, Path: "/me"})
	if err != nil {
		return Me{}, err
	}
	return Me{
		AppID:      string(a.App.ID),
		AppName:    string(a.App.Name),
		Region:     Region(strings.ToUpper(string(a.App.Region))),
		Timezone:   string(a.App.Timezone),
		ServerTime: ratelimit.ServerTime(header, time.Time{}),
	}, nil
}

// checkToken asks whether Intercom still knows the token, which a 401 alone does not
// tell: some endpoints answer so for a missing scope. A yes holds for a minute.
func (c *Client) checkToken(ctx context.Context) bool {
	select {
	case c.token.turn <- struct{}{}: // one asks, the others wait for what it hears
		defer func() { <-c.token.turn }()
	case <-ctx.Done():
		return false
	}
	if time.Since(c.token.known) < time.Minute {
		return true
	}
	if _, err := c.Me(ctx); err != nil {
		return false
	}
	c.token.known = time.Now()
	return true
}

// tokenCheck is when Intercom last knew the token. Whoever has its turn may be long
// about it, as GET /me is tried again: those that wait stop when their context ends.
type tokenCheck struct {
	turn  chan struct{} // holds one
	known time.Time
}

// Region is where a workspace's data lives. The zero Region means that nobody
// has said yet.
type Region string

// The regions that Intercom hosts workspaces in, as GET /me spells them.
const (
	US Region = "US"
	EU Region = "EU"
	AU Region = "AU"
)

// ParseRegion reads a region in any case, with spaces around it.
func ParseRegion(s string) (Region, error) {
	switch r := Region(strings.ToUpper(strings.TrimSpace(s))); r {
	case US, EU, AU:
		return r, nil
	}
	return "", fmt.Errorf("region must be US, EU or AU, not %q", transport.Clip(s, 40))
}

// BaseURL returns the root of the region's API, without a slash at its end. A
// region that is not one of Intercom's has the United States' host, which
// passes calls on to the right region.
func (r Region) BaseURL() string {
	switch r {
	case EU:
		return "https://api.eu.intercom.io"
	case AU:
		return "https://api.au.intercom.io"
	}
	return "https://api.intercom.io"
}
