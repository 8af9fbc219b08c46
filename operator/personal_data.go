package operator

import (
	"slices"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
)

// impersonal reports whether a column of an export stays where nothing about
// persons is wanted: what is known to be harmless, and nothing else. A column that
// the catalogue does not know may hold anything, and so may a text that is no
// enumeration; teammates are persons, too.
func impersonal(id string, c dataset.Column) bool {
	if !dataset.IsCatalogued(id, c.Attribute) {
		return false
	}
	known, _ := dataset.Lookup(id)
	switch {
	case slices.Contains(known.Key, c.Attribute.ID), slices.Contains(rowIDs, c.Attribute.ID):
		return true
	case c.Attribute.ID == "company_size": // it may be enough to tell a company by
		return false
	case c.Kind != csv.String: // times, durations, counts
		return true
	}
	return slices.Contains(enumerations, c.Attribute.ID)
}

// rowIDs name rows of the datasets, by which they are joined.
var rowIDs = []string{"action_id", "call_id", "conversation_id", "conversation_rating_id", "ticket_id"}

// enumerations are attributes with a few values that Intercom has chosen. Reasons,
// topics, names of states and languages are not among them: a workspace or a person
// chooses those.
var enumerations = []string{
	"action_by_automation", "action_type", "agent_type", "ai_cx_score_rating", "call_direction", "call_state",
	"call_terminating_party_type", "channel", "conversation_call_types", "conversation_has_calls", "conversation_rating",
	"conversation_started_by", "conversation_state", "current_conversation_state", "current_ticket_state_category",
	"fin_ai_agent_deflected", "fin_ai_agent_last_sent_answer_type", "fin_ai_agent_participated", "fin_ai_agent_resolution_state",
	"is_resolved_on_first_contact", "previous_conversation_state", "rated_agent_type", "rating_participant_agent_group",
	"rating_participant_fin_ai_agent", "sla_metric_type", "sla_state", "teammate_status", "ticket_created_via",
	"ticket_shared_with_customer", "ticket_time_in_state_category",
}
