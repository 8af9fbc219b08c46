package sandbox

import "strconv"

// The columns that tell of a part of a conversation: an action, a rating, a
// state, an SLA, a ticket, a call.

var (
	actionTypes = []label{
		{"Conversation opened", "Conversación abierta"},
		{"Assigned", "Asignada"},
		{"Teammate reply", "Respuesta del compañero"},
		{"Closed", "Cerrada"},
		{"Reopened", "Reabierta"},
		{"Snoozed", "Pospuesta"},
		{"Rating received", "Valoración recibida"},
	}
	stateNames = []label{stateOpen, stateSnoozed, stateClosed}
	slaMetrics = []label{{"First reply time", "Tiempo de primera respuesta"}, {"Time to close", "Tiempo de cierre"}}
	slaNames   = []string{"Standard", "Premium, 1h"}
	callStates = []label{{"Completed", "Completada"}, {"Missed", "Perdida"}}
	statuses   = []label{{"Active", "Activo"}, {"Away", "Ausente"}, {"Active", "Activo"}, {"Offline", "Desconectado"}}
	awayReason = []label{{}, {"Lunch break", "Almuerzo"}, {}, {"Done for the day", "Fin del día"}}
)

func partMate(r *row) string { return teammates[r.part.mate] }

func partTime(r *row) int64 { return r.part.time }

// partID numbers parts within their conversation.
func partID(qualified, name string) column {
	return counted(qualified, name, func(r *row) int64 { return r.conversation.id*100 + r.part.k })
}

func actionColumns() []column {
	by := func(r *row) string {
		if r.part.kind == actionOpened || r.part.kind == actionRated {
			return ""
		}
		return partMate(r)
	}
	response := func(r *row) (int64, int64) {
		if r.part.kind != actionReplied {
			return 0, 0
		}
		return r.conversation.started, r.part.time
	}
	closing := func(r *row) (int64, int64) {
		if r.part.kind != actionClosed {
			return 0, 0
		}
		return r.conversation.started, r.part.time
	}
	first := func(r *row) (int64, int64) {
		if r.part.time != r.conversation.firstReply {
			return 0, 0
		}
		return response(r)
	}
	later := func(r *row) (int64, int64) {
		if r.part.time == r.conversation.firstReply {
			return 0, 0
		}
		return response(r)
	}
	return []column{
		stamped("timestamp.action_time", "Action time", partTime),
		named("teammate.action_performed_by_teammate_id", "Action performed by", by),
		named("team.action_team_assignee_id", "Team assigned", func(r *row) string {
			if r.part.kind != actionAssigned {
				return ""
			}
			return teams[r.conversation.team]
		}),
		named("teammate.action_teammate_assignee_id", "Teammate assigned", func(r *row) string {
			if r.part.kind != actionAssigned {
				return ""
			}
			return partMate(r)
		}),
		several("standard.teammate_mentioned_ids", "Teammates mentioned", 60, teammates[:4]),
		named("teammate.teammate_assignee_at_action_time", "Teammate assigned when action performed", by),
		partID("standard.action_id", "Action ID"),
		labelled("standard.action_type", "Action type", func(r *row) label { return actionTypes[r.part.kind] }),
		measured("duration.response_time", "Response time (seconds)", response),
		measuredInOffice("duration.response_time_in_office_hours", "", response),
		measured("duration.response_time_excluding_bot_inbox", "", response),
		measuredInOffice("duration.response_time_excluding_bot_inbox_in_office_hours", "", response),
		measured("duration.team_first_response_time", "", first),
		measuredInOffice("duration.team_first_response_time_in_office_hours", "", first),
		measured("duration.team_subsequent_response_time", "", later),
		measuredInOffice("duration.team_subsequent_response_time_in_office_hours", "", later),
		measured("duration.team_time_to_close", "", closing),
		measuredInOffice("duration.team_time_to_close_in_office_hours", "", closing),
		measured("duration.teammate_first_response_time", "", first),
		measuredInOffice("duration.teammate_first_response_time_in_office_hours", "", first),
		measured("duration.teammate_subsequent_response_time", "Teammate subsequent response time (seconds)", later),
		measuredInOffice("duration.teammate_subsequent_response_time_in_office_hours", "", later),
		measured("duration.teammate_time_to_close", "", closing),
		measuredInOffice("duration.teammate_time_to_close_in_office_hours", "", closing),
		truth("standard.action_by_automation", "Action performed by automation", func(r *row) bool { return by(r) == "" }),
	}
}

