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
	Options    = workspace.Options
	BodyForm   = workspace.BodyForm
	Dataset    = workspace.Dataset
	Attribute  = workspace.Attribute
	Row        = workspace.Row
	Change     = workspace.Change
	Deletion   = workspace.Deletion
	Receipt    = workspace.Receipt
	Event      = workspace.Event
	Request    = api.Request
	Teammate   = teammates.Teammate
	Team       = teammates.Team
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

type Dialect = dialect.Dialect

// Dialects lists every name that Options.Dialect takes, with a sentence each.
func Dialects() []Dialect { return dialect.All() }

// Dialect lists what this workspace speaks, mixtures drawn.
func (s *Sandbox) Dialect() []string { return s.options.Spoken() }
