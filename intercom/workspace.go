package intercom

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Me is whose token this is: an admin, and the workspace (Intercom calls it
// app) that the token opens.
type Me struct {
	AppID      string    // the workspace id, which other endpoints call app_id
	AppName    string    // for people
	Region     Region    // as Intercom spells it; may be one that this package does not know
	Timezone   string    // IANA name, such as "Europe/Dublin"; empty when Intercom tells none
	AdminName  string    // for people; may be empty
	ServerTime time.Time // Intercom's clock, to the second (Date header); zero if absent
}

type meAnswer struct {
	Name text `json:"name"`
	App  *struct {
		ID       text `json:"id_code"`
		Name     text `json:"name"`
		Timezone text `json:"timezone"`
		Region   text `json:"region"`
	} `json:"app"`
}

func (a *meAnswer) check() error {
	if a.App == nil || a.App.ID == "" {
		return errors.New("no app.id_code, so the workspace is unknown")
	}
	return nil
}

// Me asks which workspace the token opens: GET /me.
func (c *Client) Me(ctx context.Context) (Me, error) {
	a, header, err := fetch[meAnswer](ctx, c, call{op: "read workspace", method: http.MethodGet, path: "/me"})
	if err != nil {
		return Me{}, err
	}
	return Me{
		AppID:      string(a.App.ID),
		AppName:    string(a.App.Name),
		Region:     Region(strings.ToUpper(string(a.App.Region))),
		Timezone:   string(a.App.Timezone),
		AdminName:  string(a.Name),
		ServerTime: serverTime(header, time.Time{}),
	}, nil
}
