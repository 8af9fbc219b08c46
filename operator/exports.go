package operator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"intercom-connector/connector/export"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/workspace"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/part"
	"intercom-connector/operator/reporting"
)

// Exports say how the reporting export lands in a lake. Which datasets, and from
// when, is the workspace's configuration.
type Exports struct {
	// Since is where the first load begins; zero means where the configuration
	// says, or else thirty days ago. An earlier one than before also reads the
	// older days.
	Since time.Time
	// NoPII leaves out all that may be about persons: see docs/privacy.md.
	NoPII bool
	// Believe publishes days though they have lost most of their rows.
	Believe bool
	// Due, when set, says that something else is to be done first: see
	// [ErrNotDone].
	Due func() bool
	Log *slog.Logger
	Bug func(where string) error
	// OnRow, when set, hears of every row, OnPublish of every day, OnWarning of
	// what a person should know.
	OnRow     func(table string)
	OnPublish func(lake.Publication)
	OnWarning func(message string)
}

// ErrNotDone says that exports were stopped because something else is due. They
// go on where they stopped when they are asked for again.
var ErrNotDone = errors.New("the exports are not done yet")

// firstLoad is how far back the first load goes where nobody says.
const firstLoad = 30 * 24 * time.Hour

// Export reads the configured datasets of a workspace into the lake, by day, from
// where the last run stopped. A day is published when it is whole. A dataset that
// fails does not stop the others; the error names it. Before them it lands which
// conversations were deleted, and the teammates and teams of the day; after them
// message engagement.
func Export(ctx context.Context, l *lake.Lake, w *workspace.Workspace, o Exports) (err error) {
	sink, err := reporting.Open(ctx, l, reporting.Options{
		Workspace: w.Me.AppID, Zone: w.Zone, Believe: o.Believe, Due: o.Due,
		OnRow: o.OnRow, OnPublish: o.OnPublish, OnWarning: o.OnWarning,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Close(context.WithoutCancel(ctx))) }()
	state := sink.State()
	if err := w.ListDatasets(ctx, state); err != nil {
		return err
	}
	tables, err := w.Tables(state, true)
	if err != nil {
		return err
	}
	tables.Tables = slices.DeleteFunc(tables.Tables, func(t *dataset.Table) bool {
		if !lake.IsTable(t.Name) {
			tables.Refused = append(tables.Refused, fmt.Errorf("dataset %.200q: a lake can have no table %.200q", t.Dataset, t.Name))
		}
		return !lake.IsTable(t.Name)
	})
	for _, skipped := range tables.Skipped {
		_ = sink.Warn(ctx, skipped.Error())
	}
	for _, id := range w.Gone {
		_ = sink.Warn(ctx, fmt.Sprintf("the workspace has no dataset %s any more: what is published of it stays", id))
	}
	selected, err := o.begin(ctx, sink, w, tables.Tables)
	if err != nil {
		return err
	}
	run, err := export.New(export.Config{
		Client: w.Client, Sink: sink, State: state, Now: w.Now, Zone: w.Zone, Clock: l.Now,
		LookbackDays: w.Settings.LookbackDays, Window: w.Settings.Window, ParallelJobs: w.Settings.ParallelJobs,
		Log: o.Log, Bug: o.Bug,
	}, selected)
	if err != nil {
		return err
	}
	if err := run.Announce(ctx); err != nil {
		return err
	}
	damaged, err := o.deletionsAndLookups(ctx, l, sink, w)
	if err != nil {
		return err
	}
	messages, err := o.engagement(ctx, l, sink, w)
	if err != nil {
		return err
	}
	messagesErr, err := read(ctx, run, messages)
	if errors.Is(err, export.ErrStop) {
		return ErrNotDone
	} else if err != nil {
		return err
	}
	return errors.Join(append(tables.Refused, run.Outcome(ctx, w.Settings.Datasets == nil), messagesErr, damaged)...)
}

// deletionsAndLookups lands what is read before the datasets. Days of it that are
// damaged stop neither the others nor the datasets.
func (o *Exports) deletionsAndLookups(ctx context.Context, l *lake.Lake, sink *reporting.Sink, w *workspace.Workspace) (damaged, err error) {
	for _, land := range []func() error{
		func() error { return o.deletions(ctx, sink, w) },
		func() error { return o.lookups(ctx, l, sink, w) },
	} {
		err := land()
		if err != nil && !errors.As(err, new(*part.Damage)) {
			return nil, err
		}
		damaged = errors.Join(damaged, err)
	}
	return damaged, nil
}

// begin gives each table its place in the lake and its state. What an earlier
// version has published counts as read.
func (o *Exports) begin(ctx context.Context, sink *reporting.Sink, w *workspace.Workspace, tables []*dataset.Table) (all []dataset.Selected, err error) {
	since, given := o.since(w)
	for _, t := range tables {
		landed, err := sink.Prepare(ctx, t.Dataset, t.Name)
		if err != nil {
			return nil, fmt.Errorf("dataset %s: %w", t.Dataset, err)
		}
		s := dataset.Selected{Table: t}
		if o.NoPII {
			s.Columns = func(c dataset.Column) bool { return c.Time || impersonal(t.Dataset, c) }
			s.NoUnparsed = true // it holds the text of what does not fit its column
		}
		state := sink.State()
		if !landed.To.IsZero() {
			state.Adopt(t, landed.From, landed.To)
		}
		if known := state.Datasets[t.Dataset]; known != nil {
			known.Key = t.Key() // days are replaced whole: no key holds their rows
			if from, doubted := sink.Doubted(t.Dataset); doubted {
				known.ReadAgain(from.Unix()) // the look-back may not reach so far
			}
		}
		if err := state.Begin(s, since, w.Now, given); err != nil {
			return nil, err
		}
		if !given && !landed.Oldest.IsZero() { // days that an earlier version left incomplete
			start := landed.Oldest.Unix()
			state.Datasets[t.Dataset].BeginEarlier(start, max(start, w.Now.Add(-export.LongRetention).Unix()))
		}
		all = append(all, s)
	}
	return all, nil
}

// since is where the first load begins, and whether somebody said so.
func (o *Exports) since(w *workspace.Workspace) (since time.Time, given bool) {
	switch {
	case !o.Since.IsZero():
		return o.Since, true
	case w.Settings.Start.Given():
		return w.Settings.Start.In(w.Zone, w.Now), true
	default:
		return plan.DayOf(w.Now.Add(-firstLoad), w.Zone).Start, false
	}
}
