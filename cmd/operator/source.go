package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/internal/exit"
	"intercom-connector/sandbox"
)

// clock runs as fast as any other, from where it was set: the sandbox's export
// jobs take time.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) Set(t time.Time) { c.ahead.Store(int64(time.Until(t))) }

type source struct {
	workspace *workspace.Workspace
	values    map[string]string // its configuration
	options   workspace.Options
	clock     *clock // the sandbox's; nil for a real workspace
	close     func() error
}

// openSource opens the workspace of the configuration, or a sandbox that is as
// old as the days to be played. datasets, where it is given, replaces the
// configuration's.
func (s snapshotCommand) openSource(ctx context.Context, c console, log *slog.Logger) (*source, error) {
	from := &source{close: func() error { return nil }, options: workspace.Options{Log: log, Now: c.now}}
	var err error
	if from.values, err = s.configuration(c, from); err != nil {
		return nil, err
	}
	if s.Reporting != nil && *s.Reporting != "" {
		from.values[configuration.KeyDatasets] = *s.Reporting
	}
	if from.workspace, err = from.connect(ctx); err != nil {
		return nil, errors.Join(err, from.close())
	}
	return from, nil
}

// connect opens the workspace anew: what it knows of the time is of now.
func (s *source) connect(ctx context.Context) (*workspace.Workspace, error) {
	settings, err := configuration.Parse(s.values)
	if err != nil {
		return nil, err
	}
	w, err := workspace.Connect(ctx, settings, s.options)
	return w, workspace.Explain(err)
}

// configuration finds what the person has configured, or makes a sandbox.
func (s snapshotCommand) configuration(c console, from *source) (map[string]string, error) {
	if s.Sandbox {
		fmt.Fprintln(c.problems, "This is the sandbox, a workspace made up within this process.")
		return from.openSandbox(c.now(), s.Days)
	}
	found, err := configuration.Find(s.Configuration, c.getenv)
	if err != nil {
		return nil, exit.Wrong(err)
	}
	c.secrets.Add(found.Values[configuration.KeyToken]) // to the program's end, which may write its error
	if found.Warning != "" {
		fmt.Fprintln(c.problems, "WARNING", found.Warning)
	}
	values := found.Values
	if len(values) == 0 {
		return nil, exit.Wrong(errors.New("no access token: set INTERCOM_ACCESS_TOKEN to that of your workspace, or name a configuration.json with --configuration; --sandbox tries things out without one"))
	}
	return values, exit.Wrong(configuration.Known(values))
}

// The sandbox's workspace: small enough to play ninety days in seconds.
const (
	sandboxContacts  = 600
	sandboxCompanies = 60
	sandboxDays      = 90
	sandboxToken     = "sandbox-token"
)

func (s *source) openSandbox(now time.Time, days int) (map[string]string, error) {
	s.clock = &clock{}
	s.clock.Set(now)
	s.options.Now = s.clock.Now
	box := sandbox.New(sandbox.Options{
		Now: s.clock.Now, Contacts: sandboxContacts, Companies: sandboxCompanies, RowsPerDay: 40, RateLimit: 1 << 30, Deleted: 10,
		Epoch: now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -max(days, sandboxDays)),
	})
	var base string
	var err error
	base, s.close, err = box.Listen("127.0.0.1:0")
	return map[string]string{configuration.KeyToken: sandboxToken, configuration.KeyBaseURL: base}, err
}
