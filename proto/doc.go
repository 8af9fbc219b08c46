// Package sdk is Fivetran's partner SDK protocol, version 2, for sources: two
// protocol files, written here from its public contract, and the Go that
// `make proto` generates from them. TestContract holds every message, field,
// number, type, enum value and method.
//
// To build against a checkout of Fivetran's own files: make proto
// PROTO_SRC=<folder>. The tests then say whether anything has changed.
package sdk
