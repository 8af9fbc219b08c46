package sandbox

import "intercom-connector/sandbox/dialect"

// Dialect is one named difference between workspaces.
type Dialect = dialect.Dialect

// Dialects lists every name that Options.Dialect takes, with a sentence each.
func Dialects() []Dialect { return dialect.All() }

// Dialect lists what this workspace speaks, mixtures drawn.
func (s *Sandbox) Dialect() []string { return s.options.Spoken() }
