// Package storetest is one suite of tests for everything that keeps a lake, a store
// in memory that is held to it, for tests that are not about a disk, and
// an S3 server for those that need one. Only tests import it.
package storetest
