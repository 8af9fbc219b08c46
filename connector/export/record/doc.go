// Package record writes the rows of an export as the protobuf records of a sync,
// bytes to bytes.
//
// Put into a map of generated structs and marshalled, a row's values cost more
// than unpacking, parsing and sending them together. So an [Encoder] appends each
// value to a message in the form in which it crosses the wire. What is the same
// for every row, such as a column's name, is prepared once. A [Batch] of up to 100
// records goes to gRPC as it is, through [ServerCodec], and its buffer is used
// again once gRPC has written it. Nothing is allocated for a row. What a row means
// is decided by package csv.
package record
