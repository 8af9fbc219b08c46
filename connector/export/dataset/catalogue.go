package dataset

import "slices"

// Known is what we know of a dataset and get_datasets does not tell: what its
// rows are, and what tells one row from another. get_datasets stays the
// authority on which datasets and attributes there are.
type Known struct {
	ID          string
	Description string
	// Key is the primary key: attribute ids. One id alone is a row id; a longer
	// key may repeat, so that the table also has the column occurrence.
	Key []string
	// Time is the id of the attribute by which the export selects, for a
	// workspace whose own word for it is not among its attributes; "" when it is
	// not known.
	Time string
}

// known are the datasets of Intercom's reporting export (API 2.16). Keys
// never hold a display name or a time that moves, other than the time by which
// the export selects.
var known = []Known{
	{"conversation", "One row per conversation, by when it started.", []string{"conversation_id"}, "conversation_started_at"},
	{"consolidated_conversation_part", "One row per action in a conversation: replies, assignments, closes.", []string{"action_id"}, "action_time"},
	{"conversation_rating_sent", "One row per request for a rating, answered or not.", []string{"conversation_rating_id"}, "conversation_rating_updated_at"},
	{"conversation_sla_status_log", "One row per SLA target of a conversation and how it ended.", []string{"conversation_id", "sla_metric_type", "sla_started_at"}, "sla_started_at"},
	{"conversation_state", "One row per state that a conversation was in.", []string{"conversation_id", "conversation_state_started_at"}, "conversation_state_started_at"},
	{"teammate_handling_conversation", "One row per teammate who handled a conversation.", []string{"conversation_id", "conversation_started_at"}, "conversation_started_at"},
	{"ticket_time_in_state", "One row per state that a ticket was in.", []string{"conversation_id", "ticket_created_at", "ticket_time_in_custom_state"}, "ticket_created_at"},
	{"tickets", "One row per ticket, by when it was created.", []string{"ticket_id"}, "ticket_created_at"},
	{"admin_status_change", "One row per period of a teammate's status: active, away.", []string{"teammate_status_id", "teammate_status_period_started_at"}, "teammate_status_period_started_at"},
	{"call", "One row per phone or video call.", []string{"call_id"}, "call_initiated_at"},
	{"call_team_stats", "One row per call and team.", []string{"call_id", "call_initiated_at"}, "call_initiated_at"},
	{"call_teammate_stats", "One row per call and teammate.", []string{"call_id", "call_initiated_at"}, "call_initiated_at"},
	{"copilot_prompt_response_pair", "One row per question to Copilot and its answer.", nil, ""},
}

// Lookup is what the catalogue knows of a dataset; nothing when it is new to us.
func Lookup(id string) (Known, bool) {
	i := slices.IndexFunc(known, func(k Known) bool { return k.ID == id })
	if i < 0 {
		return Known{}, false
	}
	return known[i], true
}

// IDs are the datasets that we know.
func IDs() []string {
	var ids []string
	for _, k := range known {
		ids = append(ids, k.ID)
	}
	return ids
}
