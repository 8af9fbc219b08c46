// Package protocol reads the messages of Fivetran's source protocol and holds
// them against its rules.
//
// An Update stream is rows, for nearly all of its bytes, and unmarshalling rows
// into generated types and maps would cost ten times what everything else in the
// tester does. So the codec (codec.go) hands a message over as the bytes that
// came, and records (record.go) and values (value.go) are read in place: their
// slices point into the message. What is not a row is left to protobuf's own
// types.
//
// A value is held against what its kind promises (check.go) and can be written as
// the text that DuckDB would make of it (text.go). What a connector got wrong is a
// RuleError (rules.go), which names the rule and the place and quotes no value.
package protocol
