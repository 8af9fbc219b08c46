// Package storetest is one suite of tests for everything that keeps a lake, and
// an S3 server for those that need one. Only tests import it.
package storetest
