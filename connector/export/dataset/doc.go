// Package dataset says what Intercom's reporting datasets are as tables: their
// names, the names of their columns, the types of the values, and what tells one
// row from another.
//
// get_datasets tells which datasets and attributes there are, and nothing else.
// The catalogue (catalogue.go, catalogue.txt) adds what is known of Intercom's
// own: keys (key.go), types (kind.go), whose an attribute is (attribute.go).
// [New] makes a [Table] of both and of what a person chose (choice.go). Names
// (names.go) are computed from a workspace's whole list and, once given, kept. A table
// becomes a [Request]: what its jobs are asked for (request.go).
//
// The connector's tables and the operator's lake go by it alike, so that a
// question asked of one can be asked of the other.
package dataset
