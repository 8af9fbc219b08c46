// Package columns holds the thirteen built-in datasets and what each of their
// attributes tells of a conversation.
package columns

import (
	"slices"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/table"
)

// What each built-in dataset holds. Ids, names and attributes follow what
// Intercom's reporting export is known to offer; copilot_prompt_response_pair
// is known by name only, so its attributes are made up.
type builtin struct {
	id, name, time, description string
	columns                     func() []table.Column
	scan                        func(g *conversation.Generator) conversation.Scan
}

// partsOf is the scan of a dataset of conversations' parts.
func partsOf(spread bool, parts func(p []conversation.Part, c *conversation.Conversation, at int64) []conversation.Part) func(*conversation.Generator) conversation.Scan {
	return func(g *conversation.Generator) conversation.Scan { return g.ScanParts(spread, parts) }
}

func builtins() []builtin {
	return []builtin{
		{
			"conversation", "Conversation", "conversation_started_at", "One row for each conversation.",
			conversationColumns, partsOf(false, conversation.WholeConversation),
		},
		{
			"consolidated_conversation_part", "Conversation actions", "action_time", "One row for each action in a conversation.",
			func() []table.Column {
				return slices.Concat(actionColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.channel",
					"standard.conversation_started_by", "standard.conversation_tag_ids", "team.currently_assigned_team_id",
					"standard.topics", "timestamp.conversation_started_at", "standard.reply_participant_teammate_ids",
					"standard.last_teammate_rating", "standard.fin_ai_agent_rating", "teammate.last_rated_teammate_id",
				), companyColumns(), userColumns(), customColumns())
			},
			partsOf(true, conversation.ActionParts),
		},
		{
			"conversation_rating_sent", "Conversation ratings", "conversation_rating_updated_at", "One row for each rating.",
			func() []table.Column {
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
			partsOf(true, conversation.RatingParts),
		},
		{
			"conversation_sla_status_log", "Conversation SLAs", "sla_started_at", "One row for each SLA that applied.",
			func() []table.Column {
				return slices.Concat(slaColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.reply_participant_teammate_ids",
					"standard.channel", "standard.conversation_started_by", "standard.conversation_tag_ids",
					"team.currently_assigned_team_id", "standard.topics", "standard.ticket_type_id",
				), userColumns(), customColumns(), []table.Column{languageColumn()})
			},
			partsOf(true, conversation.SlaParts),
		},
		{
			"conversation_state", "Conversation states", "conversation_state_started_at", "One row for each state a conversation was in.",
			func() []table.Column {
				return slices.Concat(stateColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.channel",
					"standard.conversation_started_by", "standard.conversation_tag_ids", "team.currently_assigned_team_id",
					"standard.topics", "timestamp.conversation_started_at", "standard.reply_participant_teammate_ids",
					"standard.last_teammate_rating", "standard.fin_ai_agent_rating", "teammate.last_rated_teammate_id",
				), userColumns(), companyColumns(), customColumns())
			},
			partsOf(true, conversation.StateParts),
		},
		{
			"teammate_handling_conversation", "Teammate handling", "conversation_started_at", "One row for each teammate who handled a conversation.",
			func() []table.Column {
				return slices.Concat(handlingColumns(), repeated(
					"standard.conversation_id", "teammate.currently_assigned_teammate_id", "standard.reply_participant_teammate_ids",
					"standard.channel", "standard.conversation_started_by", "standard.conversation_tag_ids",
					"team.currently_assigned_team_id", "timestamp.conversation_started_at",
				), userColumns(), customColumns(), []table.Column{languageColumn()})
			},
			partsOf(false, conversation.HandlingParts),
		},
		{
			"ticket_time_in_state", "Ticket time in state", "ticket_created_at", "One row for each state a ticket was in.",
			func() []table.Column {
				return slices.Concat(ticketStateColumns(), ticketCommon(), ticketRepeated(), companyColumns(), userColumns(), customColumns())
			},
			partsOf(true, conversation.TicketStateParts),
		},
		{
			"tickets", "Tickets dataset", "ticket_created_at", "One row for each ticket.",
			func() []table.Column {
				return slices.Concat(ticketCommon(), ticketColumns(), ticketRepeated(), repeated(
					"teammate.currently_assigned_teammate_raw_id", "team.currently_assigned_team_raw_id",
				), companyColumns(), userColumns(), customColumns())
			},
			partsOf(true, conversation.TicketParts),
		},
		{
			"admin_status_change", "Teammate status period", "teammate_status_period_started_at", "One row for each period of a teammate's status.",
			shiftColumns, func(g *conversation.Generator) conversation.Scan { return g.ScanShifts },
		},
		{
			"call", "Calls", "call_initiated_at", "One row for each call.",
			callColumns, partsOf(true, conversation.CallParts),
		},
		{
			"call_team_stats", "Calls team stats", "call_initiated_at", "One row for each team of a call.",
			func() []table.Column {
				return append(callColumns(), table.Named("team.call_team_id", "Team", teamName))
			},
			partsOf(true, conversation.CallParts),
		},
		{
			"call_teammate_stats", "Calls teammate stats", "call_initiated_at", "One row for each teammate whom a call rang.",
			func() []table.Column {
				return slices.Concat(repeated("standard.conversation_id"), callColumns()[:4], callTeammateColumns())
			},
			partsOf(true, conversation.CallTeammateParts),
		},
		{
			"copilot_prompt_response_pair", "Copilot prompts", "prompt_created_at", "One row for each prompt and its response.",
			func() []table.Column {
				return append(promptColumns(), repeated("standard.conversation_id", "standard.channel")...)
			},
			partsOf(true, conversation.PromptParts),
		},
	}
}

