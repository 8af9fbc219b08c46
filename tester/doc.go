// Package tester plays Fivetran's side of the source protocol on one machine.
//
// It drives any SourceConnector over gRPC, in any language, as Fivetran does:
// the configuration form and its setup tests, the schema, then one Update
// stream with the state of the last sync. It lands the rows in a DuckDB file
// and keeps each checkpoint in a state file.
//
// The rows flow through two goroutines. The reader walks the wire bytes of each
// message (decode.go), holds every record against the protocol's rules
// (rules.go, reader.go) and appends it by column to a staging table in memory
// (staging.go, chunk.go); DuckDB moves staged rows to a temporary file when they
// outgrow its memory limit. At a checkpoint the staged rows go to the lander
// (lander.go, merge.go): it merges all of them in one transaction and only then
// writes the state, so that state.json never speaks of rows that the warehouse
// lacks. While the lander merges, the reader stages the next checkpoint's rows.
//
// A run of records of one kind (UPSERT, UPDATE, DELETE, TRUNCATE), with one set
// of columns and types, is a segment. Segments are merged in the order in which
// they came, so that a DELETE between two UPSERTs of a key means what it says.
//
// Rows after the last checkpoint land when the stream ends well, and are dropped
// when it ends in an error: the next sync starts from the checkpoint and brings
// them again.
package tester
