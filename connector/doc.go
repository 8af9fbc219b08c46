// Package connector is Intercom's Reporting Data Export as a Fivetran source.
//
// It answers the four calls of fivetran_sdk.v2.SourceConnector. ConfigurationForm
// (form.go) and Test (setup_tests.go) help a person to set up a connection.
// Schema (schema.go) says which tables there are. Update is a sync.
//
// A sync (update.go) opens the workspace, plans a table for every dataset, applies
// the person's selection (package selection), and takes up the state of the last
// sync (package state). Segments and tags come first, where they are wanted (package
// snapshot): a day that is missed cannot be had later. Then the engine, package
// export, reads the datasets, with Fivetran's stream as its sink (stream_sink.go):
// rows become records and what is kept a checkpoint. All of it goes through a short
// queue in which it waits for the network (package outbox).
//
// A checkpoint is the only progress that lasts: the cursor in it never passes a
// row that was not sent, and never moves back. Errors become what a person reads
// in one place (status.go).
package connector
