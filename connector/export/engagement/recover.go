package engagement

import (
	"context"
	"errors"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
)

const (
	// maxAttempts at a range before its error is believed.
	maxAttempts = 4
	// maxStuck is how many jobs that never end are waited for.
	maxStuck = 4
)

// failures are those in a row.
type failures struct {
	times  int    // of the present length
	failed int    // jobs that ended badly
	stuck  int    // jobs that never ended
	before *int64 // what ranges Intercom bore before they were made shorter
	bore   span   // a shorter one that it bore since; zero when there is none
}

// recover decides what becomes of a range that failed: asked for again, made
// shorter, or moved to what Intercom keeps; false when its error is believed.
func (r *Run) recover(ctx context.Context, w span, cause error) (bool, error) {
	f, s := &r.failures, r.config.State
	f.times++
	api, _ := errors.AsType[*intercom.Error](cause)
	job, failed := errors.AsType[*intercom.JobError](cause)
	if failed && job.TimedOut() {
		r.cancel(ctx)
	}
	if failed {
		s.Job = nil // of which nothing was delivered
	}
	s.drop()
	switch {
	case api != nil && api.Retention():
		return r.shorterRetention(ctx, w)
	case failed && job.Status != intercom.Vanished:
		return r.failedJob(w, job), nil
	case f.times >= maxAttempts:
		return false, nil
	}
	again := failed || errors.Is(cause, errNoReceipts) ||
		api != nil && !api.RateLimited() && (api.Transient() || api.Expired() || api.NotFound())
	if again {
		r.config.Log.Warn("the range is asked for again", "span", w.String(), "reason", cause)
	}
	return again, nil
}

// failedJob asks once again, and then for shorter ranges: nobody documents how long
// one may be. What is lost by that is lost for ever, so that a shorter range that
// goes well is no proof: the longer one is tried once more, and when that fails
// while Intercom works the shorter one is what it bears.
func (r *Run) failedJob(w span, job *intercom.JobError) bool {
	f, s := &r.failures, r.config.State
	if job.TimedOut() {
		f.stuck++
	}
	if f.failed++; f.stuck >= maxStuck {
		r.restore()
		return false
	}
	r.config.Log.Warn("the job failed", "span", w.String(), "reason", job)
	if f.bore != (span{}) {
		s.Bears = f.bore.to - f.bore.from
		f.before = nil
		return true
	}
	if f.failed < 2 {
		return true
	}
	before := s.Bears
	if !s.shorten(w, 0.5, r.lookback()) {
		r.restore()
		return false
	}
	if f.before == nil {
		f.before = &before
	}
	return true
}

// restore forgets that ranges were made shorter: it was no help.
func (r *Run) restore() {
	if f := &r.failures; f.before != nil {
		r.config.State.Bears, f.before = *f.before, nil
	}
}

// unproven says that a range that went well was made shorter since longer ones
// failed, and that engagement would be lost by it: the longer one is then to be
// tried once more.
func (r *Run) unproven(w span) bool {
	f, s := &r.failures, r.config.State
	if f.before == nil || s.reach(r.lookback()) >= r.lookback() {
		return false
	}
	f.bore = w
	r.restore()
	return true
}

// shorterRetention moves the start to two years ago when Intercom refuses it for its
// age; false when it cannot be moved, as what was read up to is never moved.
func (r *Run) shorterRetention(ctx context.Context, w span) (bool, error) {
	s, start := r.config.State, r.config.Now.Add(-export.ShortRetention).Unix()
	switch {
	case w.from >= start:
		return false, nil
	case w.purpose == earlierMessages && start < s.Floor:
		s.Earlier.Start, s.Earlier.At = start, start
	case w.purpose == earlierMessages:
		s.Asked, s.Earlier = s.Earlier.Asked, nil
	case s.Cursor == s.Floor && s.Told == s.Floor:
		s.Floor, s.Cursor, s.Told, s.Until = start, start, start, start
	default:
		return false, nil
	}
	return true, r.warn(ctx, "message engagement: messages sent before "+plan.Stamp(start)+" are not fetched: Intercom refuses them as too old")
}
