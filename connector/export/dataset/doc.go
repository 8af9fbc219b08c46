// Package dataset says what Intercom's reporting datasets are as tables: the
// names of their columns, the types of their values, and what tells one row
// from another. get_datasets tells which datasets and attributes there are;
// this package adds what it lacks.
//
// The connector's tables and the operator's lake go by it alike, so that a
// question asked of one can be asked of the other.
package dataset
