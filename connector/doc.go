// Package connector is Intercom's Reporting Data Export as a Fivetran source.
//
// It answers the four calls of fivetran_sdk.v2.SourceConnector. ConfigurationForm
// and Test (form.go, checks.go) help a person to set up a connection. Schema
// (schema.go) says which tables there are. Update is a sync.
//
// A sync (update.go) opens the workspace (workspace.go: who am I, which datasets
// are there), plans a table for every dataset (table.go, with names, types and
// keys from package catalogue), applies
// the person's selection (selection.go), and takes up the state of the last
// sync (state.go). Segments and tags come first, where they are wanted
// (memberships.go): a day that is missed cannot be had later.
//
// Every dataset then has a lane (lane.go): the spans of time it must read, in an
// order in which re-reading can never starve new rows (reading.go), cut into
// windows of a size that adapts to what Intercom bears (width.go) and that never
// hold an hour twice (transition.go). A window is an export job (flight.go): up
// to parallel_jobs of them are enqueued ahead over all lanes (run.go), and the
// rows of a lane are sent strictly in its order (deliver.go), through a short
// queue in which they wait for the network (outbox.go). Package wire turns the
// CSV into records; the connector never looks at a row itself. What goes wrong
// with a window is mended where that can be (mend.go, retention.go, drop.go);
// otherwise its lane ends and the others go on.
//
// After each window goes a checkpoint. It is the only progress that lasts: the
// cursor in it never passes a row that was not sent, and never moves back.
package connector
