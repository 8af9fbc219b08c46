package sandbox

import "strconv"

// conversationRatings are the columns about ratings and about the AI agent.
func conversationRatings() []column {
	isRated := func(r *row) bool { _, when := r.conversation.rated(r.at); return when != 0 }
	finRated := func(r *row) bool { return passed(r.conversation.finRatedAt, r.at) }
	finHelped := func(r *row) bool { return r.conversation.fin }
	return []column{
		stamped("timestamp.last_conversation_rating_updated_at", "Last rating updated at", func(r *row) int64 { _, when := r.conversation.rated(r.at); return when }),
		scored("standard.last_teammate_rating", "Last teammate rating", lastRating),
		remark("standard.last_teammate_rating_remark", "Last teammate rating remark", 600, isRated),
		scored("standard.conversation_rating", "Conversation rating", lastRating),
		scored("standard.lastRatingValue", "", lastRating),
		counted("standard.totalRatings", "", func(r *row) int64 {
			return 2 - unless(passed(r.conversation.ratedAt, r.at)) - unless(passed(r.conversation.reratedAt, r.at))
		}),
		named("teammate.last_rated_teammate_id", "Last rated teammate", func(r *row) string {
			if !isRated(r) {
				return ""
			}
			return assignee(r)
		}),
		counted("teammate.last_rated_teammate_raw_id", "", func(r *row) int64 {
			if !isRated(r) {
				return -1
			}
			return assigneeID(r)
		}),
		stamped("timestamp.fin_ai_agent_rating_updated_at", "Fin AI Agent rating updated at", func(r *row) int64 { return r.conversation.finRatedAt }),
		scored("standard.fin_ai_agent_rating", "Fin AI Agent rating", finRating),
		remark("standard.fin_ai_agent_rating_remark", "Fin AI Agent rating remark", 500, finRated),
		truth("standard.fin_ai_agent_participated", "Fin AI Agent involved", finHelped),
		labelled("standard.fin_ai_agent_last_sent_answer_type", "Fin AI Agent last answer type", func(r *row) label {
			if !r.conversation.fin {
				return label{}
			}
			return answerTypes[r.conversation.id%int64(len(answerTypes))]
		}),
		labelled("standard.fin_ai_agent_resolution_state", "Fin AI Agent resolution state", finResolution),
		truth("standard.fin_ai_agent_deflected", "Fin AI Agent deflected", func(r *row) bool {
			return r.conversation.finSolved && passed(r.conversation.closed, r.at)
		}),
		text("standard.fin_ai_agent_content_references", "Fin AI Agent content", contentReferences),
		stamped("timestamp.last_chatbot_rating_updated_at", "Last chatbot rating updated at", func(r *row) int64 { return r.conversation.finRatedAt }),
		scored("standard.last_chatbot_rating", "Last chatbot rating", finRating),
		remark("standard.last_chatbot_rating_remark", "Last chatbot rating remark", 200, finRated),
		named("standard.last_rated_chatbot_id", "Last rated chatbot", func(r *row) string {
			if !finRated(r) {
				return ""
			}
			return "Fin"
		}),
		counted("standard.ai_cx_score_rating", "CX score", func(r *row) int64 {
			return 1 + r.conversation.id%5 - 1000*unless(passed(r.conversation.closed, r.at))
		}),
		remark("standard.ai_cx_score_explanation", "CX score explanation", 900, func(r *row) bool { return passed(r.conversation.closed, r.at) }),
	}
}

var (
	answerTypes    = []label{{"AI answer", "Respuesta de IA"}, {"Custom answer", "Respuesta propia"}, {"Direct answer", "Respuesta directa"}}
	resolvedByFin  = label{"Confirmed resolution", "Resolución confirmada"}
	routedByFin    = label{"Routed to team", "Derivada al equipo"}
	stillWithFin   = label{"In progress", "En curso"}
	callDirections = []label{{"Inbound", "Entrante"}, {"Outbound", "Saliente"}}
)

func lastRating(r *row) uint8 {
	rating, _ := r.conversation.rated(r.at)
	return rating
}

func finRating(r *row) uint8 {
	if passed(r.conversation.finRatedAt, r.at) {
		return r.conversation.finRating
	}
	return 0
}

func finResolution(r *row) label {
	c := &r.conversation
	switch {
	case !c.fin:
		return label{}
	case c.finSolved && passed(c.closed, r.at):
		return resolvedByFin
	case passed(c.assigned[0], r.at):
		return routedByFin
	}
	return stillWithFin
}

// contentReferences is JSON inside CSV: quotes, commas and all.
func contentReferences(b []byte, r *row) []byte {
	c := &r.conversation
	if !c.fin || c.id%3 == 0 {
		return b
	}
	b = append(b, `[{"content_type":"article","content_id":"`...)
	b = strconv.AppendInt(b, 9_000_000+c.id%400, 10)
	b = append(b, `","title":"Refunds, \"fast\""}`...)
	if c.id%3 == 1 {
		b = append(b, `,{"content_type":"file_upload","content_id":"77"}`...)
	}
	return append(b, ']')
}
