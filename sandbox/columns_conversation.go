package sandbox

import (
	"slices"
	"strconv"
)

// The columns that tell of a conversation. Those of the conversation dataset
// are all here; other datasets repeat some of them.

func conversationColumns() []column {
	return slices.Concat(
		conversationCore(),
		conversationTimes(),
		conversationPeople(),
		conversationRatings(),
		conversationCustom(),
	)
}

func conversationCore() []column {
	return []column{
		counted("standard.conversation_id", "Conversation ID", func(r *row) int64 { return r.conversation.id }),
		stamped("timestamp.conversation_started_at", "Conversation started at", started),
		labelled("standard.channel", "Channel", func(r *row) label { return channels[r.conversation.channel] }),
		labelled("standard.current_conversation_state", "Current conversation state", func(r *row) label { return r.conversation.state(r.at) }),
		labelled("standard.conversation_state", "Conversation state", func(r *row) label { return r.conversation.state(r.at) }),
		labelled("standard.conversation_started_by", "Started by", func(r *row) label { return starters[r.conversation.startedBy] }),
		several("standard.conversation_tag_ids", "Conversation tag", 400, tagged),
		several("standard.topics", "Topics", 700, topics),
		named("standard.language", "Language", func(r *row) string { return languages[r.conversation.language] }),
		labelled("standard.agent_type", "Agent type", func(r *row) label {
			if r.conversation.mateCount == 0 {
				return agentFin
			}
			return agentHuman
		}),
		counted("standard.reassignments_count", "Reassignments", reassignments),
		counted("standard.teammate_replies_count", "Teammate replies", replies),
		counted("standard.teammate_replies_to_close", "Teammate replies to close", func(r *row) int64 {
			return replies(r) - 1000*unless(passed(r.conversation.closed, r.at))
		}),
		truth("standard.is_resolved_on_first_contact", "Resolved on first contact", func(r *row) bool {
			return passed(r.conversation.closed, r.at) && replies(r) <= 1 && !passed(r.conversation.reopened, r.at)
		}),
		labelled("standard.conversation_call_types", "Call types", func(r *row) label {
			if !r.conversation.call {
				return label{}
			}
			return callDirections[r.conversation.id&1]
		}),
		truth("standard.conversation_has_calls", "Has calls", func(r *row) bool { return r.conversation.call }),
		named("standard.ticket_type_id", "Ticket type", ticketType),
		text("conversation.admin_url", "Conversation URL", func(b []byte, r *row) []byte {
			return strconv.AppendInt(append(b, "https://app.intercom.com/a/inbox/sandbox/inbox/conversation/"...), r.conversation.id, 10)
		}),
	}
}

func started(r *row) int64 { return r.conversation.started }

func reassignments(r *row) int64 {
	n := int64(0)
	for k := 1; k < r.conversation.mateCount; k++ {
		n += 1 - unless(passed(r.conversation.assigned[k], r.at))
	}
	return n
}

func replies(r *row) int64 { return r.conversation.repliesBy(r.at) }

func ticketType(r *row) string {
	if c := &r.conversation; c.ticket && c.firstReply <= r.at {
		return ticketTypes[c.id%int64(len(ticketTypes))]
	}
	return ""
}

func conversationTimes() []column {
	toReply := func(r *row) (int64, int64) { return r.conversation.started, r.conversation.firstReply }
	toFirstClose := func(r *row) (int64, int64) { return r.conversation.started, r.conversation.closed }
	toClose := func(r *row) (int64, int64) { return r.conversation.started, r.conversation.lastClosed(r.at) }
	assignedToClose := func(r *row) (int64, int64) { return r.conversation.assigned[0], r.conversation.lastClosed(r.at) }
	handled := func(r *row) (int64, int64) { return r.conversation.firstReply, r.conversation.closed }
	return []column{
		stamped("timestamp.conversation_first_closed_at", "Conversation first closed at", func(r *row) int64 { return r.conversation.closed }),
		stamped("timestamp.conversation_last_closed_at", "Conversation last closed at", func(r *row) int64 { return r.conversation.lastClosed(r.at) }),
		stamped("timestamp.conversation_first_teammate_reply_at", "First teammate reply at", func(r *row) int64 { return r.conversation.firstReply }),
		measured("duration.conversation_first_response_time", "First response time (seconds)", toReply),
		measured("duration.first_response_time_excluding_bot_inbox", "First response time, excluding bot inbox (seconds)", toReply),
		measuredInOffice("duration.first_response_time_excluding_bot_inbox_in_office_hours", "", toReply),
		measuredInOffice("duration.first_response_time_in_office_hours", "", toReply),
		measured("duration.conversation_handling_time", "Handling time (seconds)", handled),
		measured("duration.time_from_first_assignment_to_close", "", assignedToClose),
		measuredInOffice("duration.time_from_first_assignment_to_close_in_office_hours", "", assignedToClose),
		measured("duration.conversation_time_to_close", "Time to close (seconds)", toClose),
		measured("duration.time_to_close_excluding_bot_inbox", "", toClose),
		measuredInOffice("duration.time_to_close_excluding_bot_inbox_in_office_hours", "", toClose),
		measuredInOffice("duration.time_to_close_in_office_hours", "", toClose),
		measured("duration.time_to_first_close", "Time to first close (seconds)", toFirstClose),
		measuredInOffice("duration.time_to_first_close_in_office_hours", "", toFirstClose),
		measured("duration.time_to_first_close_excluding_bot_inbox", "", toFirstClose),
		measuredInOffice("duration.time_to_first_close_excluding_bot_inbox_in_office_hours", "", toFirstClose),
	}
}

