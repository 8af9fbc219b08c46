package plan

import "time"

// Lag is how far the cursor stays behind the clocks, since rows appear in
// exports some minutes after their time.
const Lag = time.Hour

// Read records that a window was read whole by a job that was enqueued at asOf,
// the smaller of both clocks then. Rows from within [Lag] before asOf may be yet
// to appear, so that the cursor stays behind them. It moves only over a window
// that begins at or before it: behind a gap, rows were not read. So it is with the
// rows before the floor, which may be as young.
func (s *State) Read(w *Window, asOf int64) {
	for _, span := range w.spans {
		end := min(w.End, span.To)
		if w.Start > s.at(span.Purpose) || end <= span.From {
			continue
		}
		settled := min(end, asOf-int64(Lag.Seconds()))
		switch span.Purpose {
		case NewRows:
			s.Cursor = max(s.Cursor, settled)
		case LookBack:
			s.Lookback.At = max(s.Lookback.At, end)
			if end >= s.Lookback.To {
				s.Lookback = Lookback{Last: s.Lookback.Began}
			}
		case EarlierRows:
			s.Earlier.At = max(s.Earlier.At, settled)
			if settled >= s.Floor {
				s.Floor, s.Asked = s.Earlier.Start, s.Earlier.Asked
				s.Earlier = nil
			}
		}
	}
}

// ReadAgain moves the cursor back: all from a time on is read as new rows once more.
func (s *State) ReadAgain(from int64) {
	if from >= s.Floor {
		s.Cursor = min(s.Cursor, from)
	}
}

// at is how far the reading for a purpose has come.
func (s *State) at(p Purpose) int64 {
	switch {
	case p == NewRows:
		return s.Cursor
	case p == LookBack && s.Lookback.Began != 0:
		return s.Lookback.At
	case p == EarlierRows && s.Earlier != nil:
		return s.Earlier.At
	default:
		return -1 // nothing of it is under way: nothing is to be recorded
	}
}
