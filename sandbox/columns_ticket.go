package sandbox

import "strconv"

// ticketStateNow is the place in ticketStates of a ticket's present state.
func ticketStateNow(r *row) int {
	c := &r.conversation
	var room [8]part
	states, now := ticketStateParts(room[:0], c, r.at), 0
	for k := range states {
		if states[k].appears <= r.at {
			now = k
		}
	}
	return now
}

// ticketCommon are the columns that both ticket datasets have.
func ticketCommon() []column {
	return []column{
		stamped("timestamp.ticket_created_at", "Ticket created at", partTime),
		named("standard.current_ticket_custom_state_id", "Current ticket custom state", func(r *row) string { return ticketStates[ticketStateNow(r)] }),
		labelled("standard.current_ticket_state_category", "Current ticket state category", func(r *row) label { return ticketCategories[ticketStateNow(r)] }),
	}
}

func ticketStateColumns() []column {
	return []column{
		measured("duration.ticket_time_in_state", "Time in state (seconds)", func(r *row) (int64, int64) {
			return r.part.from, r.part.to // null while it goes on
		}),
		named("standard.ticket_time_in_custom_state", "Ticket state", func(r *row) string { return ticketStates[r.part.kind] }),
		labelled("standard.ticket_time_in_state_category", "Ticket state category", func(r *row) label { return ticketCategories[r.part.kind] }),
	}
}

func ticketColumns() []column {
	creator := func(r *row) uint8 { return r.conversation.mates[0] }
	resolver := func(r *row) (uint8, bool) {
		mate, _ := r.conversation.mate(r.part.to)
		return mate, passed(r.part.to, r.at)
	}
	return []column{
		stamped("timestamp.ticket_last_resolved_at", "Ticket last resolved at", func(r *row) int64 { return r.part.to }),
		measured("duration.ticket_time_to_resolve", "Ticket time to resolve", func(r *row) (int64, int64) { return r.part.from, r.part.to }),
		remark("standard.ticket_title", "Ticket title", 1000, func(*row) bool { return true }),
		truth("standard.ticket_shared_with_customer", "Shared with customer", func(r *row) bool { return r.conversation.id%3 != 0 }),
		labelled("standard.ticket_created_via", "Created via", func(r *row) label { return channels[r.conversation.channel] }),
		named("teammate.ticket_created_by_teammate_id", "Created by", func(r *row) string { return teammates[creator(r)] }),
		counted("teammate.ticket_created_by_teammate_raw_id", "", func(r *row) int64 { return teammateID(creator(r)) }),
		named("teammate.ticket_resolved_by_teammate_id", "Resolved by", func(r *row) string {
			if mate, ok := resolver(r); ok {
				return teammates[mate]
			}
			return ""
		}),
		counted("teammate.ticket_resolved_by_teammate_raw_id", "", func(r *row) int64 {
			if mate, ok := resolver(r); ok {
				return teammateID(mate)
			}
			return -1
		}),
		text("standard.ticket_url", "Ticket URL", func(b []byte, r *row) []byte {
			return strconv.AppendInt(append(b, "https://app.intercom.com/a/tickets/"...), r.conversation.id, 10)
		}),
		remark("standard.ticket_description", "Ticket description", 800, func(*row) bool { return true }),
		counted("standard.ticket_id", "Ticket ID", func(r *row) int64 { return r.conversation.id + 500_000_000_000_000 }),
		text(".user_participant_names", "", func(b []byte, r *row) []byte {
			return append(b, r.render.people.contactName(r.conversation.contact)...)
		}),
		text(".user_participant_ids", "", func(b []byte, r *row) []byte { return append(b, r.render.people.contactID(r.conversation.contact)...) }),
		text(".user_participant_emails", "", func(b []byte, r *row) []byte { return append(b, r.render.people.email(r.conversation.contact)...) }),
		stamped("timestamp.conversation_created_at", "Conversation created at", started),
		stamped("timestamp.conversation_updated_at", "Conversation updated at", func(r *row) int64 {
			return max(r.conversation.started, known(r.conversation.firstReply, r.at), r.conversation.lastClosed(r.at))
		}),
	}
}
