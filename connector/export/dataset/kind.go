package dataset

import (
	"slices"
	"strings"

	"intercom-connector/connector/export/csv"
)

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

// kind is the type of an attribute's column. get_datasets tells no types; only
// what is certain is typed, and the rest is text.
func (a attribute) kind() csv.Kind {
	id := a.intercom.ID
	switch {
	case a.time:
		return csv.UTCDatetime
	case !a.own:
		return csv.String
	case a.namespace == "timestamp":
		return csv.UTCDatetime
	case a.namespace == "" && (strings.HasSuffix(id, "_at") || id == "action_time"):
		return csv.UTCDatetime
	case a.namespace == "duration" || slices.Contains(durations, id):
		return csv.Double
	case slices.Contains(counts, id):
		return csv.Long
	default:
		return csv.String
	}
}