func ratingColumns() []column {
	ofFin := func(r *row) bool { return r.part.k == 1 }
	return []column{
		partID("conversation-rating-sent.conversation_rating_id", "Conversation rating ID"),
		stamped("timestamp.conversation_rating_updated_at", "Conversation rating updated at", partTime),
		counted("conversation-rating-sent.conversation_rating", "Conversation rating", func(r *row) int64 { return int64(r.part.kind) }),
		remark("conversation-rating-sent.conversation_rating_remark", "Conversation rating remark", 600, func(*row) bool { return true }),
		partID("conversation-rating-sent.last_survey_sent_action_id", ""),
		named("conversation-rating-sent.rated_teammate_id", "Rated teammate", func(r *row) string {
			if ofFin(r) {
				return ""
			}
			return assignee(r)
		}),
		named("conversation-rating-sent.rated_chatbot_id", "Rated chatbot", func(r *row) string {
			if !ofFin(r) {
				return ""
			}
			return "Fin"
		}),
		labelled("conversation-rating-sent.rated_agent_type", "Rated agent type", func(r *row) label {
			if ofFin(r) {
				return agentFin
			}
			return agentHuman
		}),
		text("conversation-rating-sent.rating_participant_teammate_ids", "", participants),
		named("conversation-rating-sent.rating_participant_chatbot_ids", "", func(r *row) string {
			if !r.conversation.fin {
				return ""
			}
			return "Fin"
		}),
		truth("conversation-rating-sent.rating_participant_fin_ai_agent", "", func(r *row) bool { return r.conversation.fin }),
		labelled("conversation-rating-sent.rating_participant_agent_group", "", func(r *row) label {
			if r.conversation.fin {
				return agentFin
			}
			return agentHuman
		}),
	}
}

func stateColumns() []column {
	return []column{
		labelled("standard.conversation_state", "Conversation state", func(r *row) label { return stateNames[r.part.kind] }),
		labelled("standard.previous_conversation_state", "Previous conversation state", func(r *row) label {
			if r.part.k == 0 {
				return label{}
			}
			return r.conversation.state(r.part.time - 1)
		}),
		stamped("timestamp.conversation_state_started_at", "Conversation state started at", partTime),
		stamped("timestamp.conversation_state_ended_at", "Conversation state ended at", func(r *row) int64 { return r.part.to }),
	}
}

func slaColumns() []column {
	deadline := func(r *row) int64 { return r.part.time + r.part.from }
	hit := func(r *row) bool { return passed(r.part.to, r.at) && r.part.to <= deadline(r) }
	missed := func(r *row) bool { return !hit(r) && deadline(r) <= r.at }
	return []column{
		named("teammate.sla_attributed_to_teammate_id", "SLA attributed to", partMate),
		named("standard.sla_id", "SLA", func(r *row) string { return slaNames[r.part.k] }),
		stamped("timestamp.sla_started_at", "SLA started at", partTime),
		stamped("timestamp.sla_hit_at", "SLA hit at", func(r *row) int64 {
			if !hit(r) {
				return 0
			}
			return r.part.to
		}),
		stamped("timestamp.sla_missed_at", "SLA missed at", func(r *row) int64 {
			if !missed(r) {
				return 0
			}
			return deadline(r)
		}),
		counted("standard.sla_triggering_action_id", "", func(r *row) int64 { return r.conversation.id*100 + 1 }),
		labelled("standard.sla_metric_type", "SLA metric", func(r *row) label { return slaMetrics[r.part.kind] }),
		measured("duration.sla_time_to_response_after_miss", "", func(r *row) (int64, int64) {
			if !missed(r) {
				return 0, 0
			}
			return deadline(r), r.part.to
		}),
		labelled("standard.sla_state", "SLA state", func(r *row) label {
			switch {
			case hit(r):
				return slaHit
			case missed(r):
				return slaMissed
			}
			return slaActive
		}),
	}
}

