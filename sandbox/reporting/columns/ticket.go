package columns

import (
	"strconv"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/reporting/table"
)

// ticketStateNow is the place in ticketStates of a ticket's present state.
func ticketStateNow(r *table.Row) int {
	c := r.Conversation
	var room [8]conversation.Part
	states, now := conversation.TicketStateParts(room[:0], c, r.At), 0
	for k := range states {
		if states[k].Appears <= r.At {
			now = k
		}
	}
	return now
}

// ticketCommon are the columns that both ticket datasets have.
func ticketCommon() []table.Column {
	return []table.Column{
		table.Stamped("timestamp.ticket_created_at", "Ticket created at", partTime),
		table.Named("standard.current_ticket_custom_state_id", "Current ticket custom state", func(r *table.Row) string { return conversation.TicketStates[ticketStateNow(r)] }),
		table.Labelled("standard.current_ticket_state_category", "Current ticket state category", func(r *table.Row) conversation.Label { return conversation.TicketCategories[ticketStateNow(r)] }),
	}
}

func ticketStateColumns() []table.Column {
	return []table.Column{
		table.Measured("duration.ticket_time_in_state", "Time in state (seconds)", func(r *table.Row) (int64, int64) {
			return r.Part.From, r.Part.To // null while it goes on
		}),
		table.Named("standard.ticket_time_in_custom_state", "Ticket state", func(r *table.Row) string { return conversation.TicketStates[r.Part.Kind] }),
		table.Labelled("standard.ticket_time_in_state_category", "Ticket state category", func(r *table.Row) conversation.Label { return conversation.TicketCategories[r.Part.Kind] }),
	}
}

func ticketColumns() []table.Column {
	creator := func(r *table.Row) uint8 { return r.Conversation.Mates[0] }
	resolver := func(r *table.Row) (uint8, bool) {
		mate, _ := r.Conversation.Mate(r.Part.To)
		return mate, conversation.Passed(r.Part.To, r.At)
	}
	return []table.Column{
		table.Stamped("timestamp.ticket_last_resolved_at", "Ticket last resolved at", partTo),
		table.Measured("duration.ticket_time_to_resolve", "Ticket time to resolve", func(r *table.Row) (int64, int64) { return r.Part.From, r.Part.To }),
		table.Remark("standard.ticket_title", "Ticket title", 1000, func(*table.Row) bool { return true }),
		table.Truth("standard.ticket_shared_with_customer", "Shared with customer", func(r *table.Row) bool { return r.Conversation.ID%3 != 0 }),
		table.Labelled("standard.ticket_created_via", "Created via", func(r *table.Row) conversation.Label { return conversation.Channels[r.Conversation.Channel] }),
		table.Named("teammate.ticket_created_by_teammate_id", "Created by", func(r *table.Row) string { return conversation.Teammates[creator(r)] }),
		table.Counted("teammate.ticket_created_by_teammate_raw_id", "", func(r *table.Row) int64 { return conversation.TeammateID(creator(r)) }),
		table.Named("teammate.ticket_resolved_by_teammate_id", "Resolved by", mateName(resolver)),
		table.Counted("teammate.ticket_resolved_by_teammate_raw_id", "", mateID(resolver)),
		table.Text("standard.ticket_url", "Ticket URL", func(b []byte, r *table.Row) []byte {
			return strconv.AppendInt(append(b, "https://app.intercom.com/a/tickets/"...), r.Conversation.ID, 10)
		}),
		table.Remark("standard.ticket_description", "Ticket description", 800, func(*table.Row) bool { return true }),
		table.Counted("standard.ticket_id", "Ticket ID", func(r *table.Row) int64 { return r.Conversation.ID + 500_000_000_000_000 }),
		table.Named(".user_participant_names", "", contactName),
		table.Named(".user_participant_ids", "", contactID),
		table.Named(".user_participant_emails", "", contactEmail),
		table.Stamped("timestamp.conversation_created_at", "Conversation created at", started),
		table.Stamped("timestamp.conversation_updated_at", "Conversation updated at", func(r *table.Row) int64 {
			return max(r.Conversation.Started, conversation.Known(r.Conversation.FirstReply, r.At), r.Conversation.LastClosed(r.At))
		}),
	}
}
