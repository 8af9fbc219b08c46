package columns

import (
	"strconv"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/table"
)

// The columns that tell of a part of a conversation: an action, a rating, a
// state, an SLA, a ticket, a call.

var (
	actionTypes = []conversation.Label{
		{"Conversation opened", "Conversación abierta"},
		{"Assigned", "Asignada"},
		{"Teammate reply", "Respuesta del compañero"},
		{"Closed", "Cerrada"},
		{"Reopened", "Reabierta"},
		{"Snoozed", "Pospuesta"},
		{"Rating received", "Valoración recibida"},
	}
	stateNames = []conversation.Label{conversation.StateOpen, conversation.StateSnoozed, conversation.StateClosed}
	slaMetrics = []conversation.Label{{"First reply time", "Tiempo de primera respuesta"}, {"Time to close", "Tiempo de cierre"}}
	slaNames   = []string{"Standard", "Premium, 1h"}
	statuses   = []conversation.Label{{"Active", "Activo"}, {"Away", "Ausente"}, {"Active", "Activo"}, {"Offline", "Desconectado"}}
	awayReason = []conversation.Label{{}, {"Lunch break", "Almuerzo"}, {}, {"Done for the day", "Fin del día"}}
)

func partMate(r *table.Row) string { return conversation.Teammates[r.Part.Mate] }

func partTime(r *table.Row) int64 { return r.Part.Time }

func partTo(r *table.Row) int64 { return r.Part.To }

func teamName(r *table.Row) string { return conversation.Teams[r.Conversation.Team] }

// partID numbers parts within their conversation.
func partID(qualified, name string) table.Column {
	return table.Counted(qualified, name, func(r *table.Row) int64 { return r.Conversation.ID*100 + r.Part.K })
}

func actionColumns() []table.Column {
	by := table.When(func(r *table.Row) bool {
		return r.Part.Kind != conversation.ActionOpened && r.Part.Kind != conversation.ActionRated
	}, partMate)
	assigns := func(r *table.Row) bool { return r.Part.Kind == conversation.ActionAssigned }
	replies := func(r *table.Row) bool { return r.Part.Kind == conversation.ActionReplied }
	isFirst := func(r *table.Row) bool { return r.Part.Time == r.Conversation.FirstReply }
	sinceStart := func(holds func(r *table.Row) bool) func(r *table.Row) (int64, int64) {
		return func(r *table.Row) (int64, int64) {
			if !holds(r) {
				return 0, 0
			}
			return r.Conversation.Started, r.Part.Time
		}
	}
	response := sinceStart(replies)
	closing := sinceStart(func(r *table.Row) bool { return r.Part.Kind == conversation.ActionClosed })
	first := sinceStart(func(r *table.Row) bool { return replies(r) && isFirst(r) })
	later := sinceStart(func(r *table.Row) bool { return replies(r) && !isFirst(r) })
	return []table.Column{
		table.Stamped("timestamp.action_time", "Action time", partTime),
		table.Named("teammate.action_performed_by_teammate_id", "Action performed by", by),
		table.Named("team.action_team_assignee_id", "Team assigned", table.When(assigns, teamName)),
		table.Named("teammate.action_teammate_assignee_id", "Teammate assigned", table.When(assigns, partMate)),
		table.Several("standard.teammate_mentioned_ids", "Teammates mentioned", 60, conversation.Teammates[:4]),
		table.Named("teammate.teammate_assignee_at_action_time", "Teammate assigned when action performed", by),
		partID("standard.action_id", "Action ID"),
		table.Labelled("standard.action_type", "Action type", func(r *table.Row) conversation.Label { return actionTypes[r.Part.Kind] }),
		table.Measured("duration.response_time", "Response time (seconds)", response),
		table.MeasuredInOffice("duration.response_time_in_office_hours", "", response),
		table.Measured("duration.response_time_excluding_bot_inbox", "", response),
		table.MeasuredInOffice("duration.response_time_excluding_bot_inbox_in_office_hours", "", response),
		table.Measured("duration.team_first_response_time", "", first),
		table.MeasuredInOffice("duration.team_first_response_time_in_office_hours", "", first),
		table.Measured("duration.team_subsequent_response_time", "", later),
		table.MeasuredInOffice("duration.team_subsequent_response_time_in_office_hours", "", later),
		table.Measured("duration.team_time_to_close", "", closing),
		table.MeasuredInOffice("duration.team_time_to_close_in_office_hours", "", closing),
		table.Measured("duration.teammate_first_response_time", "", first),
		table.MeasuredInOffice("duration.teammate_first_response_time_in_office_hours", "", first),
		table.Measured("duration.teammate_subsequent_response_time", "Teammate subsequent response time (seconds)", later),
		table.MeasuredInOffice("duration.teammate_subsequent_response_time_in_office_hours", "", later),
		table.Measured("duration.teammate_time_to_close", "", closing),
		table.MeasuredInOffice("duration.teammate_time_to_close_in_office_hours", "", closing),
		table.Truth("standard.action_by_automation", "Action performed by automation", func(r *table.Row) bool { return by(r) == "" }),
	}
}

