package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/membership"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
)

type snapshotCommand struct {
	Lake      place    `embed:""`
	Tables    []string `placeholder:"NAMES" help:"Only these tables, separated by commas; others stay as they are."`
	NoPII     bool     `name:"no-pii" help:"Leave out email, name, external_id and custom_attributes, and in reporting what says who a contact is."`
	Reporting []string `placeholder:"DATASETS" help:"Also land these datasets of the reporting export, by day; or all."`
	Since     string   `placeholder:"DATE" help:"First day of --reporting, such as 2026-05-04 (30 days ago, or the first of --days)."`
	Sandbox   bool     `help:"Snapshot a workspace made up within this process, to try things out."`
	Days      int      `placeholder:"N" help:"With --sandbox: let its clock play this many daily snapshots, the last of them today's."`
	Verbose   bool     `short:"v" help:"Tell of every call and wait."`
}

const sinceByDefault = 30 // days

// Run is kong's entry.
func (s snapshotCommand) Run(ctx context.Context, c console) (err error) {
	if s.Days < 0 || s.Since != "" && len(s.Reporting) == 0 {
		return usageError{errors.New("--days counts days, and --since goes with --reporting")}
	}
	if s.Days > 0 && !s.Sandbox {
		return usageError{errors.New("--days plays the clock of the --sandbox; a real workspace tells of today only")}
	}
	p := newProgress(c)
	defer p.end()
	clientLog, log := s.logs(p)
	from, err := openSource(ctx, c, s.Sandbox, s.Days, clientLog)
	if err != nil {
		return err
	}
	defer func() {
		from.client.CloseIdleConnections()
		err = errors.Join(err, from.close())
	}()
	now := c.now
	if from.clock != nil {
		now = from.clock.Now
	}
	to, err := openLake(ctx, s.Lake, false, lake.Options{Log: log, Now: now, Workspace: from.me.AppID, Version: intercom.Version})
	if err != nil {
		return err
	}
	last := now()
	since, err := s.since(last, from.zone)
	if err != nil {
		return err
	}
	for day := range max(s.Days, 1) {
		if from.clock != nil {
			from.clock.Set(last.AddDate(0, 0, day+1-max(s.Days, 1)))
		}
		if err := s.walk(ctx, to, from, now, log, p); err != nil {
			return explain(err)
		}
	}
	if len(s.Reporting) > 0 {
		if err := s.report(ctx, to, from, since, p); err != nil {
			return explain(err)
		}
	}
	p.end()
	return s.tell(ctx, c, to)
}

// logs are the client's, which tells of every wait, and the others'.
func (s snapshotCommand) logs(p *progress) (client, others *slog.Logger) {
	levels := [2]slog.Level{slog.LevelWarn, slog.LevelInfo}
	if s.Verbose {
		levels = [2]slog.Level{slog.LevelDebug, slog.LevelDebug}
	}
	return slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: levels[0]})),
		slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: levels[1]}))
}

func (s snapshotCommand) walk(ctx context.Context, to *lake.Lake, from *source, now func() time.Time, log *slog.Logger, p *progress) error {
	state := membership.Begin(now(), from.zone)
	p.begin("snapshot of " + state.Date)
	cfg := membership.Config{Client: from.client, Log: log, Now: now}
	out, err := operator.Take(ctx, to, cfg, state, operator.Snapshot{Tables: s.Tables, NoPII: s.NoPII, Zone: from.zone, OnRow: p.row, Again: true})
	if err != nil {
		return err
	}
	p.done(out.Publications)
	return nil
}

// since is the first moment of the reporting that is asked for.
func (s snapshotCommand) since(now time.Time, zone *time.Location) (time.Time, error) {
	switch {
	case s.Since != "":
		day, err := time.ParseInLocation(time.DateOnly, s.Since, zone)
		if err != nil {
			return day, fmt.Errorf("--since %q is not a date such as 2026-05-04", s.Since)
		}
		return day, nil
	case s.Days > 0:
		return now.AddDate(0, 0, 1-s.Days), nil
	}
	return now.AddDate(0, 0, -sinceByDefault), nil
}

func (s snapshotCommand) report(ctx context.Context, to *lake.Lake, from *source, since time.Time, p *progress) error {
	p.begin("reporting since " + since.In(from.zone).Format(time.DateOnly))
	published, err := operator.Report(ctx, to, from.client, operator.Reporting{
		Datasets: s.Reporting, Since: since, Zone: from.zone, NoPII: s.NoPII, OnRow: p.row,
	})
	if err != nil {
		return err
	}
	p.done(published)
	return nil
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
	fmt.Fprintf(c.out, "Published in %s:\n\n%-34s %6s %14s %14s\n", s.Lake.Output, "table", "days", "rows", "last day")
	for _, table := range order {
		t := totals[table]
		fmt.Fprintf(c.out, "%-34s %6s %14s %14s\n", table, thousands(t.days), thousands(t.rows), thousands(t.last))
	}
	next := "go run ./cmd/debug query --lake " + s.Lake.Output + " --recipe segment-size-by-day"
	if strings.Contains(s.Lake.Output, "://") {
		next = "operator verify --output " + s.Lake.Output + ", and the recipes in Athena: see deploy/README.md"
	}
	_, err = fmt.Fprintf(c.out, "\nNext: %s\n", next)
	return err
}
