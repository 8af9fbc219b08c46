package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
)

const (
	// maxAttempts at a window before its error is believed.
	maxAttempts = 4
	// A window whose job was enqueued, and whose status or rows are refused again
	// and again by answers that say that they will pass, may be too long: from the
	// second time on it is split. An Intercom that refuses all of them is believed
	// after so many.
	minRefused, maxRefused = 2, 9
)

// recover decides what becomes of a window that failed: asked for again, split,
// read without an attribute that is gone, moved to what Intercom keeps; else
// false, and its dataset ends. Its own error is one that ends the run.
func (r *Run) recover(ctx context.Context, w *window, cause error) (bool, error) {
	d := w.dataset
	if moved, err := r.shorterRetention(ctx, w, cause); moved || err != nil {
		return moved, err
	}
	if dropped, err := r.dropVanished(ctx, w, cause); dropped || err != nil {
		return dropped, err
	}
	if r.again(w, cause) {
		return true, nil
	}
	d.err = w.failure(cause, r.config.Zone)
	r.giveUpAll(d)
	r.config.Log.Error("dataset stopped; the others go on", "dataset", d.id(), "reason", d.err)
	r.observe().Job(d.id(), "given_up")
	return false, nil
}

// dropVanished leaves out the attributes that Intercom rejects, if get_datasets
// does not list them any more either: their columns are null from now on. One
// that is still listed, or that the key needs, is an error.
func (r *Run) dropVanished(ctx context.Context, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || len(api.InvalidAttributes()) == 0 {
		return false, nil
	}
	d := w.dataset
	all, err := r.config.Client.Datasets(ctx)
	if ctx.Err() != nil || fatal(err) {
		return false, err
	}
	if err != nil { // nothing is dropped on one word alone
		return false, nil
	}
	gone := d.named(api.InvalidAttributes())
	i := slices.IndexFunc(all, func(other intercom.Dataset) bool { return other.ID == d.id() })
	for _, c := range gone {
		listed := i >= 0 && slices.ContainsFunc(all[i].Attributes, func(a intercom.Attribute) bool { return a.Request() == c.Attribute.Request() })
		if listed || c.Key {
			return false, nil
		}
	}
	if len(gone) == 0 {
		return false, nil
	}
	r.giveUpAll(d)
	for _, c := range gone {
		d.dropped[c.Name] = true
		if err := r.warn(ctx, "%s: Intercom has no attribute %q any more; column %s is null from now on", d.selected.Table.Name, c.Attribute.Request(), c.Name); err != nil {
			return false, err
		}
	}
	if err := d.prepare(r); err != nil {
		return false, fmt.Errorf("dataset %s: %w", d.id(), err)
	}
	d.replan(r)
	return true, nil
}

// named are the columns that the dataset asks for and whose attributes go by these
// names.
func (d *datasetRun) named(names []string) []dataset.Column {
	var found []dataset.Column
	for _, c := range d.request.Columns {
		if d.dropped[c.Name] {
			continue // Intercom refuses what it was not asked for: to drop it again is no help
		}
		if slices.Contains(names, c.Attribute.Request()) || slices.Contains(names, c.Attribute.ID) {
			found = append(found, c)
		}
	}
	return found
}

// again asks for the window again, or for its parts, where that may help.
func (r *Run) again(w *window, cause error) bool {
	d := w.dataset
	if errors.Is(cause, csv.ErrTooManyKeys) {
		d.plan.Shorten(w.planned)
		return d.split(w, time.Second)
	}
	if job, ok := errors.AsType[*intercom.JobError](cause); ok && job.Status != intercom.Vanished {
		return r.splitFailed(w, job)
	}
	if errors.Is(cause, errNoHeader) {
		w.empty = true
	}
	if w.begun && transient(cause) {
		if w.refused++; w.refused >= maxRefused {
			return false
		}
		if w.refused >= minRefused && r.splitRefused(w, cause) {
			return true
		}
	}
	if !mayPass(cause) || w.attempts >= maxAttempts {
		return false
	}
	r.config.Log.Warn("the window is asked for again", "dataset", d.id(), "span", w.String(), "reason", cause)
	r.observe().Job(d.id(), "again")
	return true
}

// splitFailed splits a window whose job failed; one too short for that is asked
// for again. Of jobs that never end only so many are waited for.
func (r *Run) splitFailed(w *window, job *intercom.JobError) bool {
	d := w.dataset
	if job.TimedOut() && w.stuck+1 == maxAttempts {
		return false
	}
	r.config.Log.Warn("the job failed; its window is split", "dataset", d.id(), "span", w.String(), "reason", job)
	r.observe().Job(d.id(), "failed")
	d.plan.Shorten(w.planned)
	if job.TimedOut() {
		w.stuck++
	}
	return d.split(w, plan.LeastWidth) || w.attempts < maxAttempts
}

// splitRefused splits a window of whose job Intercom says again and again that it
// cannot answer now.
func (r *Run) splitRefused(w *window, cause error) bool {
	d := w.dataset
	d.plan.Shorten(w.planned)
	if !d.split(w, plan.LeastWidth) {
		return false
	}
	r.config.Log.Warn("Intercom does not answer for the job; its window is split", "dataset", d.id(), "span", w.String(), "reason", cause)
	r.observe().Job(d.id(), "failed")
	return true
}

// transient says whether Intercom has said that the error will pass.
func transient(cause error) bool {
	api, ok := errors.AsType[*intercom.Error](cause)
	return ok && api.Transient() && !api.RateLimited() && !api.Empty()
}

// mayPass says whether a new job may go better than the last.
func mayPass(cause error) bool {
	if _, ok := errors.AsType[*intercom.JobError](cause); ok || errors.Is(cause, errNoHeader) {
		return true
	}
	api, ok := errors.AsType[*intercom.Error](cause)
	// The client has waited for a rate limit's budget as long as that makes sense.
	return ok && !api.RateLimited() && (api.Transient() || api.Expired() || api.NotFound())
}

// Outcome is the error of every dataset that could not be read, after Do. A
// dataset that is forbidden, never was read, and was not asked for by name is
// only a warning where another one was read: permissions and plans differ by
// dataset.
func (r *Run) Outcome(ctx context.Context, all bool) error {
	var errs []error
	for _, d := range r.datasets {
		if d.err == nil {
			continue
		}
		if all && !d.landed && forbidden(d.err) && r.anyLanded() {
			if err := r.warn(ctx, "%v; it was never read before, so that the sync goes on without it", d.err); err != nil {
				return err
			}
			continue
		}
		errs = append(errs, d.err)
	}
	return errors.Join(errs...)
}

func forbidden(err error) bool {
	api, ok := errors.AsType[*intercom.Error](err)
	return ok && api.Forbidden()
}

func (r *Run) anyLanded() bool {
	for _, d := range r.datasets {
		if d.landed && d.err == nil {
			return true
		}
	}
	return false
}
