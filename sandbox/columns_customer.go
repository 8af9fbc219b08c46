package sandbox

import "strconv"

// The columns about the customer. Intercom gives them in most datasets; their
// qualified ids were never seen, so they have none here.

func userColumns() []column {
	return []column{
		named(".user_location_continent_code", "Continent", func(r *row) string { return regions[r.conversation.contact%int64(len(regions))] }),
		named(".user_location_country_code", "Country", func(r *row) string { return countries[r.conversation.contact%int64(len(countries))] }),
		several(".user_manual_tag_ids", "", 250, tagged),
		labelled(".user_role", "", func(r *row) label {
			if r.render.people.isLead(r.conversation.contact) {
				return label{"Lead", "Lead"}
			}
			return label{"User", "Usuario"}
		}),
		text(".user_name", "", func(b []byte, r *row) []byte {
			return append(b, r.render.people.contactName(r.conversation.contact)...)
		}),
		text(".user_email", "", func(b []byte, r *row) []byte { return append(b, r.render.people.email(r.conversation.contact)...) }),
		text(".user_pseudonym", "", func(b []byte, r *row) []byte {
			if !r.render.people.isLead(r.conversation.contact) {
				return b
			}
			return append(append(b, trades[r.conversation.contact%4]...), " from the forest"...)
		}),
		text(".user_id", "", func(b []byte, r *row) []byte { return append(b, r.render.people.contactID(r.conversation.contact)...) }),
	}
}

func companyColumns() []column {
	of := func(r *row) (int64, bool) { return r.render.people.companyOf(r.conversation.contact) }
	when := func(write func(b []byte, r *row, company int64) []byte) func(b []byte, r *row) []byte {
		return func(b []byte, r *row) []byte {
			if company, ok := of(r); ok {
				return write(b, r, company)
			}
			return b
		}
	}
	return []column{
		text(".company_id", "", when(func(b []byte, r *row, k int64) []byte { return append(b, r.render.people.companyID(k)...) })),
		text(".company_name", "", when(func(b []byte, r *row, k int64) []byte { return append(b, r.render.people.companyName(k)...) })),
		text(".company_plan_id", "", when(func(b []byte, _ *row, k int64) []byte { return append(b, plans[k%int64(len(plans))]...) })),
		text(".company_size", "", when(func(b []byte, _ *row, k int64) []byte { return strconv.AppendInt(b, 5+k*37%900, 10) })),
		several(".company_manual_tag_ids", "", 200, tagged),
	}
}

// customColumns are custom conversation attributes as workspaces have them.
func customColumns() []column {
	return []column{
		custom("conversation.Auto-translated", 300, "true", "false"),
		custom("conversation.External ID", 200, "EXT-0042", "EXT,0043", "ext/0044"),
		custom("conversation.Fin AI Agent: Preview", 100, "true", "false"),
		custom("conversation.AI Tone of Voice", 250, "Friendly", "Neutral", "Matter-of-fact"),
		custom("conversation.AI Answer Length", 250, "Concise", "Standard", "Thorough"),
		custom("conversation.AI Pronoun Formality", 150, "Informal", "Formal"),
		custom("conversation.Workflow: Preview", 80, "true", "false"),
		custom("conversation.Fin AI Agent resolution state", 400, "Routed to team", "Confirmed resolution", "Assumed resolution"),
		custom("conversation.Last outbound call state", 60, "Completed", "No answer"),
		custom("conversation.Workspace phone number", 60, "+1 555 0100", "+49 30 555 0101"),
		custom("conversation.Merged", 40, "true"),
		custom("conversation.Fin AI Agent: Action used in reply", 120, "Look up order", "Refund, partial"),
		custom("conversation.Fin AI Agent: Fin workflow used", 120, "Order status", "Password reset"),
		custom("conversation.AI Topic", 600, topics...),
		custom("conversation.AI Subtopic", 500, "Two-factor login", "CSV, encoding", "Late parcel"),
		remark("conversation.AI Issue summary", "", 700, func(*row) bool { return true }),
		named("conversation.Brand", "Brand", func(r *row) string { return brands[r.conversation.brand] }),
		custom("conversation.Created by app package code", 50, "whatsapp-fz8d", "phone-x1"),
		custom("conversation.Replying from WhatsApp", 90, "true", "false"),
		custom("conversation.Slack workspace", 70, "northlight-hq"),
		custom("conversation.Slack channel", 70, "#help", "#ops, internal"),
		custom("conversation.Ticket category", 200, "Customer ticket", "Back-office ticket", "Tracker ticket"),
		truth("conversation.Copilot used", "", func(r *row) bool { return r.conversation.prompts > 0 }),
	}
}

func languageColumn() column {
	return named("conversation.Language", "", func(r *row) string { return languages[r.conversation.language] })
}
