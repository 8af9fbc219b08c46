// Package engagement reads Intercom's content data export: which messages were
// sent to whom, and what they did with them.
//
// A job selects messages by when they were sent, and tells of each what happened
// within the range that it was asked for. So a message of the 1st that was opened
// on the 20th shows that only to a job whose range holds both, and two facts decide
// what is read (state.go): ranges overlap by the look-back, and once a day one range
// reaches from there to now. No range ends before one that was read already ended,
// so that what is told of a message never becomes less.
//
// A workspace has one active job (job.go): another's is waited for, our own that an
// earlier run left is taken up. A result is several CSV files in one body, read as
// it flows (result.go, part.go): one of receipts, and one for each event that
// occurred, which become two tables (tables.go). A range that Intercom does not bear
// is made shorter, which is told where engagement is lost by it (range_length.go).
package engagement