func ratingColumns() []table.Column {
	ofFin := func(r *table.Row) bool { return r.Part.K == 1 }
	return []table.Column{
		partID("conversation-rating-sent.conversation_rating_id", "Conversation rating ID"),
		table.Stamped("timestamp.conversation_rating_updated_at", "Conversation rating updated at", partTime),
		table.Counted("conversation-rating-sent.conversation_rating", "Conversation rating", func(r *table.Row) int64 { return int64(r.Part.Kind) }),
		table.Remark("conversation-rating-sent.conversation_rating_remark", "Conversation rating remark", 600, func(*table.Row) bool { return true }),
		partID("conversation-rating-sent.last_survey_sent_action_id", ""),
		table.Named("conversation-rating-sent.rated_teammate_id", "Rated teammate", table.When(func(r *table.Row) bool { return !ofFin(r) }, mateName(assignee))),
		table.Named("conversation-rating-sent.rated_chatbot_id", "Rated chatbot", table.When(ofFin, fin)),
		table.Either("conversation-rating-sent.rated_agent_type", "Rated agent type", ofFin, conversation.AgentFin, conversation.AgentHuman),
		table.Text("conversation-rating-sent.rating_participant_teammate_ids", "", participants),
		table.Named("conversation-rating-sent.rating_participant_chatbot_ids", "", table.When(withFin, fin)),
		table.Truth("conversation-rating-sent.rating_participant_fin_ai_agent", "", withFin),
		table.Either("conversation-rating-sent.rating_participant_agent_group", "", withFin, conversation.AgentFin, conversation.AgentHuman),
	}
}

func stateColumns() []table.Column {
	return []table.Column{
		table.Labelled("standard.conversation_state", "Conversation state", func(r *table.Row) conversation.Label { return stateNames[r.Part.Kind] }),
		table.Labelled("standard.previous_conversation_state", "Previous conversation state", table.When(func(r *table.Row) bool { return r.Part.K != 0 }, func(r *table.Row) conversation.Label {
			return r.Conversation.State(r.Part.Time - 1)
		})),
		table.Stamped("timestamp.conversation_state_started_at", "Conversation state started at", partTime),
		table.Stamped("timestamp.conversation_state_ended_at", "Conversation state ended at", partTo),
	}
}

func slaColumns() []table.Column {
	deadline := func(r *table.Row) int64 { return r.Part.Time + r.Part.From }
	hit := func(r *table.Row) bool { return conversation.Passed(r.Part.To, r.At) && r.Part.To <= deadline(r) }
	missed := func(r *table.Row) bool { return !hit(r) && deadline(r) <= r.At }
	return []table.Column{
		table.Named("teammate.sla_attributed_to_teammate_id", "SLA attributed to", partMate),
		table.Named("standard.sla_id", "SLA", func(r *table.Row) string { return slaNames[r.Part.K] }),
		table.Stamped("timestamp.sla_started_at", "SLA started at", partTime),
		table.Stamped("timestamp.sla_hit_at", "SLA hit at", table.When(hit, partTo)),
		table.Stamped("timestamp.sla_missed_at", "SLA missed at", table.When(missed, deadline)),
		table.Counted("standard.sla_triggering_action_id", "", func(r *table.Row) int64 { return r.Conversation.ID*100 + 1 }),
		table.Labelled("standard.sla_metric_type", "SLA metric", func(r *table.Row) conversation.Label { return slaMetrics[r.Part.Kind] }),
		table.Measured("duration.sla_time_to_response_after_miss", "", func(r *table.Row) (int64, int64) {
			if !missed(r) {
				return 0, 0
			}
			return deadline(r), r.Part.To
		}),
		table.Labelled("standard.sla_state", "SLA state", func(r *table.Row) conversation.Label {
			switch {
			case hit(r):
				return conversation.SlaHit
			case missed(r):
				return conversation.SlaMissed
			}
			return conversation.SlaActive
		}),
	}
}

