package columns

import (
	"slices"
	"strconv"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/reporting/table"
)

// The columns that tell of a conversation. Those of the conversation dataset
// are all here; other datasets repeat some of them.

func conversationColumns() []table.Column {
	return slices.Concat(
		conversationCore(),
		conversationTimes(),
		conversationPeople(),
		conversationRatings(),
		conversationCustom(),
	)
}

func conversationCore() []table.Column {
	return []table.Column{
		table.Counted("standard.conversation_id", "Conversation ID", func(r *table.Row) int64 { return r.Conversation.ID }),
		table.Stamped("timestamp.conversation_started_at", "Conversation started at", started),
		table.Labelled("standard.channel", "Channel", func(r *table.Row) conversation.Label { return conversation.Channels[r.Conversation.Channel] }),
		table.Labelled("standard.current_conversation_state", "Current conversation state", func(r *table.Row) conversation.Label { return r.Conversation.State(r.At) }),
		table.Labelled("standard.conversation_state", "Conversation state", func(r *table.Row) conversation.Label { return r.Conversation.State(r.At) }),
		table.Labelled("standard.conversation_started_by", "Started by", func(r *table.Row) conversation.Label { return conversation.Starters[r.Conversation.StartedBy] }),
		table.Several("standard.conversation_tag_ids", "Conversation tag", 400, directory.Tagged),
		table.Several("standard.topics", "Topics", 700, conversation.Topics),
		table.Named("standard.language", "Language", func(r *table.Row) string { return conversation.Languages[r.Conversation.Language] }),
		table.Either("standard.agent_type", "Agent type", func(r *table.Row) bool { return r.Conversation.MateCount == 0 }, conversation.AgentFin, conversation.AgentHuman),
		table.Counted("standard.reassignments_count", "Reassignments", reassignments),
		table.Counted("standard.teammate_replies_count", "Teammate replies", replies),
		table.Counted("standard.teammate_replies_to_close", "Teammate replies to close", func(r *table.Row) int64 {
			return replies(r) - 1000*table.Unless(conversation.Passed(r.Conversation.Closed, r.At))
		}),
		table.Truth("standard.is_resolved_on_first_contact", "Resolved on first contact", func(r *table.Row) bool {
			return conversation.Passed(r.Conversation.Closed, r.At) && replies(r) <= 1 && !conversation.Passed(r.Conversation.Reopened, r.At)
		}),
		table.Labelled("standard.conversation_call_types", "Call types", table.When(withCall, callDirection)),
		table.Truth("standard.conversation_has_calls", "Has calls", withCall),
		table.Named("standard.ticket_type_id", "Ticket type", ticketType),
		table.Text("conversation.admin_url", "Conversation URL", func(b []byte, r *table.Row) []byte {
			return strconv.AppendInt(append(b, "https://app.intercom.com/a/inbox/sandbox/inbox/conversation/"...), r.Conversation.ID, 10)
		}),
	}
}

func started(r *table.Row) int64 { return r.Conversation.Started }

func withCall(r *table.Row) bool { return r.Conversation.Call }

func callDirection(r *table.Row) conversation.Label { return callDirections[r.Conversation.ID&1] }

func reassignments(r *table.Row) int64 {
	n := int64(0)
	for k := 1; k < r.Conversation.MateCount; k++ {
		n += 1 - table.Unless(conversation.Passed(r.Conversation.Assigned[k], r.At))
	}
	return n
}

func replies(r *table.Row) int64 { return r.Conversation.RepliesBy(r.At) }

func ticketType(r *table.Row) string {
	if c := r.Conversation; c.Ticket && c.FirstReply <= r.At {
		return conversation.TicketTypes[c.ID%int64(len(conversation.TicketTypes))]
	}
	return ""
}

func conversationTimes() []table.Column {
	toReply := func(r *table.Row) (int64, int64) { return r.Conversation.Started, r.Conversation.FirstReply }
	toFirstClose := func(r *table.Row) (int64, int64) { return r.Conversation.Started, r.Conversation.Closed }
	toClose := func(r *table.Row) (int64, int64) { return r.Conversation.Started, r.Conversation.LastClosed(r.At) }
	assignedToClose := func(r *table.Row) (int64, int64) { return r.Conversation.Assigned[0], r.Conversation.LastClosed(r.At) }
	handled := func(r *table.Row) (int64, int64) { return r.Conversation.FirstReply, r.Conversation.Closed }
	return []table.Column{
		table.Stamped("timestamp.conversation_first_closed_at", "Conversation first closed at", func(r *table.Row) int64 { return r.Conversation.Closed }),
		table.Stamped("timestamp.conversation_last_closed_at", "Conversation last closed at", func(r *table.Row) int64 { return r.Conversation.LastClosed(r.At) }),
		table.Stamped("timestamp.conversation_first_teammate_reply_at", "First teammate reply at", func(r *table.Row) int64 { return r.Conversation.FirstReply }),
		table.Measured("duration.conversation_first_response_time", "First response time (seconds)", toReply),
		table.Measured("duration.first_response_time_excluding_bot_inbox", "First response time, excluding bot inbox (seconds)", toReply),
		table.MeasuredInOffice("duration.first_response_time_excluding_bot_inbox_in_office_hours", "", toReply),
		table.MeasuredInOffice("duration.first_response_time_in_office_hours", "", toReply),
		table.Measured("duration.conversation_handling_time", "Handling time (seconds)", handled),
		table.Measured("duration.time_from_first_assignment_to_close", "", assignedToClose),
		table.MeasuredInOffice("duration.time_from_first_assignment_to_close_in_office_hours", "", assignedToClose),
		table.Measured("duration.conversation_time_to_close", "Time to close (seconds)", toClose),
		table.Measured("duration.time_to_close_excluding_bot_inbox", "", toClose),
		table.MeasuredInOffice("duration.time_to_close_excluding_bot_inbox_in_office_hours", "", toClose),
		table.MeasuredInOffice("duration.time_to_close_in_office_hours", "", toClose),
		table.Measured("duration.time_to_first_close", "Time to first close (seconds)", toFirstClose),
		table.MeasuredInOffice("duration.time_to_first_close_in_office_hours", "", toFirstClose),
		table.Measured("duration.time_to_first_close_excluding_bot_inbox", "", toFirstClose),
		table.MeasuredInOffice("duration.time_to_first_close_excluding_bot_inbox_in_office_hours", "", toFirstClose),
	}
}

