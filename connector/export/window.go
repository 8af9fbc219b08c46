package export

import (
	"errors"
	"fmt"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/export/warnings"
)

// window is a window of a dataset on its way.
type window struct {
	planned  *plan.Window
	dataset  *datasetRun
	job      *job // nil until its job is launched
	attempts int
	begun    bool // its last job was enqueued
	stuck    int  // jobs that never ended, for it or for what it was split from
	refused  int  // jobs whose status or rows were refused, again for both
	empty    bool // a job has given it no byte, which the next must confirm
}

// sinkWindow is the window as the sink sees it.
func (w *window) sinkWindow(asOf int64) Window {
	d := w.dataset
	return Window{
		Start: time.Unix(w.planned.Start, 0), End: time.Unix(w.planned.End, 0), AsOf: time.Unix(asOf, 0),
		Asked:  csv.Window{Start: w.askedFrom(), End: time.Unix(w.planned.End, 0), From: d.floor()},
		Newest: w.planned.Holds(plan.NewRows) && !d.newRowsAfter(w),
	}
}

// askedFrom is the start of what the window's job is asked for: a second more, since
// Intercom may leave out the start of a range.
func (w *window) askedFrom() time.Time { return time.Unix(w.planned.Start-1, 0) }

func (w *window) String() string { return w.planned.String() }

// failure is an error of a window, with what a person needs to ask about it, or
// to put right.
func (w *window) failure(err error, zone *time.Location) error {
	if outside, ok := errors.AsType[*csv.OutsideError](err); ok {
		fits := warnings.ZoneThatFits(outside.Offset, w.planned.Start, zone)
		err = fmt.Errorf("%d rows, and none has a time inside the window that was asked for: the time zone may be wrong (key %s)%s: %w", outside.Rows, configuration.KeyTimezone, fits, errUnbelieved)
	}
	return fmt.Errorf("dataset %s, %s (%s): %w", w.dataset.id(), w, w.planned.Purposes(), err)
}

// errUnbelieved ends a dataset whose rows cannot be placed in time.
var errUnbelieved = errors.New("nothing of it was taken")