func handlingColumns() []table.Column {
	handled := func(r *table.Row) (int64, int64) { return r.Part.From, r.Part.To } // null while it goes on
	return []table.Column{
		table.Named("teammate.handling_teammate_id", "Teammate", partMate),
		table.Measured("duration.teammate_handling_time", "Handling time (seconds)", handled),
		table.MeasuredInOffice("duration.teammate_handling_time_in_office_hours", "", handled),
	}
}

func shiftColumns() []table.Column {
	return []table.Column{
		table.Stamped("timestamp.teammate_status_period_started_at", "Status period started at", partTime),
		table.Stamped("timestamp.teammate_status_period_ended_at", "Status period ended at", partTo),
		table.Labelled("standard.teammate_away_reason", "Away reason", func(r *table.Row) conversation.Label { return awayReason[r.Part.Kind] }),
		table.Named("teammate.teammate_status_id", "Teammate", partMate),
		table.Labelled("standard.teammate_status", "Status", func(r *table.Row) conversation.Label { return statuses[r.Part.Kind] }),
	}
}

func callColumns() []table.Column {
	answered := func(r *table.Row) bool { return r.Part.From != 0 }
	seconds := func(qualified, name string, of func(r *table.Row) int64) table.Column {
		return table.Text(qualified, name, func(b []byte, r *table.Row) []byte {
			if !answered(r) {
				return b
			}
			return r.Render.Duration(b, of(r)*10+r.Conversation.ID%10)
		})
	}
	return []table.Column{
		table.Counted("call.call_id", "Call ID", func(r *table.Row) int64 { return r.Conversation.ID + 300_000_000_000_000 }),
		table.Labelled("call.call_direction", "Call direction", callDirection),
		table.Either("call.call_state", "Call state", answered, conversation.Label{"Completed", "Completada"}, conversation.Label{"Missed", "Perdida"}),
		table.Stamped("timestamp.call_initiated_at", "Call initiated at", partTime),
		seconds("call.call_answer_time", "Answer time (seconds)", func(r *table.Row) int64 { return r.Part.From - r.Part.Time }),
		seconds("call.call_queue_time", "Queue time (seconds)", func(r *table.Row) int64 { return (r.Part.From - r.Part.Time) / 2 }),
		seconds("call.call_talk_time", "Talk time (seconds)", func(r *table.Row) int64 { return r.Part.To - r.Part.From }),
	}
}

func callTeammateColumns() []table.Column {
	return []table.Column{
		table.Named("teammate.call_teammate_id", "Teammate", partMate),
		table.Either("call.call_terminating_party_type", "Ended by", func(r *table.Row) bool { return r.Conversation.ID%3 == 0 },
			conversation.AgentHuman, conversation.Label{"Customer", "Cliente"}),
		table.Counted("call.call_teammate_declined_call_count", "Declined calls", func(r *table.Row) int64 { return r.Part.K % 2 }),
		table.Counted("call.call_teammate_missed_call_count", "Missed calls", func(r *table.Row) int64 { return r.Part.K / 2 }),
		table.Named("conversation.customer_name", "", contactName),
		table.Custom("conversation.voice_routing_inbox", 800, "Main line", "Billing, press 2"),
	}
}

func promptColumns() []table.Column {
	phrases := func(qualified, name string, salt uint64) table.Column {
		return table.Text(qualified, name, func(b []byte, r *table.Row) []byte {
			draw := r.Conversation.Seed.At(uint64(r.Part.K), salt)
			return table.AppendPhrases(b, &draw)
		})
	}
	return []table.Column{
		partID("standard.prompt_id", "Prompt ID"),
		table.Stamped("timestamp.prompt_created_at", "Prompt created at", partTime),
		table.Stamped("timestamp.response_created_at", "Response created at", func(r *table.Row) int64 { return r.Part.Appears }),
		table.Named("teammate.teammate_id", "Teammate", partMate),
		table.Counted("teammate.teammate_raw_id", "", func(r *table.Row) int64 { return conversation.TeammateID(r.Part.Mate) }),
		phrases("standard.prompt", "Prompt", 0x9a),
		phrases("standard.response", "Response", 0x9b),
		table.Labelled("standard.response_feedback", "Response feedback", func(r *table.Row) conversation.Label {
			switch (r.Conversation.ID + r.Part.K) % 4 {
			case 0:
				return conversation.Label{"Helpful", "Útil"}
			case 1:
				return conversation.Label{"Not helpful", "No útil"}
			}
			return conversation.Label{}
		}),
		table.Text("standard.sources", "Sources", func(b []byte, r *table.Row) []byte {
			return strconv.AppendInt(append(b, "article:"...), 9_000_000+r.Conversation.ID%400, 10)
		}),
	}
}
