package lambda

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intercom-connector/connector/workspace"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
)

// exports lands the exports, from where the last turn stopped, and hands over what
// is left. A day that begins meanwhile has its snapshot first: the next turn begins
// with it.
func (f *Function) exports(ctx context.Context, r Result, to *lake.Lake, w *workspace.Workspace, until time.Time, turns int, m *metrics) (Result, error) {
	done := false
	err := f.patiently(ctx, until, func() (err error) {
		done, err = f.land(ctx, to, w, until, m)
		return err
	})
	r.ExportDays = m.exportDays
	switch {
	case err != nil:
		return r, fmt.Errorf("the exports: %w", err)
	case done:
		m.exported = 1
		return r, nil
	case turns+1 >= f.config.Turns:
		return r, fmt.Errorf("the exports are not done after %d runs; the next event goes on with them", turns+1)
	}
	r.Outcome, m.handOvers = OutcomeHandedOver, 1
	return r, f.handOver(ctx, Event{Exports: turns + 1})
}

// land reads exports into the lake until all is read or its time is over. A job
// that takes Intercom longer than that is cut off: it is in the state, and the next
// turn takes it up.
func (f *Function) land(ctx context.Context, to *lake.Lake, w *workspace.Workspace, until time.Time, m *metrics) (done bool, err error) {
	nextDay := w.NextDay(time.Now)
	within, stop := context.WithDeadlineCause(ctx, until.Add(f.config.Reserve/2), operator.ErrNotDone)
	defer stop()
	err = operator.Export(within, to, w, operator.Exports{
		NoPII: f.config.NoPII, Log: f.log,
		Due:       func() bool { return !time.Now().Before(until) || nextDay() },
		OnRow:     func(string) { m.rows.Add(1) },
		OnPublish: func(lake.Publication) { m.exportDays++ },
		OnWarning: func(message string) { f.log.Warn(message) },
	})
	cut := errors.Is(err, context.DeadlineExceeded) && errors.Is(context.Cause(within), operator.ErrNotDone)
	if cut || errors.Is(err, operator.ErrNotDone) {
		f.log.Info("the exports go on in the next run", "cause", err)
		return false, nil
	}
	return err == nil, err
}
