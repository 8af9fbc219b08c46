package export

import (
	"context"
	"errors"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
)

// Intercom keeps reporting data for two years, or for three where a customer
// has bought that. A day less, since its clock goes on while we ask.
const (
	LongRetention  = (3*365 - 1) * 24 * time.Hour
	ShortRetention = (2*365 - 1) * 24 * time.Hour
)

// warnOfRetention says once that a start was moved.
func (r *Run) warnOfRetention(ctx context.Context) error {
	for _, d := range r.readings {
		s := d.state
		untouched := s.Columns == nil && s.Asked < s.Floor
		moved := s.Earlier != nil && s.Earlier.At == s.Earlier.Start && s.Earlier.Asked < s.Earlier.Start
		if untouched || moved {
			if err := r.warn(ctx, "%s: rows from before %s are not fetched: Intercom keeps three years at the most", d.selected.Table.Name, plan.Stamp(r.config.Now.Add(-LongRetention).Unix())); err != nil {
				return err
			}
		}
	}
	return nil
}

// shorterRetention moves the start of the reading's oldest window to two years
// ago when Intercom refuses it for its age; false when nothing can be moved. A
// cursor that was read up to is never moved: rows would be skipped in silence.
func (r *Run) shorterRetention(ctx context.Context, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || !api.Retention() {
		return false, nil
	}
	d := w.reading
	start := d.pieces(r.config.Now).First(r.config.Now.Add(-ShortRetention).Unix())
	s := d.state
	if w.planned.Start >= start {
		return false, nil
	}
	switch {
	case w.planned.Purpose() == plan.NewRows && s.Cursor == s.Floor && w.planned.Start == s.Floor:
		s.Floor, s.Cursor = start, start
	case w.planned.Purpose() == plan.EarlierRows && start < s.Floor:
		s.Earlier.Start, s.Earlier.At = start, start
	case w.planned.Purpose() == plan.EarlierRows:
		s.Asked, s.Earlier = s.Earlier.Asked, nil
	case w.planned.Purpose() == plan.LookBack && start < s.Lookback.To:
		s.Lookback.At = start
	default:
		return false, nil
	}
	r.giveUpAll(d)
	d.replan(r)
	return true, r.warn(ctx, "%s: rows from before %s are not fetched: Intercom refuses them as too old", d.selected.Table.Name, plan.Stamp(start))
}