func conversationPeople() []table.Column {
	team := func(r *table.Row) (uint8, bool) {
		_, assigned := r.Conversation.Mate(r.At)
		return r.Conversation.Team, assigned
	}
	return []table.Column{
		table.Named("team.currently_assigned_team_id", "Team currently assigned", func(r *table.Row) string {
			if t, ok := team(r); ok {
				return conversation.Teams[t]
			}
			return ""
		}),
		table.Counted("team.currently_assigned_team_raw_id", "", func(r *table.Row) int64 {
			if t, ok := team(r); ok {
				return conversation.TeamID(t)
			}
			return -1
		}),
		table.Named("teammate.currently_assigned_teammate_id", "Teammate currently assigned", mateName(assignee)),
		table.Counted("teammate.currently_assigned_teammate_raw_id", "", mateID(assignee)),
		table.Named("teammate.first_closing_teammate_id", "First closed by", mateName(firstCloser)),
		table.Named("teammate.last_closing_teammate_id", "Last closed by", table.When(func(r *table.Row) bool { return r.Conversation.LastClosed(r.At) != 0 }, mateName(assignee))),
		table.Named("teammate.first_replying_teammate_id", "First replied by", mateName(func(r *table.Row) (uint8, bool) {
			return r.Conversation.Mates[0], conversation.Passed(r.Conversation.FirstReply, r.At)
		})),
		table.Text("standard.reply_participant_teammate_ids", "Teammates who replied", participants),
		table.Text("teammate.call_participant_teammate_ids", "", func(b []byte, r *table.Row) []byte {
			if !r.Conversation.Call {
				return b
			}
			return participants(b, r)
		}),
	}
}

// mateName is the name of a teammate, if there is one.
func mateName(of func(r *table.Row) (mate uint8, is bool)) func(r *table.Row) string {
	return func(r *table.Row) string {
		if mate, is := of(r); is {
			return conversation.Teammates[mate]
		}
		return ""
	}
}

// mateID is the id of a teammate, as mateName is the name.
func mateID(of func(r *table.Row) (mate uint8, is bool)) func(r *table.Row) int64 {
	return func(r *table.Row) int64 {
		if mate, is := of(r); is {
			return conversation.TeammateID(mate)
		}
		return -1
	}
}

func assignee(r *table.Row) (mate uint8, is bool) { return r.Conversation.Mate(r.At) }

func firstCloser(r *table.Row) (mate uint8, is bool) {
	c := r.Conversation
	mate, is = c.Mate(c.Closed)
	return mate, is && conversation.Passed(c.Closed, r.At)
}

// participants lists the numeric ids of all who were assigned so far.
func participants(b []byte, r *table.Row) []byte {
	for k := range r.Conversation.MateCount {
		if !conversation.Passed(r.Conversation.Assigned[k], r.At) {
			break
		}
		if k > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, conversation.TeammateID(r.Conversation.Mates[k]), 10)
	}
	return b
}

func conversationCustom() []table.Column {
	return []table.Column{
		table.Truth("conversation.Copilot used", "", func(r *table.Row) bool { return r.Conversation.Prompts > 0 }),
		table.Named("people.Brand", "Brand", func(r *table.Row) string {
			return conversation.Brands[r.Conversation.Contact%int64(len(conversation.Brands))]
		}),
		table.Named("conversation.Brand", "Brand", func(r *table.Row) string { return conversation.Brands[r.Conversation.Brand] }),
		table.Custom("conversation.Escalation Reason: 2nd", 150, "Angry customer, twice", "Legal: GDPR", "Said \"urgent\"", "VIP"),
		table.Counted("conversation.# clients", "", func(r *table.Row) int64 { return int64(r.Conversation.Seed>>40)%50 - 5 }),
		table.Custom("conversation.integration", 300, "slack", "salesforce", "jira"),
		table.Custom("conversation.Integration", 300, "Slack (Legacy)", "HubSpot, Inc.", "none"),
		table.Custom("people.Größe", 500, "klein", "mittelgroß", "groß"),
		table.Custom("acme.Score", 250, "1", "2.5", "n/a"),
	}
}
