package tables

// The tables of who works in a workspace, by name. They are no part of a snapshot.
const (
	Teammate   = "teammate"
	Team       = "team"
	TeamMember = "team_member"
)

// Lookups defines the tables of teammates and teams. The names in reporting's
// *_teammate_id and *_team_id columns are their name, the ids in its *_raw_id
// columns their id.
func Lookups() []Table {
	yes := func(name string) Column { return Column{Name: name, Kind: Boolean} }
	return []Table{
		{Teammate, []Column{
			key("id"), personal("name", String), personal("email", String), text("role"), yes("away"), yes("has_inbox_seat"),
			personal("unparsed_values", JSON),
		}},
		{Team, []Column{key("id"), text("name"), text("distribution"), {Name: "unparsed_values", Kind: JSON}}},
		{TeamMember, []Column{key("team_id"), key("teammate_id")}},
	}
}
