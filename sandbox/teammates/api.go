// Package teammates answers the calls about who works in a workspace: its
// admins, and the teams that they are in.
package teammates

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/workspace"
)

// API answers the calls about teammates and teams.
type API struct {
	options workspace.Options
}

func New(o workspace.Options) *API { return &API{options: o} }

func (s *API) Endpoints() []api.Endpoint {
	return []api.Endpoint{
		{Pattern: "GET /admins", Scope: workspace.ScopeAdmins, Answer: s.listAdmins},
		{Pattern: "GET /teams", Scope: workspace.ScopeAdmins, Answer: s.listTeams},
	}
}

type Teammate struct {
	ID, Name, Email, Role string
	Away, InboxSeat       bool
	TeamIDs               []string
}

type Team struct {
	ID, Name, Distribution string // Distribution is "" for null
	AdminIDs               []string
}

// Teammates are the admins who are there now.
func (s *API) Teammates() (all []Teammate) {
	teams := s.Teams()
	for k, name := range conversation.Teammates {
		id := strconv.FormatInt(conversation.TeammateID(uint8(k)), 10)
		if s.hidden(id) {
			continue
		}
		mate := Teammate{
			ID: id, Name: name, Email: "teammate" + strconv.Itoa(k) + "@example.com",
			Role: []string{"Owner", "Agent", "Agent", "Analyst"}[k%4], Away: k%5 == 3, InboxSeat: k%4 != 3,
		}
		for _, team := range teams {
			if slices.Contains(team.AdminIDs, id) {
				mate.TeamIDs = append(mate.TeamIDs, team.ID)
			}
		}
		all = append(all, mate)
	}
	return all
}

// Teams are the teams that are there now.
func (s *API) Teams() (all []Team) {
	for t, name := range conversation.Teams {
		team := Team{ID: strconv.FormatInt(conversation.TeamID(uint8(t)), 10), Name: name}
		if s.hidden(team.ID) {
			continue
		}
		team.Distribution = []string{"manual", "round_robin", ""}[t%3]
		for k := range 6 {
			mate := uint8((t*3 + k) % len(conversation.Teammates))
			if id := strconv.FormatInt(conversation.TeammateID(mate), 10); !s.hidden(id) {
				team.AdminIDs = append(team.AdminIDs, id)
			}
		}
		all = append(all, team)
	}
	return all
}

func (s *API) hidden(id string) bool {
	return s.options.HiddenAdmin != nil && s.options.HiddenAdmin(id, s.options.Now())
}

func (s *API) listAdmins(w http.ResponseWriter, _ *http.Request, _ api.Request) error {
	list := []any{}
	for _, mate := range s.Teammates() {
		list = append(list, map[string]any{
			"type": "admin", "id": mate.ID, "name": mate.Name, "email": mate.Email, "job_title": nil,
			"away_mode_enabled": mate.Away, "away_mode_reassign": false, "away_status_reason_id": nil,
			"has_inbox_seat": mate.InboxSeat, "team_ids": numbers(mate.TeamIDs), "avatar": nil,
			"role": map[string]any{"type": "role", "id": strings.ToLower(mate.Role), "name": mate.Role},
		})
	}
	api.WriteJSON(w, http.StatusOK, map[string]any{"type": "admin.list", "admins": list})
	return nil
}

func (s *API) listTeams(w http.ResponseWriter, _ *http.Request, _ api.Request) error {
	list := []any{}
	for _, team := range s.Teams() {
		view := map[string]any{
			"type": "team", "id": team.ID, "name": team.Name, "admin_ids": numbers(team.AdminIDs),
			"assignment_limit": nil, "distribution_method": nil,
		}
		if team.Distribution != "" {
			view["distribution_method"] = team.Distribution
		}
		list = append(list, view)
	}
	api.WriteJSON(w, http.StatusOK, map[string]any{"type": "team.list", "teams": list})
	return nil
}

// numbers are ids as Intercom has them inside of teammates and teams.
func numbers(ids []string) []int64 {
	list := []int64{}
	for _, id := range ids {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			panic(err) // our own ids are digits
		}
		list = append(list, n)
	}
	return list
}