func handlingColumns() []column {
	handled := func(r *row) (int64, int64) { return r.part.from, r.part.to } // null while it goes on
	return []column{
		named("teammate.handling_teammate_id", "Teammate", partMate),
		measured("duration.teammate_handling_time", "Handling time (seconds)", handled),
		measuredInOffice("duration.teammate_handling_time_in_office_hours", "", handled),
	}
}

func shiftColumns() []column {
	return []column{
		stamped("timestamp.teammate_status_period_started_at", "Status period started at", partTime),
		stamped("timestamp.teammate_status_period_ended_at", "Status period ended at", func(r *row) int64 { return r.part.to }),
		labelled("standard.teammate_away_reason", "Away reason", func(r *row) label { return awayReason[r.part.kind] }),
		named("teammate.teammate_status_id", "Teammate", partMate),
		labelled("standard.teammate_status", "Status", func(r *row) label { return statuses[r.part.kind] }),
	}
}

func callColumns() []column {
	answered := func(r *row) bool { return r.part.from != 0 }
	seconds := func(qualified, name string, of func(r *row) int64) column {
		return text(qualified, name, func(b []byte, r *row) []byte {
			if !answered(r) {
				return b
			}
			return r.render.duration(b, of(r)*10+r.conversation.id%10)
		})
	}
	return []column{
		counted("call.call_id", "Call ID", func(r *row) int64 { return r.conversation.id + 300_000_000_000_000 }),
		labelled("call.call_direction", "Call direction", func(r *row) label { return callDirections[r.conversation.id&1] }),
		labelled("call.call_state", "Call state", func(r *row) label {
			if answered(r) {
				return callStates[0]
			}
			return callStates[1]
		}),
		stamped("timestamp.call_initiated_at", "Call initiated at", partTime),
		seconds("call.call_answer_time", "Answer time (seconds)", func(r *row) int64 { return r.part.from - r.part.time }),
		seconds("call.call_queue_time", "Queue time (seconds)", func(r *row) int64 { return (r.part.from - r.part.time) / 2 }),
		seconds("call.call_talk_time", "Talk time (seconds)", func(r *row) int64 { return r.part.to - r.part.from }),
	}
}

func callTeammateColumns() []column {
	return []column{
		named("teammate.call_teammate_id", "Teammate", partMate),
		labelled("call.call_terminating_party_type", "Ended by", func(r *row) label {
			if r.conversation.id%3 == 0 {
				return agentHuman
			}
			return label{"Customer", "Cliente"}
		}),
		counted("call.call_teammate_declined_call_count", "Declined calls", func(r *row) int64 { return r.part.k % 2 }),
		counted("call.call_teammate_missed_call_count", "Missed calls", func(r *row) int64 { return r.part.k / 2 }),
		text("conversation.customer_name", "", func(b []byte, r *row) []byte {
			return append(b, r.render.people.contactName(r.conversation.contact)...)
		}),
		custom("conversation.voice_routing_inbox", 800, "Main line", "Billing, press 2"),
	}
}

func promptColumns() []column {
	return []column{
		partID("standard.prompt_id", "Prompt ID"),
		stamped("timestamp.prompt_created_at", "Prompt created at", partTime),
		stamped("timestamp.response_created_at", "Response created at", func(r *row) int64 { return r.part.appears }),
		named("teammate.teammate_id", "Teammate", partMate),
		counted("teammate.teammate_raw_id", "", func(r *row) int64 { return teammateID(r.part.mate) }),
		text("standard.prompt", "Prompt", func(b []byte, r *row) []byte {
			draw := r.conversation.seed.at(uint64(r.part.k), 0x9a)
			return appendPhrases(b, &draw)
		}),
		text("standard.response", "Response", func(b []byte, r *row) []byte {
			draw := r.conversation.seed.at(uint64(r.part.k), 0x9b)
			return appendPhrases(b, &draw)
		}),
		labelled("standard.response_feedback", "Response feedback", func(r *row) label {
			switch (r.conversation.id + r.part.k) % 4 {
			case 0:
				return label{"Helpful", "Útil"}
			case 1:
				return label{"Not helpful", "No útil"}
			}
			return label{}
		}),
		text("standard.sources", "Sources", func(b []byte, r *row) []byte {
			return strconv.AppendInt(append(b, "article:"...), 9_000_000+r.conversation.id%400, 10)
		}),
	}
}