func conversationPeople() []column {
	team := func(r *row) (uint8, bool) {
		_, assigned := r.conversation.mate(r.at)
		return r.conversation.team, assigned
	}
	return []column{
		named("team.currently_assigned_team_id", "Team currently assigned", func(r *row) string {
			if t, ok := team(r); ok {
				return teams[t]
			}
			return ""
		}),
		counted("team.currently_assigned_team_raw_id", "", func(r *row) int64 {
			if t, ok := team(r); ok {
				return teamID(t)
			}
			return -1
		}),
		named("teammate.currently_assigned_teammate_id", "Teammate currently assigned", assignee),
		counted("teammate.currently_assigned_teammate_raw_id", "", assigneeID),
		named("teammate.first_closing_teammate_id", "First closed by", firstCloser),
		named("teammate.last_closing_teammate_id", "Last closed by", func(r *row) string {
			if r.conversation.lastClosed(r.at) == 0 {
				return ""
			}
			return assignee(r)
		}),
		named("teammate.first_replying_teammate_id", "First replied by", func(r *row) string {
			if !passed(r.conversation.firstReply, r.at) {
				return ""
			}
			return teammates[r.conversation.mates[0]]
		}),
		text("standard.reply_participant_teammate_ids", "Teammates who replied", participants),
		text("teammate.call_participant_teammate_ids", "", func(b []byte, r *row) []byte {
			if !r.conversation.call {
				return b
			}
			return participants(b, r)
		}),
	}
}

func assignee(r *row) string {
	if mate, ok := r.conversation.mate(r.at); ok {
		return teammates[mate]
	}
	return ""
}

func assigneeID(r *row) int64 {
	if mate, ok := r.conversation.mate(r.at); ok {
		return teammateID(mate)
	}
	return -1
}

func firstCloser(r *row) string {
	c := &r.conversation
	if mate, ok := c.mate(c.closed); ok && passed(c.closed, r.at) {
		return teammates[mate]
	}
	return ""
}

// participants lists the numeric ids of all who were assigned so far.
func participants(b []byte, r *row) []byte {
	for k := range r.conversation.mateCount {
		if !passed(r.conversation.assigned[k], r.at) {
			break
		}
		if k > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, teammateID(r.conversation.mates[k]), 10)
	}
	return b
}

func conversationCustom() []column {
	return []column{
		truth("conversation.Copilot used", "", func(r *row) bool { return r.conversation.prompts > 0 }),
		named("people.Brand", "Brand", func(r *row) string { return brands[r.conversation.contact%int64(len(brands))] }),
		named("conversation.Brand", "Brand", func(r *row) string { return brands[r.conversation.brand] }),
		custom("conversation.Escalation Reason: 2nd", 150, "Angry customer, twice", "Legal: GDPR", "Said \"urgent\"", "VIP"),
		counted("conversation.# clients", "", func(r *row) int64 { return int64(r.conversation.seed>>40)%50 - 5 }),
		custom("conversation.integration", 300, "slack", "salesforce", "jira"),
		custom("conversation.Integration", 300, "Slack (Legacy)", "HubSpot, Inc.", "none"),
		custom("people.Größe", 500, "klein", "mittelgroß", "groß"),
		custom("acme.Score", 250, "1", "2.5", "n/a"),
	}
}
