// Package operator is the daily run that keeps what Intercom does not: who was in
// which segment and carries which tag, and the reporting export, as files that
// SQL engines read in place. Where they lie, and how a run is all there or not
// at all, is package lake's.
//
// [Take] walks the memberships and publishes them as their day. It may take
// several runs, of processes that live for minutes: what one has read, whole
// tables and halves, it leaves in the lake with its place, and the next goes on
// there. One that dies leaves the tables that it has read to their end. The run
// that reads the last of it publishes the day.
package operator
