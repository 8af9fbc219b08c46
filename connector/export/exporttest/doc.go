// Package exporttest is for tests: what a table should hold of a sandbox's
// workspace, written without any code of package csv (lines.go), and what
// docs/intercom.md promises of each dialect (promise.go). The connector and the
// lake are held against both.
package exporttest
