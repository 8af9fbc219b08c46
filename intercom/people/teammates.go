package people

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
)

// Teammate is who works in a workspace: one of its admins.
type Teammate struct {
	ID, Name, Email string
	Role            string         // its name; empty where Intercom does not say
	Away, InboxSeat *bool          // nil where Intercom does not say
	Invalid         answer.Invalid // what was invalid about it
}

// Team is a team of teammates.
type Team struct {
	ID, Name     string
	Distribution string // how it hands out conversations; empty where Intercom does not say
	TeammateIDs  []string
	Invalid      answer.Invalid // what was invalid about it
}

// Teammates lists the workspace's admins, each once: GET /admins.
func Teammates(ctx context.Context, c *intercom.Client) ([]Teammate, error) {
	return wholly[Teammate](ctx, c, intercom.Call{Op: "list teammates", Method: http.MethodGet, Path: "/admins"})
}

// Teams lists the workspace's teams, each once, with who is in them: GET /teams.
func Teams(ctx context.Context, c *intercom.Client) ([]Team, error) {
	return wholly[Team](ctx, c, intercom.Call{Op: "list teams", Method: http.MethodGet, Path: "/teams"})
}

// wholly reads a list that comes whole or as an error.
func wholly[T any, P answer.Element[T]](ctx context.Context, c *intercom.Client, k intercom.Call) ([]T, error) {
	all, short, err := wholeList[T, P](ctx, c, k, maxTeammates, 0)
	if err == nil && short != "" {
		err = c.Unreadable(k.Op, short)
	}
	return all, err
}

func (t *Teammate) Key() string { return t.ID }

// UnmarshalJSON reads a teammate as Intercom gives it.
func (t *Teammate) UnmarshalJSON(b []byte) error {
	var a struct {
		ID, Name, Email, Role json.RawMessage
		Away                  json.RawMessage `json:"away_mode_enabled"`
		InboxSeat             json.RawMessage `json:"has_inbox_seat"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	var invalid answer.Invalid
	role := a.Role
	if len(role) > 0 && role[0] == '{' {
		var of struct{ Name json.RawMessage }
		if err := json.Unmarshal(role, &of); err != nil {
			return err
		}
		role = of.Name
	}
	*t = Teammate{
		ID: invalid.Text("id", a.ID), Name: invalid.Text("name", a.Name), Email: invalid.Text("email", a.Email), Role: invalid.Text("role", role),
		Away: invalid.Truth("away", a.Away), InboxSeat: invalid.Truth("has_inbox_seat", a.InboxSeat),
	}
	t.Invalid = invalid
	return nil
}

func (t *Team) Key() string { return t.ID }

// UnmarshalJSON reads a team as Intercom gives it.
func (t *Team) UnmarshalJSON(b []byte) error {
	var a struct {
		ID, Name     json.RawMessage
		Distribution json.RawMessage `json:"distribution_method"`
		Members      json.RawMessage `json:"admin_ids"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	members, err := answer.IDsIn("the list of its teammates", a.Members)
	if err == nil && members.More {
		err = errors.New("it has more teammates than it tells")
	}
	if err != nil {
		return err
	}
	var invalid answer.Invalid
	*t = Team{
		ID: invalid.Text("id", a.ID), Name: invalid.Text("name", a.Name), Distribution: invalid.Text("distribution", a.Distribution),
		TeammateIDs: members.IDs,
	}
	t.Invalid = invalid
	return nil
}
