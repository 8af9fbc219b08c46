package connector

import (
	"context"
	"strconv"
	"strings"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/dataset"
	sdk "intercom-connector/proto"
)

// ConfigurationForm is the form of a connection, in the order in which a person
// would fill it in, and the tests that run when they save it.
func (c *Connector) ConfigurationForm(context.Context, *sdk.ConfigurationFormRequest) (*sdk.ConfigurationFormResponse, error) {
	form := &sdk.ConfigurationFormResponse{
		TableSelectionSupported: true,
		Fields:                  formFields(),
	}
	for _, check := range checks {
		form.Tests = append(form.Tests, &sdk.ConfigurationTest{Name: check.name, Label: check.label})
	}
	return form, nil
}

// formFields are all the keys that a configuration may have.
func formFields() []*sdk.FormField {
	return []*sdk.FormField{
		required(text(configuration.KeyToken, "Access token", sdk.TextField_Password, "",
			"In Intercom: Settings > Integrations > Developer Hub > your app > Configure > Authentication. The app needs the permission \"Export reporting data\".")),
		text(configuration.KeyDatasets, "Datasets", sdk.TextField_PlainText, configuration.DefaultDataset,
			"One dataset id, several separated by commas, or \"all\". Each becomes a table. Known ids: "+strings.Join(dataset.IDs(), ", ")+"."),
		text(configuration.KeyAttributes, "Attributes", sdk.TextField_PlainText, "",
			"Leave empty for all attributes. Otherwise their ids, separated by commas or as a JSON array; for several datasets a JSON object: {\"conversation\": \"conversation_id, channel\"}. Attributes of the primary key are always there."),
		text(configuration.KeyStart, "Start of the first sync", sdk.TextField_PlainText, "",
			"A date (2026-01-01, in the workspace's time zone), a time (2026-01-01T00:00:00Z) or epoch seconds. Empty: 24 hours ago. Intercom keeps two years, or three. An earlier date later on fetches the older rows too."),
		text(configuration.KeyLookback, "Look-back in days", sdk.TextField_PlainText, strconv.Itoa(configuration.DefaultLookbackDays),
			"Rows change after they appear: conversations are closed, rated, reassigned. Once a day the rows of this many past days are read again; a change that comes later is not seen. 0 to 365; with 0 nothing is read twice."),
		choice(configuration.KeySend, "Rows that are read again", string(configuration.SendChanged), []string{string(configuration.SendChanged), string(configuration.SendAll)},
			"Changed sends a row that is read again only if it differs from what was sent. All sends every row again: with a look-back of 30 days each row is billed in two months, about twice the monthly active rows."),
		described(configuration.KeyMemberships, "Segments and tags", string(configuration.MembershipsNone),
			"Also who is in which segment and carries which tag, of users and companies.", membershipChoices()),
		described(configuration.KeyEngagement, "Message engagement", configuration.EngagementNone,
			"Also which messages were sent to whom, and who opened, clicked and answered them.", engagementChoices()),
		choice(configuration.KeyLookups, "Teammates and teams", configuration.LookupsOn, []string{configuration.LookupsOn, configuration.LookupsNone},
			"Who works in the workspace, in three small tables. Needs the permission \"Read admins\"; without it they stay empty."),
		choice(configuration.KeyRegion, "Region", configuration.Automatic, []string{configuration.Automatic, "US", "EU", "AU"},
			"Where Intercom hosts the workspace. Automatic asks Intercom."),
		text(configuration.KeyTimezone, "Time zone", sdk.TextField_PlainText, "",
			"The IANA name of the zone in which Intercom writes times, such as Europe/Dublin. Empty: the workspace's own, as Intercom names it."),
		text(configuration.KeyWindow, "Window in seconds", sdk.TextField_PlainText, "",
			"How much time one export job of a backfill covers, 60 to 2678400. Empty: it adapts, from an hour up to 31 days."),
		choice(configuration.KeyParallelJobs, "Export jobs at once", strconv.Itoa(configuration.DefaultParallelJobs), []string{"1", "2", "3", "4", "5"},
			"Intercom allows five pending export jobs for the whole workspace, shared with every other integration."),
		choice(configuration.KeyVanished, "Remove rows that vanish", "false", []string{"false", "true"},
			"True deletes a row that two later exports of its day, made half a day apart, no longer hold. Needs room in the state for the keys of the look-back's rows, some twelve bytes each; where they do not fit, a Warning says so and nothing is deleted. Not for datasets with primary keys of your own."),
		choice(configuration.KeyStateLimit, "Size of the state in megabytes", strconv.Itoa(configuration.DefaultStateLimit), []string{"1", "2", "3", "4"},
			"How much room there is to remember what was sent. With more than half a million rows a month, fewer rows are sent again unchanged if the state is larger."),
		text(configuration.KeyPrimaryKeys, "Primary keys", sdk.TextField_PlainText, "",
			"For experts. A JSON object of dataset to columns that replaces the built-in primary key: {\"conversation\": \"conversation_id\"}. Changing it later needs a full re-sync."),
		text(configuration.KeyAppID, "Workspace id", sdk.TextField_PlainText, "",
			"Leave empty: Intercom tells it. It is the part of Intercom's address after /apps/."),
		text(configuration.KeyClientID, "Client id", sdk.TextField_PlainText, "",
			"Leave empty. The client id of your Intercom app, if Intercom's support asks you to send it."),
		text(configuration.KeyBaseURL, "Base URL", sdk.TextField_Hidden, "",
			"For proxies and for the sandbox: https, or http to this machine."),
	}
}

