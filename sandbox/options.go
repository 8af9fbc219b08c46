package sandbox

import (
	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/dialect"
	"intercom-connector/sandbox/directory"
	"intercom-connector/sandbox/teammates"
	"intercom-connector/sandbox/workspace"
)

// What a test says to a sandbox and asks of it. The types are told where they
// are at home.
type (
	// Options describe a workspace; see [workspace.Options].
	Options = workspace.Options
	// BodyForm is how a download's CSV is packed.
	BodyForm = workspace.BodyForm
	// Dataset is a dataset of the reporting export that a test brings with it.
	Dataset = workspace.Dataset
	// Attribute is one attribute of a dataset.
	Attribute = workspace.Attribute
	// Row is one row of a dataset.
	Row = workspace.Row
	// Change is what happens to a row at a moment.
	Change = workspace.Change
	// Deletion is a conversation that was deleted.
	Deletion = workspace.Deletion
	// Receipt is a message that somebody got.
	Receipt = workspace.Receipt
	// Event is what somebody did with a message.
	Event = workspace.Event
	// Request tells one call from another.
	Request = api.Request
	// Teammate is one admin.
	Teammate = teammates.Teammate
	// Team is one team.
	Team = teammates.Team
	// Membership is what a perfect walk would find now.
	Membership = directory.Membership
)

// The body forms that callers of Intercom's API have met.
const (
	ContentEncodingGzip = workspace.ContentEncodingGzip
	GzipBody            = workspace.GzipBody
	TarGz               = workspace.TarGz
	Zip                 = workspace.Zip
	Plain               = workspace.Plain
)

// BodyForms lists every body form.
func BodyForms() []BodyForm { return workspace.BodyForms() }

// The scopes that the sandbox's endpoints ask for.
const (
	ScopeReporting = workspace.ScopeReporting
	ScopePeople    = workspace.ScopePeople
	ScopeTags      = workspace.ScopeTags
	ScopeAdmins    = workspace.ScopeAdmins
	ScopeDeleted   = workspace.ScopeDeleted
	ScopeMessages  = workspace.ScopeMessages
)

// Dialect is one named difference between workspaces.
type Dialect = dialect.Dialect

// Dialects lists every name that Options.Dialect takes, with a sentence each.
func Dialects() []Dialect { return dialect.All() }

// Dialect lists what this workspace speaks, mixtures drawn.
func (s *Sandbox) Dialect() []string { return s.options.Spoken() }