// repeated are columns of the conversation dataset that another one has too.
func repeated(qualified ...string) []table.Column {
	all := conversationColumns()
	var out []table.Column
	for _, id := range qualified {
		i := slices.IndexFunc(all, func(c table.Column) bool { return c.Qualified == id })
		out = append(out, all[i])
	}
	return out
}

func ticketRepeated() []table.Column {
	return repeated(
		"standard.conversation_id", "standard.fin_ai_agent_rating", "standard.channel", "standard.conversation_tag_ids",
		"standard.conversation_started_by", "teammate.currently_assigned_teammate_id",
		"standard.reply_participant_teammate_ids", "standard.last_teammate_rating", "teammate.last_rated_teammate_id",
		"standard.last_teammate_rating_remark", "standard.fin_ai_agent_rating_remark", "standard.current_conversation_state",
		"team.currently_assigned_team_id", "standard.ticket_type_id",
	)
}

const emptyDataset = "copilot_prompt_response_pair"

// BuiltinTables are the tables of a workspace that brings no datasets.
func BuiltinTables(g *conversation.Generator, emptyCopilot bool) []table.Table {
	var tables []table.Table
	for _, b := range builtins() {
		t := table.Table{ID: b.id, Name: b.name, Description: b.description, TimeAttribute: b.time, Columns: b.columns(), Scan: rows(b.scan(g))}
		if emptyCopilot && t.ID == emptyDataset {
			t.TimeAttribute, t.Columns = "", nil
		}
		tables = append(tables, t)
	}
	return tables
}

// rows makes a table's scan of a scan of conversations' parts.
func rows(parts conversation.Scan) func(conversation.Selection, func(*table.Row) bool) {
	return func(s conversation.Selection, yield func(*table.Row) bool) {
		r := table.Row{At: s.At.Unix()}
		parts(s, func(c *conversation.Conversation, p *conversation.Part) bool {
			r.Conversation, r.Part, r.Time = c, *p, p.Time
			return yield(&r)
		})
	}
}

// UnknownID is the id of Unknown.
const UnknownID = "workflow_step"

// Unknown is a dataset that a reader knows nothing of beforehand.
func Unknown(g *conversation.Generator) table.Table {
	return table.Table{
		ID: UnknownID, Name: "Workflow steps", TimeAttribute: "workflow_step_entered_at",
		Description: "One row for each step of a workflow.",
		Columns: slices.Concat([]table.Column{
			table.Stamped("timestamp.workflow_step_entered_at", "", partTime),
			table.Counted("standard.workflow_step_id", "", func(r *table.Row) int64 { return r.Conversation.ID*100 + r.Part.K }),
			table.Named("standard.workflow_step_name", "", func(r *table.Row) string { return "Step, no. " + string('1'+rune(r.Part.K%9)) }),
		}, repeated("standard.conversation_id", "standard.channel")),
		Scan: rows(g.ScanParts(true, conversation.ActionParts)),
	}
}
