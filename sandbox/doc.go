// Package sandbox is an Intercom workspace that lives in this process and
// answers over real HTTP: the reporting data export with its thirteen
// datasets, contacts and companies with their segments and tags, deleted
// conversations, message data, admins and teams.
//
// It speaks as Intercom speaks. It checks the token, the scopes, the version
// header, every parameter and the five-job limit, paces calls by ten-second
// windows, and refuses what Intercom refuses in Intercom's own words. What
// differs from workspace to workspace, or from what is written, is a dialect:
// [Options] name those that this workspace speaks, [Dialects] lists them all
// with a sentence each, as package dialect does.
//
// Its data is a pure function of the seed and the clock. Nothing is stored:
// every export makes its rows as it writes them, so a sandbox with a thousand
// rows and one with a billion cost the same memory. Conversations appear some
// minutes late, are closed hours or days later, rated after that, reassigned
// in between; contacts join and leave segments from day to day. [Sandbox.Truth]
// and [Sandbox.TruthMembership] tell what a right reader would hold now.
// Tests that need rows of their own bring them as [Dataset] values.
//
// Faults are injected by name: see [faults.Fault].
//
// Its packages: workspace is what a test says of the workspace it wants, dialect
// and faults name what may differ and what may go wrong. conversation and
// directory are what happens and who there is, without HTTP; reporting, people,
// engagement and teammates answer the calls about them in the words of api. This
// package is the server around these.
//
// The sandbox uses the standard library only and shares no types with the
// client it is there to test, so that one wrong field name cannot pass on both
// sides.
package sandbox
