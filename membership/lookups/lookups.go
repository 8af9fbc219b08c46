// Package lookups reads who works in a workspace: teammates, teams and who is in which.
package lookups

import (
	"context"
	"errors"

	"intercom-connector/intercom"
	"intercom-connector/intercom/people"
	"intercom-connector/membership/rows"
	"intercom-connector/membership/tables"
)

// errNobody: a workspace has a teammate at least, to whom the token belongs.
var errNobody = errors.New("no teammate at all in Intercom's list")

// Read reads who works in the workspace, as rows of [tables.Lookups]. No part of
// a list comes with an error.
func Read(ctx context.Context, c *intercom.Client) ([]tables.Row, error) {
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
	var all []tables.Row
	for _, m := range mates {
		all = append(all, tables.Row{Table: tables.Teammate, Values: []any{
			m.ID, rows.OrNull(m.Name), rows.OrNull(m.Email), rows.OrNull(m.Role), rows.OrUnknown(m.Away), rows.OrUnknown(m.InboxSeat), rows.Unparsed(m.Invalid),
		}})
	}
	for _, t := range teams {
		all = append(all, tables.Row{Table: tables.Team, Values: []any{t.ID, rows.OrNull(t.Name), rows.OrNull(t.Distribution), rows.Unparsed(t.Invalid)}})
		for _, mate := range t.TeammateIDs {
			all = append(all, rows.Relation(tables.TeamMember, t.ID, mate))
		}
	}
	return all, nil
}
