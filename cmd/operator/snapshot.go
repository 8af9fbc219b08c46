package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"intercom-connector/connector/export/plan"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/internal/build"
	"intercom-connector/internal/exit"
	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
	"intercom-connector/membership"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
	"intercom-connector/operator/lake/compact"
)

type snapshotCommand struct {
	Lake          lakeFlags `embed:""`
	Configuration string    `short:"c" placeholder:"FILE" help:"The configuration (default: that of $FIVETRAN_CONFIGURATION, ./configuration.json, or the environment: INTERCOM_ACCESS_TOKEN and the like)."`
	Tables        []string  `placeholder:"NAMES" help:"Only these tables, separated by commas; others stay as they are."`
	NoPII         bool      `name:"no-pii" help:"Leave out email, name, external_id and custom_attributes, and of reporting all but times, durations, counts, row ids and enumerations (docs/privacy.md)."`
	Reporting     *string   `placeholder:"DATASETS" help:"Also land the reporting export, by day: these datasets, or all; without a value, those of the configuration's dataset_id."`
	Since         string    `placeholder:"DATE" help:"First day of --reporting, such as 2026-05-04 (the configuration's initial_start_time, else 30 days ago, or the first of --days)."`
	Believe       bool      `help:"Publish days of --reporting even if they have lost most of their rows."`
	Compact       bool      `help:"Then index the months that are over, as operator compact does."`
	Sandbox       bool      `help:"Snapshot a workspace made up within this process, to try things out."`
	Days          int       `placeholder:"N" help:"With --sandbox: take this many daily snapshots of its past, the last of them today's."`
	JSON          bool      `name:"json" help:"What the run did, as JSON; the rest goes to standard error."`
	Verbose       bool      `short:"v" help:"Log every call and wait."`
}

func (s snapshotCommand) Run(ctx context.Context, c console) (err error) {
	if err := s.check(); err != nil {
		return exit.Wrong(err)
	}
	p := newProgress(c)
	defer p.end()
	did := newReport()
	clientLog, log := s.logs(p)
	log = slog.New(slog.NewMultiHandler(log.Handler(), did.log.Handler()))
	from, err := s.openSource(ctx, c, clientLog)
	if err != nil {
		return err
	}
	defer func() {
		from.workspace.Close()
		err = errors.Join(err, from.close())
	}()
	now := from.options.Now
	to, err := openLake(ctx, s.Lake, false, lake.Options{Log: log, Now: now, Workspace: from.workspace.Me.AppID, Version: intercom.Version})
	if err != nil {
		return err
	}
	last := now().In(from.workspace.Zone)
	since, err := s.since(last, from.workspace.Zone)
	if err != nil {
		return exit.Wrong(err)
	}
	for _, moment := range sameHour(last, max(s.Days, 1)) {
		if from.clock != nil {
			from.clock.Set(moment)
		}
		if err := s.walk(ctx, to, from, now, log, p, did); err != nil {
			return workspace.Explain(err)
		}
	}
	if s.Reporting != nil {
		if err := s.export(ctx, to, from, since, now, log, p, did); err != nil {
			return workspace.Explain(err)
		}
	}
	p.end()
	if s.Compact {
		if _, err := compact.Months(ctx, to, keepDays); err != nil {
			return err
		}
	}
	if s.JSON {
		return did.write(c.out)
	}
	return s.tell(ctx, c, to)
}

// sameHour is each of so many days, up to last, at its hour of the clock: where
// clocks change, the days before are not multiples of 24 hours away.
func sameHour(last time.Time, days int) (all []time.Time) {
	for back := days - 1; back >= 0; back-- {
		all = append(all, last.AddDate(0, 0, -back))
	}
	return all
}

// check finds flags that do not go together.
func (s snapshotCommand) check() error {
	switch {
	case s.Days < 0:
		return errors.New("--days counts days")
	case s.Reporting == nil && (s.Since != "" || s.Believe):
		return errors.New("--since and --believe go with --reporting")
	case s.Days > 0 && !s.Sandbox:
		return errors.New("--days is for --sandbox: a real workspace tells of today only")
	}
	return nil
}

