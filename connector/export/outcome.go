package export

import (
	"context"
	"errors"

	"intercom-connector/intercom"
)

// Outcome is the error of every dataset that could not be read, after Do. A
// dataset that is forbidden, never was read, and was not asked for by name is
// only a warning where another one was read: permissions and plans differ by
// dataset.
func (r *Run) Outcome(ctx context.Context, all bool) error {
	var errs []error
	for _, d := range r.readings {
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
	for _, d := range r.readings {
		if d.landed && d.err == nil {
			return true
		}
	}
	return false
}
