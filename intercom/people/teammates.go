package people

import (
	"context"
	"encoding/json"
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
	return wholeList[Teammate](ctx, c, intercom.Call{Op: "list teammates", Method: http.MethodGet, Path: "/admins"}, maxTeammates)
}

// Teams lists the workspace's teams, each once, with who is in them: GET /teams.
func Teams(ctx context.Context, c *intercom.Client) ([]Team, error) {
	return wholeList[Team](ctx, c, intercom.Call{Op: "list teams", Method: http.MethodGet, Path: "/teams"}, maxTeammates)
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
		Away: truth(a.Away), InboxSeat: truth(a.InboxSeat),
	}
	t.Invalid = invalid
	return nil
}

func truth(b []byte) *bool {
	if answer.IsNull(b) {
		return nil
	}
	is := answer.TruthOf(b)
	return &is
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
	members, _, err := answer.IDsIn("the list of its teammates", a.Members)
	if err != nil {
		return err
	}
	var invalid answer.Invalid
	*t = Team{
		ID: invalid.Text("id", a.ID), Name: invalid.Text("name", a.Name), Distribution: invalid.Text("distribution_method", a.Distribution),
		TeammateIDs: members,
	}
	t.Invalid = invalid
	return nil
}