// logs are the client's, which tells of every wait, and the others'.
func (s snapshotCommand) logs(p *progress) (client, others *slog.Logger) {
	levels := [2]slog.Level{slog.LevelWarn, slog.LevelInfo}
	if s.Verbose {
		levels = [2]slog.Level{slog.LevelDebug, slog.LevelDebug}
	}
	return terminal.NewLog(p, levels[0]), terminal.NewLog(p, levels[1])
}

func (s snapshotCommand) walk(ctx context.Context, to *lake.Lake, from *source, now func() time.Time, log *slog.Logger, p *progress, did *report) error {
	state := membership.Begin(now().Add(from.workspace.Ahead), from.workspace.Zone)
	p.begin("snapshot of " + state.Date)
	cfg := membership.Config{Client: from.workspace.Client, Log: log, Now: now}
	out, err := operator.Take(ctx, to, cfg, state, operator.Snapshot{Tables: s.Tables, NoPII: s.NoPII, Zone: from.workspace.Zone, OnRow: p.row, Again: true})
	if err != nil {
		return err
	}
	p.done(out.Publications, nil)
	did.add(state.Date, out.Publications)
	return nil
}

// since is the first moment of the reporting that is asked for; zero where
// nobody asks.
func (s snapshotCommand) since(now time.Time, zone *time.Location) (time.Time, error) {
	switch {
	case s.Since != "":
		day, err := plan.DayOn(s.Since, zone)
		if err != nil {
			return time.Time{}, fmt.Errorf("--since %q is not a date such as 2026-05-04", s.Since)
		}
		return day.Start, nil
	case s.Days > 0:
		return now.AddDate(0, 0, 1-s.Days), nil
	}
	return time.Time{}, nil
}

// export lands the reporting export, from where the last run stopped. A day that
// begins meanwhile has its snapshot first: it cannot be had later, exports can.
func (s snapshotCommand) export(ctx context.Context, to *lake.Lake, from *source, since time.Time, now func() time.Time, log *slog.Logger, p *progress, did *report) error {
	label := "reporting"
	if !since.IsZero() {
		label += " since " + plan.DayOf(since, from.workspace.Zone).Date
	}
	for {
		w, err := from.connect(ctx)
		if err != nil {
			return err
		}
		nextDay := w.NextDay(now)
		p.begin(label)
		var published []lake.Publication
		err = operator.Export(ctx, to, w, operator.Exports{
			Since: since, NoPII: s.NoPII, Believe: s.Believe, Log: log, OnRow: p.row,
			Due:       func() bool { return from.clock == nil && nextDay() },
			OnPublish: func(day lake.Publication) { published = append(published, day) },
			OnWarning: func(message string) { log.Warn(message) },
		})
		w.Close()
		if !errors.Is(err, operator.ErrNotDone) {
			p.done(published, err)
			did.add("", published)
			return err
		}
		did.add("", published)
		if err := s.walk(ctx, to, from, now, log, p, did); err != nil {
			return err
		}
	}
}

// tell lists what the lake holds now, and what to type next.
func (s snapshotCommand) tell(ctx context.Context, c console, to *lake.Lake) error {
	all, err := to.Publications(ctx)
	if err != nil {
		return err
	}
	type total struct{ days, rows, last int64 }
	totals := map[string]*total{}
	var order []string
	for _, p := range all {
		t := totals[p.Table]
		if t == nil {
			t = &total{}
			totals[p.Table] = t
			order = append(order, p.Table)
		}
		t.days++
		t.rows += p.Rows
		t.last = p.Rows
	}
	fmt.Fprintf(c.out, "Published in %s:\n\n%-34s %6s %14s %14s\n", s.Lake.At.Output, "table", "days", "rows", "last day")
	for _, table := range order {
		t := totals[table]
		fmt.Fprintf(c.out, "%-34s %6s %14s %14s\n", table, terminal.Number(t.days), terminal.Number(t.rows), terminal.Number(t.last))
	}
	next := build.Command("debug") + " query --lake " + printable.Argument(s.Lake.At.Output) + " --recipe segment-size-by-day"
	if strings.Contains(s.Lake.At.Output, "://") {
		next = build.Command("operator") + " verify --output " + printable.Argument(s.Lake.At.Output) + ", and the recipes in Athena: see deploy/README.md"
	}
	_, err = fmt.Fprintf(c.out, "\nNext: %s\n", next)
	return err
}
