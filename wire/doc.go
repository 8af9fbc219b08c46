// Package wire turns the CSV of a reporting export into the protobuf messages
// of a sync, bytes to bytes.
//
// An export of a year is millions of rows, and a row is twenty to several
// hundred values. Put into a map of generated structs and marshalled, each
// costs more than unpacking, parsing and sending it together. So there is no
// map and no struct here: a [Source] gives blocks of CSV, and an [Encoder]
// reads each field where it lies in its block and appends its value to a
// message in the form in which it crosses the wire, in one pass. What is the
// same for every row, such as a column's name, is prepared once, and fields of
// the plainest forms, which most are, have a way of their own (quick.go). A row
// that a block's end cuts is read again from its beginning when more of it is
// there, so that nothing has to remember a place within a row. A [Batch] of up
// to 100 records goes to gRPC as it is, through [ServerCodec], and its buffer is
// used again once gRPC has written it. Nothing is allocated for a row.
//
// A value is never lost on the way. What does not fit its column's type is
// sent as null, with its text in the column unparsed_values. What cannot be
// sent rightly at all (a header that is not the one asked for, a row with a
// field too many) ends the encoding with an error that names the place.
package wire
