// Package reporting lands the reporting export in a lake: it is the export
// engine's sink that is a lake, as Fivetran's stream is the other.
//
// A dataset is a table, and a row's day is that of its time in the workspace's
// calendar (calendar.go). The engine reads windows of whole days where Intercom
// bears them and of parts of days where it does not; rows go to their days as
// they come (window.go), and a day that is whole is published at once (day.go),
// unless it has lost so much since it was published that it must be seen twice
// (lost_rows.go).
//
// Of some tables a reading tells some rows of any days: deleted conversations
// (deletions.go) and message engagement (engagement.go). What comes is merged into
// what is published (merged.go, change.go).
//
// How far the engine has come, and all else that lasts, is in one file of the
// lake (progress.go). What an earlier version published, which kept no such file,
// counts as read (adopt.go).
package reporting
