package connector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"intercom-connector/wire"
)

// run launches jobs ahead and delivers windows until no lane has any left. Its
// error ends the sync at once; a lane's own error does not.
func (s *syncRun) run(ctx context.Context) error {
	for {
		s.fill(ctx)
		w := s.ready()
		if w == nil && s.idle() {
			return s.finish()
		}
		if w == nil {
			if err := s.await(ctx); err != nil {
				return err
			}
			continue
		}
		if err := s.settle(ctx, w); err != nil {
			return err
		}
	}
}

// finish tells what the rows were like and makes the state last.
func (s *syncRun) finish() error {
	for _, l := range s.lanes {
		if err := s.warnOfRows(l); err != nil {
			return err
		}
	}
	return s.checkpoint()
}

// fill launches windows, a lane at a time in turns, until parallel_jobs are
// ahead. The head of a lane is launched in any case: the others of the lane
// wait for it.
func (s *syncRun) fill(ctx context.Context) {
	for _, l := range s.lanes {
		if w := l.head(); w != nil && w.flight == nil {
			s.launch(ctx, w)
		}
	}
	for idle := 0; s.ahead() < s.workspace.config.ParallelJobs && idle < len(s.lanes); s.turn++ {
		w := s.lanes[s.turn%len(s.lanes)].next(s.saved)
		if w == nil {
			idle++
			continue
		}
		idle = 0
		s.launch(ctx, w)
	}
}

// ahead is how many windows are launched and not yet in delivery.
func (s *syncRun) ahead() int {
	n := 0
	for _, l := range s.lanes {
		for _, w := range l.queue {
			if w.flight != nil && !w.flight.delivering {
				n++
			}
		}
	}
	return n
}

// ready is a lane's head whose job has ended, the longest ago first.
func (s *syncRun) ready() *window {
	var first *window
	for _, l := range s.lanes {
		w := l.head()
		if w == nil || w.flight == nil || w.flight.landed.IsZero() {
			continue
		}
		if first == nil || w.flight.landed.Before(first.flight.landed) {
			first = w
		}
	}
	return first
}

func (s *syncRun) idle() bool {
	return !slices.ContainsFunc(s.lanes, func(l *lane) bool { return l.head() != nil || l.err == nil && len(l.readings) > 0 })
}

// await waits for an event, and takes in all that have come.
func (s *syncRun) await(ctx context.Context) error {
	select {
	case e := <-s.events:
		return s.note(e)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// note takes in an event and those that have come meanwhile. Jobs that got an
// id are put into the state at once, so that a restart can take them up.
func (s *syncRun) note(e event) error {
	enqueued := s.take(e)
	for {
		select {
		case e := <-s.events:
			enqueued = s.take(e) || enqueued
		default:
			if enqueued {
				return s.checkpoint()
			}
			return nil
		}
	}
}

// take writes an event into its flight; true when a job is new.
func (s *syncRun) take(e event) bool {
	f := e.flight
	if e.window.flight != f { // given up meanwhile
		return false
	}
	if e.ended {
		f.job, f.took, f.err, f.landed = e.job, e.took, e.err, time.Now()
		return false
	}
	f.id, f.asOf = e.id, e.asOf
	s.state.addJob(savedJob{
		ID: e.id, Dataset: e.window.lane.table.dataset.ID, Attributes: e.window.lane.fingerprint,
		Start: e.window.start, End: e.window.end, AsOf: e.asOf,
	})
	return true
}

// settle delivers a window whose job has ended, or decides what to do about it.
// What it cannot mend ends the lane, or the sync when no lane can go on.
func (s *syncRun) settle(ctx context.Context, w *window) error {
	f := w.flight
	f.delivering = true
	s.fill(ctx) // the jobs ahead run while this one's rows are sent
	stats, err := s.deliver(ctx, w, f)
	s.giveUp(w)
	if err == nil {
		return s.accept(w, f, stats)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if fatal(ctx, err) {
		return err
	}
	mended, err := s.mend(ctx, w, err)
	if err != nil {
		return err
	}
	if !mended {
		return nil
	}
	return s.checkpoint()
}

// accept moves the state past a delivered window and makes it last, unless its
// count of rows is too round to be believed: then its halves are read too.
func (s *syncRun) accept(w *window, f *flight, stats wire.Stats) error {
	l := w.lane
	_, ahead := time.Unix(w.start, 0).In(l.zone).Zone()
	l.totals.add(stats, time.Duration(ahead)*time.Second)
	if suspicious(stats.Rows) {
		if l.split(w, 2*time.Second) {
			l.shorten(w)
			s.log.Info("so round a count may be a limit: the window is split and read again", "dataset", l.table.dataset.ID, "span", w.String(), "rows", stats.Rows)
			return nil
		}
		if err := s.warn("%v", w.failure(fmt.Errorf("exactly %d rows in the shortest window: Intercom may have cut the export there", stats.Rows))); err != nil {
			return err
		}
	}
	if !f.adopted {
		l.learn(w, f.took, stats.Rows)
	}
	l.delivered(w, f.asOf)
	s.log.Info("window", "dataset", l.table.dataset.ID, "what", w.purpose.String(), "span", w.String(),
		"rows", stats.Rows, "bytes", stats.Bytes, "job_seconds", seconds(f.took), "next", l.comes())
	return s.checkpoint()
}

// list is names in a sentence, the first few of many.
func list(names []string) string {
	const few = 20
	if len(names) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}

func seconds(d time.Duration) float64 { return d.Round(100 * time.Millisecond).Seconds() }
