package membership

import (
	"context"
	"errors"

	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/tables"
)

// errNobody: a workspace has a teammate at least, to whom the token belongs.
var errNobody = errors.New("no teammate at all in Intercom's list")

// Lookups reads who works in the workspace, as rows of [tables.Lookups]. No part of
// a list comes with an error.
func Lookups(ctx context.Context, c *intercom.Client) ([]tables.Row, error) {
	mates, err := people.Teammates(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(mates) == 0 {
		return nil, errNobody
	}
	teams, err := people.Teams(ctx, c)
	if err != nil {
		return nil, err
	}
	var rows []tables.Row
	for _, m := range mates {
		rows = append(rows, tables.Row{Table: tables.Teammate, Values: []any{
			m.ID, orNull(m.Name), orNull(m.Email), orNull(m.Role), known(m.Away), known(m.InboxSeat), unparsed(m.Invalid),
		}})
	}
	for _, t := range teams {
		rows = append(rows, tables.Row{Table: tables.Team, Values: []any{t.ID, orNull(t.Name), orNull(t.Distribution), unparsed(t.Invalid)}})
		for _, mate := range t.TeammateIDs {
			rows = append(rows, relation(tables.TeamMember, t.ID, mate))
		}
	}
	return rows, nil
}
