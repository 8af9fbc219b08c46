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

// recordRead records that a window was read. The first of a start that retention moved
// tells so: not before, since how much Intercom keeps is known by trying.
func (r *Run) recordRead(ctx context.Context, w *window, asOf int64) error {
	s := w.dataset.state
	moved := movedStart(s)
	s.Read(w.planned, asOf)
	if moved == 0 || movedStart(s) == moved {
		return nil
	}
	return r.warn(ctx, "%s: rows from before %s are not fetched: Intercom keeps them no longer", w.dataset.selected.Table.Name, plan.Stamp(moved))
}

// movedStart is a start that is later than the one that was asked for, while nothing
// was read from it, or 0.
func movedStart(s *plan.State) int64 {
	if e := s.Earlier; e != nil && e.At == e.Start && e.Asked < e.Start {
		return e.Start
	}
	if s.Cursor == s.Floor && s.Asked < s.Floor {
		return s.Floor
	}
	return 0
}

// shorterRetention moves the start of the dataset's oldest window to two years
// ago when Intercom refuses it for its age; false when nothing can be moved. A
// cursor that was read up to is never moved: rows would be skipped in silence.
func (r *Run) shorterRetention(ctx context.Context, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || !api.Retention() {
		return false, nil
	}
	d := w.dataset
	told := false // by the first window that is read
	start := d.pieces(r.config.Now).First(r.config.Now.Add(-ShortRetention).Unix())
	s := d.state
	if w.planned.Start >= start {
		return false, nil
	}
	switch {
	case w.planned.Purpose() == plan.NewRows && s.Cursor == s.Floor && w.planned.Start == s.Floor:
		s.Floor, s.Cursor, told = start, start, true
	case w.planned.Purpose() == plan.EarlierRows && start < s.Floor:
		s.Earlier.Start, s.Earlier.At, told = start, start, true
	case w.planned.Purpose() == plan.EarlierRows:
		s.Asked, s.Earlier = s.Earlier.Asked, nil
	case w.planned.Purpose() == plan.LookBack && start < s.Lookback.To:
		s.Lookback.At = start
	default:
		return false, nil
	}
	r.giveUpAll(d)
	d.replan(r)
	if told {
		return true, nil
	}
	return true, r.warn(ctx, "%s: rows from before %s are not fetched: Intercom refuses them as too old", d.selected.Table.Name, plan.Stamp(start))
}
