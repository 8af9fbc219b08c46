// Package connector is Intercom's Reporting Data Export as a Fivetran source.
//
// It answers the four calls of fivetran_sdk.v2.SourceConnector (server.go).
// ConfigurationForm (form.go) and Test (setup_tests.go) help a person to set up a
// connection; [Connector.Examine] (doctor.go) looks closer. Schema (schema.go)
// says which tables there are. Update is a sync.
//
// A sync (update.go) opens the workspace (open.go, package workspace), applies the
// person's selection (selection.go) and takes up the state of the last sync
// (state.go). Segments and tags come first, where they are wanted
// (memberships.go): a day that is missed cannot be had later. Then the engine,
// package export, reads the datasets. Fivetran's stream is its sink
// (stream_sink.go): rows become records, and the state that the engine keeps
// becomes a checkpoint. Records wait in a short queue for the network (outbox.go).
//
// A checkpoint is the only progress that lasts. What goes wrong ends as a Task, a
// Warning or a gRPC status that says what to do (status.go).
package connector
