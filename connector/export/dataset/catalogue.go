package dataset

import (
	"slices"
	"strings"

	"intercom-connector/intercom"
	"intercom-connector/wire"
)

// Known is what we know of a dataset and get_datasets does not tell: what its
// rows are, and what tells one row from another. get_datasets stays the
// authority on which datasets and attributes there are.
type Known struct {
	ID          string
	Description string
	// Key is the primary key: attribute ids. One id alone is a row id; a longer
	// key may repeat, so that the table also has the column occurrence.
	Key []string
}

// known are the datasets of Intercom's reporting export (API 2.16). Keys
// never hold a display name or a time that moves, other than the time by which
// the export selects.
var known = []Known{
	{"conversation", "One row per conversation, by when it started.", []string{"conversation_id"}},
	{"consolidated_conversation_part", "One row per action in a conversation: replies, assignments, closes.", []string{"action_id"}},
	{"conversation_rating_sent", "One row per request for a rating, answered or not.", []string{"conversation_rating_id"}},
	{"conversation_sla_status_log", "One row per SLA target of a conversation and how it ended.", []string{"conversation_id", "sla_metric_type", "sla_started_at"}},
	{"conversation_state", "One row per state that a conversation was in.", []string{"conversation_id", "conversation_state_started_at"}},
	{"teammate_handling_conversation", "One row per teammate who handled a conversation.", []string{"conversation_id", "conversation_started_at"}},
	{"ticket_time_in_state", "One row per state that a ticket was in.", []string{"conversation_id", "ticket_created_at", "ticket_time_in_custom_state"}},
	{"tickets", "One row per ticket, by when it was created.", []string{"ticket_id"}},
	{"admin_status_change", "One row per period of a teammate's status: active, away.", []string{"teammate_status_id", "teammate_status_period_started_at"}},
	{"call", "One row per phone or video call.", []string{"call_id"}},
	{"call_team_stats", "One row per call and team.", []string{"call_id", "call_initiated_at"}},
	{"call_teammate_stats", "One row per call and teammate.", []string{"call_id", "call_initiated_at"}},
	{"copilot_prompt_response_pair", "One row per question to Copilot and its answer.", nil},
}

// counts are attributes that hold whole numbers, in Intercom's own namespaces.
var counts = []string{
	"ai_cx_score_rating", "call_teammate_declined_call_count",
	"call_teammate_missed_call_count", "company_size", "conversation_rating",
	"fin_ai_agent_rating", "lastRatingValue", "last_chatbot_rating",
	"last_teammate_rating", "reassignments_count", "teammate_replies_count",
	"teammate_replies_to_close", "totalRatings",
}

// durations are attributes that hold seconds although their namespace does not
// say so.
var durations = []string{"call_answer_time", "call_queue_time", "call_talk_time"}

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

// ownNamespaces are the prefixes of Intercom's own attributes: no customer can
// create an attribute in them.
var ownNamespaces = []string{
	"standard", "timestamp", "duration", "team", "teammate", "call", "conversation-rating-sent",
}

// Namespace is the part of the qualified id before its first dot; "" when
// Intercom gives no qualified id (before API 2.16), which is taken for
// Intercom's own.
func Namespace(a intercom.Attribute) string {
	prefix, _, found := strings.Cut(a.QualifiedID, ".")
	if !found {
		return ""
	}
	return prefix
}

// Own says whether an attribute is Intercom's and not a customer's.
func Own(a intercom.Attribute) bool {
	prefix := Namespace(a)
	return prefix == "" || slices.Contains(ownNamespaces, prefix)
}

// KindOf is the type of an attribute's column. get_datasets tells no types;
// only what is certain is typed, and the rest is text.
func KindOf(a intercom.Attribute, timeAttribute string) wire.Kind {
	switch {
	case !Own(a):
		return wire.String
	case Namespace(a) == "timestamp" || a.ID == timeAttribute:
		return wire.UTCDatetime
	case Namespace(a) == "" && (strings.HasSuffix(a.ID, "_at") || a.ID == "action_time"):
		return wire.UTCDatetime
	case Namespace(a) == "duration" || slices.Contains(durations, a.ID):
		return wire.Double
	case slices.Contains(counts, a.ID):
		return wire.Long
	default:
		return wire.String
	}
}
