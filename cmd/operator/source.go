package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/sandbox"
)

// source is the workspace that is read.
type source struct {
	client *intercom.Client
	me     intercom.Me
	zone   *time.Location
	clock  *clock // the sandbox's; nil for a real workspace
	close  func() error
}

// openSource opens the workspace of the token, or a sandbox that is as old as
// the days to be played.
func openSource(ctx context.Context, c console, sandboxed bool, days int, log *slog.Logger) (*source, error) {
	token, base := c.getenv("INTERCOM_ACCESS_TOKEN"), c.getenv("INTERCOM_BASE_URL")
	s := &source{close: func() error { return nil }}
	switch {
	case sandboxed:
		fmt.Fprintln(c.problems, "This is the sandbox, a workspace made up within this process.")
		var err error
		if token, base, err = s.openSandbox(c.now(), days); err != nil {
			return nil, err
		}
	case token == "":
		return nil, usageError{errors.New("no access token: set INTERCOM_ACCESS_TOKEN to that of your workspace, or try things out with --sandbox")}
	}
	client, err := intercom.New(intercom.Config{Token: token, BaseURL: base, Log: log})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.me, err = client.Me(ctx); err != nil {
		return nil, errors.Join(explain(err), s.close())
	}
	s.client = client.ForWorkspace(s.me)
	if s.zone, err = time.LoadLocation(s.me.Timezone); err != nil || s.me.Timezone == "" {
		return nil, errors.Join(fmt.Errorf("Intercom tells the workspace's timezone as %q, which is none: days cannot be told apart", s.me.Timezone), s.close())
	}
	return s, nil
}

// The sandbox's workspace: small enough to play ninety days in seconds.
const (
	sandboxContacts  = 600
	sandboxCompanies = 60
	sandboxDays      = 90
	sandboxToken     = "sandbox-token"
)

func (s *source) openSandbox(now time.Time, days int) (token, base string, err error) {
	s.clock = &clock{}
	s.clock.Set(now)
	box := sandbox.New(sandbox.Options{
		Now: s.clock.Now, Contacts: sandboxContacts, Companies: sandboxCompanies, RowsPerDay: 40, RateLimit: 1 << 30,
		Epoch: now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -max(days, sandboxDays)),
	})
	base, s.close, err = box.Listen("127.0.0.1:0")
	return sandboxToken, base, err
}

// explain adds what to do about a token that does not open the workspace.
func explain(err error) error {
	var e *intercom.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Unauthorized():
		return fmt.Errorf("the token in INTERCOM_ACCESS_TOKEN is not accepted; copy it anew from Intercom's developer hub: %w", err)
	case e.Forbidden():
		return fmt.Errorf("the token lacks a scope; it needs \"Read and list users and companies\", \"Read tags\" and, for --reporting, \"Export reporting data\": %w", err)
	}
	return err
}
