// Package connector is Intercom's Reporting Data Export as a Fivetran source.
//
// It answers the four calls of fivetran_sdk.v2.SourceConnector. ConfigurationForm
// and Test (form.go, checks.go) help a person to set up a connection. Schema
// (schema.go) says which tables there are. Update is a sync.
//
// A sync (update.go) opens the workspace (workspace.go: who am I, which datasets
// are there), plans a table for every dataset (table.go, with names from
// names.go and what we know of Intercom's datasets from catalogue.go), applies
// the person's selection, and takes up the state of the last sync (state.go).
// Every dataset then has a lane (lane.go): the spans of time it must read, in an
// order in which re-reading can never starve new rows (reading.go), cut into
// windows of a size that adapts to what Intercom bears (width.go). A window is
// an export job: up to parallel_jobs of them are enqueued ahead over all lanes
// (flight.go), and the rows of a lane are streamed strictly in its order
// (stream.go). Package wire turns the CSV into records; the connector never
// looks at a row itself.
//
// After each window goes a checkpoint. It is the only progress that lasts: the
// cursor in it never passes a row that was not sent, and never moves back.
package connector
