// Package tester plays Fivetran's side of the source protocol on one machine.
//
// It drives any SourceConnector over gRPC, in any language, as Fivetran does:
// the configuration form and its setup tests, the schema, then one Update
// stream with the state of the last sync. It lands the rows in a DuckDB file
// and keeps each checkpoint in a state file.
//
// The rows flow through two goroutines. The reader walks the wire bytes of each
// message (decode.go), holds every record against the protocol's rules
// (rules.go, reader.go) and stages it in memory, by column and in the form of
// DuckDB's own vectors (staging.go, chunk.go). At a checkpoint the staged rows go
// to the lander (lander.go, merge.go), where DuckDB reads them where they lie
// (scan.go): it merges all of them in one transaction and only then writes the
// state, so that state.json never speaks of rows that the warehouse lacks. While
// the lander merges, the reader stages the next checkpoint's rows; those of a
// checkpoint that outgrows its memory go to a table, which DuckDB moves to a
// temporary file when it outgrows DuckDB's.
//
// A run of records of one kind (UPSERT, UPDATE, DELETE, TRUNCATE), with one set
// of columns and types, is a segment. Segments are merged in the order in which
// they came, so that a DELETE between two UPSERTs of a key means what it says.
//
// A table of the warehouse has each key once, without an index that enforces it:
// a merge leaves each key's last row, deletes the rows that have these keys, and
// inserts. The columns of a primary key are the ones that are NOT NULL.
//
// Rows after the last checkpoint land when the stream ends well, and are dropped
// when it ends in an error: the next sync starts from the checkpoint and brings
// them again.
package tester
