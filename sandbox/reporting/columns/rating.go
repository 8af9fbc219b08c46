package columns

import (
	"strconv"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/table"
)

// conversationRatings are the columns about ratings and about the AI agent.
func conversationRatings() []table.Column {
	isRated := func(r *table.Row) bool { _, when := r.Conversation.Rated(r.At); return when != 0 }
	finRated := func(r *table.Row) bool { return conversation.Passed(r.Conversation.FinRatedAt, r.At) }
	rated := func(r *table.Row) (mate uint8, is bool) {
		mate, is = r.Conversation.Mate(r.At)
		return mate, is && isRated(r)
	}
	finRating := table.When(finRated, func(r *table.Row) uint8 { return r.Conversation.FinRating })
	return []table.Column{
		table.Stamped("timestamp.last_conversation_rating_updated_at", "Last rating updated at", func(r *table.Row) int64 { _, when := r.Conversation.Rated(r.At); return when }),
		table.Scored("standard.last_teammate_rating", "Last teammate rating", lastRating),
		table.Remark("standard.last_teammate_rating_remark", "Last teammate rating remark", 600, isRated),
		table.Scored("standard.conversation_rating", "Conversation rating", lastRating),
		table.Scored("standard.lastRatingValue", "", lastRating),
		table.Counted("standard.totalRatings", "", func(r *table.Row) int64 {
			return 2 - table.Unless(conversation.Passed(r.Conversation.RatedAt, r.At)) - table.Unless(conversation.Passed(r.Conversation.ReratedAt, r.At))
		}),
		table.Named("teammate.last_rated_teammate_id", "Last rated teammate", mateName(rated)),
		table.Counted("teammate.last_rated_teammate_raw_id", "", mateID(rated)),
		table.Stamped("timestamp.fin_ai_agent_rating_updated_at", "Fin AI Agent rating updated at", func(r *table.Row) int64 { return r.Conversation.FinRatedAt }),
		table.Scored("standard.fin_ai_agent_rating", "Fin AI Agent rating", finRating),
		table.Remark("standard.fin_ai_agent_rating_remark", "Fin AI Agent rating remark", 500, finRated),
		table.Truth("standard.fin_ai_agent_participated", "Fin AI Agent involved", withFin),
		table.Labelled("standard.fin_ai_agent_last_sent_answer_type", "Fin AI Agent last answer type", table.When(withFin, func(r *table.Row) conversation.Label {
			return answerTypes[r.Conversation.ID%int64(len(answerTypes))]
		})),
		table.Labelled("standard.fin_ai_agent_resolution_state", "Fin AI Agent resolution state", finResolution),
		table.Truth("standard.fin_ai_agent_deflected", "Fin AI Agent deflected", func(r *table.Row) bool {
			return r.Conversation.FinSolved && conversation.Passed(r.Conversation.Closed, r.At)
		}),
		table.Text("standard.fin_ai_agent_content_references", "Fin AI Agent content", contentReferences),
		table.Stamped("timestamp.last_chatbot_rating_updated_at", "Last chatbot rating updated at", func(r *table.Row) int64 { return r.Conversation.FinRatedAt }),
		table.Scored("standard.last_chatbot_rating", "Last chatbot rating", finRating),
		table.Remark("standard.last_chatbot_rating_remark", "Last chatbot rating remark", 200, finRated),
		table.Named("standard.last_rated_chatbot_id", "Last rated chatbot", table.When(finRated, fin)),
		table.Counted("standard.ai_cx_score_rating", "CX score", func(r *table.Row) int64 {
			return 1 + r.Conversation.ID%5 - 1000*table.Unless(conversation.Passed(r.Conversation.Closed, r.At))
		}),
		table.Remark("standard.ai_cx_score_explanation", "CX score explanation", 900, func(r *table.Row) bool { return conversation.Passed(r.Conversation.Closed, r.At) }),
	}
}

var (
	answerTypes    = []conversation.Label{{"AI answer", "Respuesta de IA"}, {"Custom answer", "Respuesta propia"}, {"Direct answer", "Respuesta directa"}}
	resolvedByFin  = conversation.Label{"Confirmed resolution", "Resolución confirmada"}
	routedByFin    = conversation.Label{"Routed to team", "Derivada al equipo"}
	stillWithFin   = conversation.Label{"In progress", "En curso"}
	callDirections = []conversation.Label{{"Inbound", "Entrante"}, {"Outbound", "Saliente"}}
)

func lastRating(r *table.Row) uint8 {
	rating, _ := r.Conversation.Rated(r.At)
	return rating
}

func withFin(r *table.Row) bool { return r.Conversation.Fin }

func fin(*table.Row) string { return "Fin" }

func finResolution(r *table.Row) conversation.Label {
	c := r.Conversation
	switch {
	case !c.Fin:
		return conversation.Label{}
	case c.FinSolved && conversation.Passed(c.Closed, r.At):
		return resolvedByFin
	case conversation.Passed(c.Assigned[0], r.At):
		return routedByFin
	}
	return stillWithFin
}

// contentReferences is JSON inside CSV: quotes, commas and all.
func contentReferences(b []byte, r *table.Row) []byte {
	c := r.Conversation
	if !c.Fin || c.ID%3 == 0 {
		return b
	}
	b = append(b, `[{"content_type":"article","content_id":"`...)
	b = strconv.AppendInt(b, 9_000_000+c.ID%400, 10)
	b = append(b, `","title":"Refunds, \"fast\""}`...)
	if c.ID%3 == 1 {
		b = append(b, `,{"content_type":"file_upload","content_id":"77"}`...)
	}
	return append(b, ']')
}
