package export

import (
	"context"
	"errors"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/plan"
)

// Sink takes what a run reads: Fivetran's stream, or a lake. It knows no job,
// and the run knows neither gRPC nor S3.
//
// A run calls its sink from one goroutine at a time. An error of a sink ends
// the run at once, since nothing else can be kept either; one that is [ErrStop]
// ends it in good order. Both leave the state as it was last kept.
type Sink interface {
	// Open begins a table, once a run and again when its columns change within
	// it. Rows of several tables take turns.
	Open(t Table) (Rows, error)
	// Keep makes the state last, and with it all that was ended before. The
	// state may be changed once Keep has returned.
	Keep(ctx context.Context, s State) error
	// Warn tells a person something, in a log too if there is one; the run goes on.
	// It holds no row's value.
	Warn(ctx context.Context, message string) error
}

// Rows takes the windows of one table, in the order in which they are ended.
type Rows interface {
	// Bounds is the piece of time around t that is delivered whole, such as a
	// day: from ≤ t < to. No window ends within one unless it must be split. Any
	// second may be a bound where both are t.
	Bounds(t time.Time) (from, to time.Time)
	// Compared is the beginning of the span around t that is compared as one with
	// what the sink took of it before, or t. What is read again begins and ends at
	// such beginnings, where it can.
	Compared(t time.Time) time.Time
	// Read takes all rows of a window from the CSV of its job. It is called
	// again for the same window when a download broke off: what was taken of the
	// window before is taken back, or overwritten. Errors are the source's, the
	// CSV's (csv.HeaderError, csv.RowError, ...) or the sink's own, wrapped in
	// a [SinkError]. With csv.ErrReadAgain the sink asks for the same result once
	// more, at once: the window is then Again.
	Read(ctx context.Context, w Window, blocks csv.Source) (csv.Stats, error)
	// End says that the window was read whole. Windows that are split are ended
	// part by part.
	End(ctx context.Context, w Window) error
	// Close ends the table's part in the run, after its last window or when it
	// can go no further. What was read of a piece that is not whole is forgotten.
	Close(ctx context.Context) error
}

// Table is a dataset as a run reads it.
type Table struct {
	Dataset string // its id
	// CSV says how the export's columns become the table's.
	CSV csv.Table
}

// Window is a span of a dataset's time that one export job covers, ends
// included since nobody knows whether Intercom includes them.
type Window struct {
	Start, End time.Time
	// Asked is what the job was asked for: a second more at the start, so that
	// rows on the edge come whether or not Intercom includes the start of a
	// range.
	Asked csv.Window
	// AsOf is how old the window's rows are: the smaller of both clocks, ours and
	// Intercom's, when its job was enqueued. Rows appear with a delay, so that
	// only what lies [plan.Lag] before it is believed to be all there.
	AsOf time.Time
	// Again says that this result was just read, and the sink has asked for it once
	// more.
	Again bool
	// Newest says that the run reads no newer rows of the dataset: a piece that
	// the window ends in is as whole as it will be in this run.
	Newest bool
}

// Complete says whether a window whose job was enqueued at AsOf holds all rows
// from before t that Intercom will ever show with their first values.
func (w Window) Complete(t time.Time) bool { return !t.After(w.AsOf.Add(-plan.Lag)) }

// ErrStop ends a run in good order: its sink wants to do something else first.
// The next run goes on where this one stopped.
var ErrStop = errors.New("the run was asked to stop")

// SinkError is an error of the sink's own making, which no other job can help.
type SinkError struct{ Err error }

func (e *SinkError) Error() string { return e.Err.Error() }

func (e *SinkError) Unwrap() error { return e.Err }
