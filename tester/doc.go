// Package tester plays Fivetran's side of the source protocol on one machine.
//
// It drives any SourceConnector over gRPC, in any language, as Fivetran does
// (run.go): the configuration form and its setup tests (setup.go), the schema
// (schema.go), then one Update stream with the state of the last sync (update.go,
// state.go). It lands the rows in a DuckDB file, keeps each checkpoint in a state
// file, and counts what it did (summary.go).
//
// The rows flow through two goroutines. The reader (reader.go) reads the records in
// the bytes of each message (package protocol), holds every one against the
// protocol's rules (record.go) and stages it in memory (stage.go, package staging).
// At a checkpoint the staged rows go to the lander (package warehouse), which merges
// all of them in one transaction and only then has the state written. While the
// lander merges, the reader stages the next checkpoint's rows.
//
// Rows after the last checkpoint land when the stream ends well, and are dropped
// when it ends in an error: the next sync starts from the checkpoint and brings
// them again.
package tester
