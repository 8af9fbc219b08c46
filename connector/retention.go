package connector

import (
	"errors"

	"intercom-connector/intercom"
)

// Intercom keeps reporting data for two years, or for three where a customer
// has bought that. A day less, since its clock goes on while we ask.
const (
	longRetention  = 3*365*day - day
	shortRetention = 2*365*day - day
)

// warnOfRetention says once that a start was moved.
func (s *syncRun) warnOfRetention() error {
	for _, l := range s.lanes {
		d := l.state
		untouched := d.Columns == nil && d.Asked < d.Floor
		moved := d.Earlier != nil && d.Earlier.At == d.Earlier.Start && d.Earlier.Asked < d.Earlier.Start
		if untouched || moved {
			if err := s.warn("%s: rows from before %s are not fetched: Intercom keeps three years at the most", l.table.name, stamp(s.workspace.moment.now.Add(-longRetention).Unix())); err != nil {
				return err
			}
		}
	}
	return nil
}

// shorterRetention moves the start of the lane's oldest window to two years ago
// when Intercom refuses it for its age; false when nothing can be moved. A
// cursor is never moved: rows would be skipped in silence.
func (s *syncRun) shorterRetention(l *lane, w *window, cause error) (bool, error) {
	api, ok := errors.AsType[*intercom.Error](cause)
	if !ok || !api.Retention() {
		return false, nil
	}
	start := s.workspace.moment.now.Add(-shortRetention).Unix()
	d := l.state
	if w.start >= start {
		return false, nil
	}
	switch {
	case w.purpose == newRows && d.Cursor == d.Floor && w.start == d.Floor:
		d.Floor, d.Cursor = start, start
	case w.purpose == earlierRows && start < d.Floor && d.Earlier.At == d.Earlier.Start:
		d.Earlier.Start, d.Earlier.At = start, start
	case w.purpose == earlierRows:
		d.Asked, d.Earlier = d.Earlier.Asked, nil
	case w.purpose == lookBack && start < d.Lookback.To:
		d.Lookback.At = start
	default:
		return false, nil
	}
	s.restart(l)
	return true, s.warn("%s: rows from before %s are not fetched: Intercom refuses them as too old", l.table.name, stamp(start))
}

// restart plans the lane anew from its state.
func (s *syncRun) restart(l *lane) {
	s.ground(l)
	l.readings = l.state.readings(s.workspace.moment, s.workspace.config.LookbackDays)
}

// ground gives up the lane's flights and forgets its windows. Their jobs end by
// themselves: Intercom cannot cancel them.
func (s *syncRun) ground(l *lane) {
	for _, w := range l.queue {
		s.giveUp(w)
	}
	l.queue = nil
}

// giveUp forgets a window's flight.
func (s *syncRun) giveUp(w *window) {
	if w.flight == nil {
		return
	}
	w.flight.cancel()
	s.state.dropJob(w.flight.id)
	w.flight = nil
}