func membershipChoices() []*sdk.DescriptiveDropDownField {
	return []*sdk.DescriptiveDropDownField{
		{Value: string(configuration.MembershipsNone), Label: "None", Description: "No segment and tag tables, no rows."},
		{Value: string(configuration.MembershipsCurrent), Label: "Current", Description: "Who is in which segment and carries which tag now. Once a day every contact, company and membership counts as an updated row. Needs the permissions \"Read and list users and companies\" and \"Read tags\"."},
		{Value: string(configuration.MembershipsChanged), Label: "Changed", Description: "The same tables: a row is sent when it is new or changed, and deleted when it is gone. The keys of its rows must fit into the state, some 15 bytes each; a table whose keys do not fit is sent whole each day, as with Current, and a Warning says so. Needs the same permissions."},
		{Value: string(configuration.MembershipsDaily), Label: "Daily history", Description: "A row per membership and day. Each day counts as new rows: 100,000 memberships are 3 million rows a month. Needs the same permissions."},
	}
}

func engagementChoices() []*sdk.DescriptiveDropDownField {
	return []*sdk.DescriptiveDropDownField{
		{Value: configuration.EngagementNone, Label: "None", Description: "No tables of messages, no rows."},
		{Value: configuration.EngagementOn, Label: "On", Description: "A row for each message that somebody got, and one for each open, click and answer. Once a day the receipts of the look-back count as updated rows. Needs the permission \"Export content data\"; Intercom runs one such export at a time for the whole workspace."},
	}
}

func text(name, label string, kind sdk.TextField, defaultValue, description string) *sdk.FormField {
	field := &sdk.FormField{
		Name:        name,
		Label:       label,
		Required:    new(false),
		Description: new(description),
		Type:        &sdk.FormField_TextField{TextField: kind},
	}
	if defaultValue != "" {
		field.DefaultValue = new(defaultValue)
	}
	return field
}

func required(field *sdk.FormField) *sdk.FormField {
	field.Required = new(true)
	return field
}

func choice(name, label, defaultValue string, values []string, description string) *sdk.FormField {
	field := text(name, label, sdk.TextField_PlainText, defaultValue, description)
	field.Type = &sdk.FormField_DropdownField{DropdownField: &sdk.DropdownField{DropdownField: values}}
	return field
}

func described(name, label, defaultValue, description string, choices []*sdk.DescriptiveDropDownField) *sdk.FormField {
	field := text(name, label, sdk.TextField_PlainText, defaultValue, description)
	field.Type = &sdk.FormField_DescriptiveDropdownFields{
		DescriptiveDropdownFields: &sdk.DescriptiveDropDownFields{DescriptiveDropdownField: choices},
	}
	return field
}
