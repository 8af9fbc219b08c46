// Package csv reads the CSV of a reporting export: it decides what a row means,
// and leaves to an [Encoding] how it is written.
//
// There are two encodings, records for Fivetran (package record) and lines of
// JSON for a lake (package ndjson). What both must agree on is here, once: where
// fields and rows begin and end, which column a field of the header fills, what
// a time, a number, a dash or a broken text stands for, in which zone, which of
// the two hours that daylight saving makes of one is meant, whether a row lies
// in the window that was asked for, and how much of all this went wrong.
//
// An export of a year is millions of rows, and a row is twenty to several hundred
// values. So there is no map, no struct and no string for a value: a [Source]
// gives blocks of bytes, and a [Reader] reads each field where it lies in its
// block and has the encoding append its value to a buffer, in one pass. Fields
// of the plainest forms, which most are, an encoding reads itself, with the
// functions of plain.go; all others go through [Reader]. A row that a block's end
// cuts is read again from its beginning when more of it is there, so that nothing
// has to remember a place within a row. Nothing is allocated for a row.
//
// A value is never lost on the way. What does not fit its column's type is null,
// with its text in the column unparsed_values. A row without a usable row id gets
// a key made of the row. What cannot be understood at all (a header that lacks a
// column, a row with a field too many, a file none of whose rows lie in the
// window) is an error that names the place and never a value.
package csv
