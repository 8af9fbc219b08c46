package columns

import (
	"strconv"

	"intercom-connector/sandbox/conversation"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/reporting/table"
)

// The columns about the customer. Intercom gives them in most datasets; their
// qualified ids were never seen, so they have none here.

func userColumns() []table.Column {
	return []table.Column{
		table.Named(".user_location_continent_code", "Continent", func(r *table.Row) string {
			return conversation.Regions[r.Conversation.Contact%int64(len(conversation.Regions))]
		}),
		table.Named(".user_location_country_code", "Country", func(r *table.Row) string {
			return conversation.Countries[r.Conversation.Contact%int64(len(conversation.Countries))]
		}),
		table.Several(".user_manual_tag_ids", "", 250, directory.Tagged),
		table.Either(".user_role", "", isLead, conversation.Label{"Lead", "Lead"}, conversation.Label{"User", "Usuario"}),
		table.Named(".user_name", "", contactName),
		table.Named(".user_email", "", contactEmail),
		table.Named(".user_pseudonym", "", table.When(isLead, func(r *table.Row) string {
			return directory.Trades[r.Conversation.Contact%4] + " from the forest"
		})),
		table.Named(".user_id", "", contactID),
	}
}

func isLead(r *table.Row) bool { return r.Render.People.IsLead(r.Conversation.Contact) }

func contactID(r *table.Row) string { return r.Render.People.ContactID(r.Conversation.Contact) }

func contactName(r *table.Row) string { return r.Render.People.ContactName(r.Conversation.Contact) }

func contactEmail(r *table.Row) string { return r.Render.People.Email(r.Conversation.Contact) }

func companyColumns() []table.Column {
	of := func(name string, cell func(r *table.Row, company int64) string) table.Column {
		return table.Named(".company_"+name, "", func(r *table.Row) string {
			if company, ok := r.Render.People.CompanyOf(r.Conversation.Contact); ok {
				return cell(r, company)
			}
			return ""
		})
	}
	return []table.Column{
		of("id", func(r *table.Row, k int64) string { return r.Render.People.CompanyID(k) }),
		of("name", func(r *table.Row, k int64) string { return r.Render.People.CompanyName(k) }),
		of("plan_id", func(_ *table.Row, k int64) string { return directory.Plans[k%int64(len(directory.Plans))] }),
		of("size", func(_ *table.Row, k int64) string { return strconv.FormatInt(5+k*37%900, 10) }),
		table.Several(".company_manual_tag_ids", "", 200, directory.Tagged),
	}
}

// customColumns are custom conversation attributes as workspaces have them.
func customColumns() []table.Column {
	return []table.Column{
		table.Custom("conversation.Auto-translated", 300, "true", "false"),
		table.Custom("conversation.External ID", 200, "EXT-0042", "EXT,0043", "ext/0044"),
		table.Custom("conversation.Fin AI Agent: Preview", 100, "true", "false"),
		table.Custom("conversation.AI Tone of Voice", 250, "Friendly", "Neutral", "Matter-of-fact"),
		table.Custom("conversation.AI Answer Length", 250, "Concise", "Standard", "Thorough"),
		table.Custom("conversation.AI Pronoun Formality", 150, "Informal", "Formal"),
		table.Custom("conversation.Workflow: Preview", 80, "true", "false"),
		table.Custom("conversation.Fin AI Agent resolution state", 400, "Routed to team", "Confirmed resolution", "Assumed resolution"),
		table.Custom("conversation.Last outbound call state", 60, "Completed", "No answer"),
		table.Custom("conversation.Workspace phone number", 60, "+1 555 0100", "+49 30 555 0101"),
		table.Custom("conversation.Merged", 40, "true"),
		table.Custom("conversation.Fin AI Agent: Action used in reply", 120, "Look up order", "Refund, partial"),
		table.Custom("conversation.Fin AI Agent: Fin workflow used", 120, "Order status", "Password reset"),
		table.Custom("conversation.AI Topic", 600, conversation.Topics...),
		table.Custom("conversation.AI Subtopic", 500, "Two-factor login", "CSV, encoding", "Late parcel"),
		table.Remark("conversation.AI Issue summary", "", 700, func(*table.Row) bool { return true }),
		table.Named("conversation.Brand", "Brand", func(r *table.Row) string { return conversation.Brands[r.Conversation.Brand] }),
		table.Custom("conversation.Created by app package code", 50, "whatsapp-fz8d", "phone-x1"),
		table.Custom("conversation.Replying from WhatsApp", 90, "true", "false"),
		table.Custom("conversation.Slack workspace", 70, "northlight-hq"),
		table.Custom("conversation.Slack channel", 70, "#help", "#ops, internal"),
		table.Custom("conversation.Ticket category", 200, "Customer ticket", "Back-office ticket", "Tracker ticket"),
		table.Truth("conversation.Copilot used", "", func(r *table.Row) bool { return r.Conversation.Prompts > 0 }),
	}
}

func languageColumn() table.Column {
	return table.Named("conversation.Language", "", func(r *table.Row) string { return conversation.Languages[r.Conversation.Language] })
}
