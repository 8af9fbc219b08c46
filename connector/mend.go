package connector

import (
	"context"
	"errors"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/wire"
)

// attempts at a window before its error is believed.
const maxAttempts = 4

// mend decides what becomes of a window that failed: asked for again, split in
// halves, read without an attribute that is gone, moved to what Intercom keeps;
// else the lane ends. Its own error is one that ends the sync.
func (s *syncRun) mend(ctx context.Context, w *window, cause error) (bool, error) {
	l := w.lane
	if moved, err := s.shorterRetention(l, w, cause); moved || err != nil {
		return moved, err
	}
	if dropped, err := s.dropAttributes(ctx, w, cause); dropped || err != nil {
		return dropped, err
	}
	if s.mendable(w, cause) {
		return true, nil
	}
	l.err = w.failure(cause)
	s.ground(l)
	l.readings = nil
	s.log.Error("dataset stopped; the others go on", "dataset", l.table.dataset.ID, "reason", sentence(l.err))
	return false, nil
}

// mendable asks for the window again where that may help.
func (s *syncRun) mendable(w *window, cause error) bool {
	l := w.lane
	if errors.Is(cause, wire.ErrTooManyKeys) {
		l.shorten(w)
		return l.split(w, time.Second)
	}
	if job, ok := errors.AsType[*intercom.JobError](cause); ok && job.Status != intercom.Vanished {
		if job.TimedOut() && w.stuck+1 == maxAttempts {
			return false
		}
		s.log.Warn("the job failed; its window is split", "dataset", l.table.dataset.ID, "span", w.String(), "reason", sentence(cause))
		l.shorten(w)
		if job.TimedOut() {
			w.stuck++
		}
		return l.split(w, leastWidth) || w.attempts < maxAttempts
	}
	if again(cause) && w.attempts < maxAttempts {
		s.log.Warn("the window is asked for again", "dataset", l.table.dataset.ID, "span", w.String(), "reason", sentence(cause))
		return true
	}
	return false
}

// again says whether a new job may go better than the last.
func again(cause error) bool {
	if _, ok := errors.AsType[*intercom.JobError](cause); ok || errors.Is(cause, errNoHeader) {
		return true
	}
	api, ok := errors.AsType[*intercom.Error](cause)
	return ok && (api.Transient() || api.Expired() || api.NotFound())
}
