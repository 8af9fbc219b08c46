package sandbox

import "slices"

// What each built-in dataset holds. Ids, names and attributes follow what
// Intercom's reporting export is known to offer; copilot_prompt_response_pair
// is known by name only, so its attributes are made up.
type builtin struct {
	id, name, time, description string
	columns                     func() []column
	scan                        func(g *generator) func(selection, func(*row) bool)
}

// partsOf is the scan of a dataset of conversations' parts.
func partsOf(spread bool, parts func(p []part, c *conversation, at int64) []part) func(*generator) func(selection, func(*row) bool) {
	return func(g *generator) func(selection, func(*row) bool) { return g.scanParts(spread, parts) }
}

func builtins() []builtin {
	return []builtin{
		{
			"conversation", "Conversation", "conversation_started_at", "One row for each conversation.",
			conversationColumns, partsOf(false, wholeConversation),
		},
		{
			"consolidated_conversation_part", "Conversation actions", "action_time", "One row for each action in a conversation.",
			func() []column {
				return slices.Concat(actionColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.channel",
					"standard.conversation_started_by", "standard.conversation_tag_ids", "team.currently_assigned_team_id",
					"standard.topics", "timestamp.conversation_started_at", "standard.reply_participant_teammate_ids",
					"standard.last_teammate_rating", "standard.fin_ai_agent_rating", "teammate.last_rated_teammate_id",
				), companyColumns(), userColumns(), customColumns())
			},
			partsOf(true, actionParts),
		},
		{
			"conversation_rating_sent", "Conversation ratings", "conversation_rating_updated_at", "One row for each rating.",
			func() []column {
				return slices.Concat(ratingColumns(), repeated(
					"standard.conversation_id", "standard.channel", "standard.conversation_tag_ids", "standard.conversation_started_by",
					"teammate.currently_assigned_teammate_id", "standard.reply_participant_teammate_ids",
					"standard.current_conversation_state", "team.currently_assigned_team_id", "standard.ticket_type_id",
					"standard.fin_ai_agent_participated", "standard.fin_ai_agent_last_sent_answer_type",
					"standard.fin_ai_agent_content_references", "teammate.first_closing_teammate_id",
					"teammate.first_replying_teammate_id", "duration.conversation_first_response_time",
					"duration.first_response_time_excluding_bot_inbox",
					"duration.first_response_time_excluding_bot_inbox_in_office_hours",
					"duration.first_response_time_in_office_hours", "timestamp.conversation_started_at",
					"teammate.last_closing_teammate_id", "standard.topics",
				), userColumns(), companyColumns(), customColumns())
			},
			partsOf(true, ratingParts),
		},
		{
			"conversation_sla_status_log", "Conversation SLAs", "sla_started_at", "One row for each SLA that applied.",
			func() []column {
				return slices.Concat(slaColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.reply_participant_teammate_ids",
					"standard.channel", "standard.conversation_started_by", "standard.conversation_tag_ids",
					"team.currently_assigned_team_id", "standard.topics", "standard.ticket_type_id",
				), userColumns(), customColumns(), []column{languageColumn()})
			},
			partsOf(true, slaParts),
		},
		{
			"conversation_state", "Conversation states", "conversation_state_started_at", "One row for each state a conversation was in.",
			func() []column {
				return slices.Concat(stateColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.channel",
					"standard.conversation_started_by", "standard.conversation_tag_ids", "team.currently_assigned_team_id",
					"standard.topics", "timestamp.conversation_started_at", "standard.reply_participant_teammate_ids",
					"standard.last_teammate_rating", "standard.fin_ai_agent_rating", "teammate.last_rated_teammate_id",
				), userColumns(), companyColumns(), customColumns())
			},
			partsOf(true, stateParts),
		},
		{
			"teammate_handling_conversation", "Teammate handling", "conversation_started_at", "One row for each teammate who handled a conversation.",
			func() []column {
				return slices.Concat(handlingColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.reply_participant_teammate_ids",
					"standard.channel", "standard.conversation_started_by", "standard.conversation_tag_ids",
					"team.currently_assigned_team_id", "timestamp.conversation_started_at",
				), userColumns(), customColumns(), []column{languageColumn()})
			},
			partsOf(false, handlingParts),
		},
		{
			"ticket_time_in_state", "Ticket time in state", "ticket_created_at", "One row for each state a ticket was in.",
			func() []column {
				return slices.Concat(ticketStateColumns(), ticketCommon(), ticketRepeated(), companyColumns(), userColumns(), customColumns())
			},
			partsOf(true, ticketStateParts),
		},
		{
			"tickets", "Tickets dataset", "ticket_created_at", "One row for each ticket.",
			func() []column {
				return slices.Concat(ticketCommon(), ticketColumns(), ticketRepeated(), repeated(
					"teammate.currently_assigned_teammate_raw_id", "team.currently_assigned_team_raw_id",
				), companyColumns(), userColumns(), customColumns())
			},
			partsOf(true, ticketParts),
		},
		{
			"admin_status_change", "Teammate status period", "teammate_status_period_started_at", "One row for each period of a teammate's status.",
			shiftColumns, func(g *generator) func(selection, func(*row) bool) { return g.scanShifts },
		},
		{
			"call", "Calls", "call_initiated_at", "One row for each call.",
			callColumns, partsOf(true, callParts),
		},
		{
			"call_team_stats", "Calls team stats", "call_initiated_at", "One row for each team of a call.",
			func() []column {
				team := named("team.call_team_id", "Team", func(r *row) string { return teams[r.conversation.team] })
				return append(callColumns(), team)
			},
			partsOf(true, callParts),
		},
		{
			"call_teammate_stats", "Calls teammate stats", "call_initiated_at", "One row for each teammate whom a call rang.",
			func() []column {
				return slices.Concat(repeated("standard.conversation_id"), callColumns()[:4], callTeammateColumns())
			},
			partsOf(true, callTeammateParts),
		},
		{
			"copilot_prompt_response_pair", "Copilot prompts", "prompt_created_at", "One row for each prompt and its response.",
			func() []column {
				return append(promptColumns(), repeated("standard.conversation_id", "standard.channel")...)
			},
			partsOf(true, promptParts),
		},
	}
}

// repeated are columns of the conversation dataset that another one has too.
func repeated(qualified ...string) []column {
	all := conversationColumns()
	var out []column
	for _, id := range qualified {
		i := slices.IndexFunc(all, func(c column) bool { return c.qualified == id })
		out = append(out, all[i])
	}
	return out
}

func ticketRepeated() []column {
	return repeated(
		"standard.conversation_id", "standard.fin_ai_agent_rating", "standard.channel", "standard.conversation_tag_ids",
		"standard.conversation_started_by", "teammate.currently_assigned_teammate_id",
		"standard.reply_participant_teammate_ids", "standard.last_teammate_rating", "teammate.last_rated_teammate_id",
		"standard.last_teammate_rating_remark", "standard.fin_ai_agent_rating_remark", "standard.current_conversation_state",
		"team.currently_assigned_team_id", "standard.ticket_type_id",
	)
}

const emptyDataset = "copilot_prompt_response_pair"

// builtinTables are the tables of a workspace that brings no datasets.
func builtinTables(g *generator, emptyCopilot bool) []table {
	var tables []table
	for _, b := range builtins() {
		t := table{id: b.id, name: b.name, description: b.description, timeAttribute: b.time, columns: b.columns(), scan: b.scan(g)}
		if emptyCopilot && t.id == emptyDataset {
			t.timeAttribute, t.columns = "", nil
		}
		tables = append(tables, t)
	}
	return tables
}
