// Package workspace opens an Intercom workspace for a program that wants to read
// it: whose token is it, in which zone does it write times, which datasets does
// it have, and which tables are they. The connector and the operator open it the
// same way, with the same refusals in the same words.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/plan"
	"intercom-connector/intercom"
)

// Options are what a process gives its workspaces. The zero value is ready.
type Options struct {
	// Log hears of waits and retries; nil discards.
	Log *slog.Logger
	// Now is our clock; nil means time.Now.
	Now func() time.Time
	// Transport carries the calls to Intercom; nil means the client's own.
	Transport http.RoundTripper
	// Timeouts are the deadlines of calls; zero fields have the client's defaults.
	Timeouts intercom.Timeouts
	// OnWait, where it is given, hears of every wait of the client.
	OnWait func(intercom.Wait)
}

// Workspace is what two calls tell of the workspace behind a token, and what the
// configuration wants of it.
type Workspace struct {
	Settings configuration.Settings
	Client   *intercom.Client
	Me       intercom.Me
	// Now is the smaller of both clocks when it was opened, to the second; Zone
	// is that in which it writes times.
	Now  time.Time
	Zone *time.Location
	// Ahead is how far Intercom's clock was ahead of ours then; negative where it
	// was behind, and zero where it did not tell. Its present day is the one of
	// which Intercom tells.
	Ahead time.Duration
	// All are its datasets, once they were listed; Datasets those configured, in
	// the configuration's order.
	All, Datasets []intercom.Dataset
	// Gone are the ids of configured datasets that an earlier run read and that
	// are no longer there.
	Gone []string
}

// Connect asks whose token it is: GET /me. The workspace must be closed.
func Connect(ctx context.Context, settings configuration.Settings, o Options) (*Workspace, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	client, err := intercom.New(intercom.Config{
		Token:     settings.Token,
		BaseURL:   settings.BaseURL,
		Region:    settings.Region,
		AppID:     settings.AppID,
		ClientID:  settings.ClientID,
		Transport: o.Transport,
		Timeouts:  o.Timeouts,
		Log:       o.Log,
		OnWait:    o.OnWait,
	})
	if err != nil {
		return nil, err
	}
	me, err := client.Me(ctx)
	now := o.Now()
	var zone *time.Location
	if err == nil {
		zone, err = zoneOf(settings, me)
	}
	if err != nil {
		client.CloseIdleConnections()
		return nil, err
	}
	return &Workspace{
		Settings: settings,
		Client:   client.ForWorkspace(me),
		Me:       me,
		Now:      plan.AsOf(now, me.ServerTime),
		Zone:     zone,
		Ahead:    ahead(now, me.ServerTime),
	}, nil
}

// NextDay tells, from now on, whether a day has begun, by Intercom's clock: by the
// smaller of both, a machine that is behind would be told so until it is there, too.
func (w *Workspace) NextDay(now func() time.Time) func() bool {
	today := plan.DayOf(now().Add(w.Ahead), w.Zone)
	return func() bool { return !now().Add(w.Ahead).Before(today.End) }
}

// Open connects and lists the configured datasets. last is what earlier runs read, or
// nil. The workspace must be closed.
func Open(ctx context.Context, settings configuration.Settings, o Options, last *export.State) (*Workspace, error) {
	w, err := Connect(ctx, settings, o)
	if err != nil {
		return nil, err
	}
	if err := w.ListDatasets(ctx, last); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// ahead is how far the one clock is ahead of ours. Answers take their time, and tell
// of whole seconds: what could come of that is no difference.
func ahead(ours, theirs time.Time) time.Duration {
	if by := theirs.Sub(ours); !theirs.IsZero() && by.Abs() > time.Minute {
		return by
	}
	return 0
}

// Close lets go of the connections to Intercom.
func (w *Workspace) Close() { w.Client.CloseIdleConnections() }

// TryMessages starts an export of the messages of a minute, and says why it cannot.
// Another such export that is under way is no reason: a sync waits for its end.
func (w *Workspace) TryMessages(ctx context.Context) error {
	_, err := w.Client.EnqueueContent(ctx, w.Now.Add(-time.Minute), w.Now)
	if isJobLimit(err) {
		return nil
	}
	return err
}

// TryExports starts an export of a minute of each table, and says which are
// forbidden; err is another reason why one cannot be. Slots that others hold are
// none: a sync waits for them.
func (w *Workspace) TryExports(ctx context.Context, tables []*dataset.Table) (forbidden []error, err error) {
	var running []intercom.Job
	for _, t := range tables {
		e := intercom.Export{DatasetID: t.Dataset, AttributeIDs: []string{t.Columns[0].Attribute.Request()}, Start: w.Now.Add(-time.Minute), End: w.Now}
		job, err := w.Client.Enqueue(ctx, e)
		for isJobLimit(err) && len(running) > 0 { // the slots are ours: the first of them is soon free
			if _, waitErr := w.Client.Await(ctx, running[0].ID, time.Time{}); ctx.Err() != nil {
				return forbidden, waitErr
			}
			running = running[1:]
			job, err = w.Client.Enqueue(ctx, e)
		}
		api, ok := errors.AsType[*intercom.Error](err)
		switch {
		case err == nil:
			running = append(running, job)
		case ok && api.Forbidden():
			forbidden = append(forbidden, fmt.Errorf("dataset %s: %w", t.Dataset, err))
		case !isJobLimit(err):
			return forbidden, fmt.Errorf("dataset %s: %w", t.Dataset, err)
		}
	}
	return forbidden, nil
}

func isJobLimit(err error) bool {
	api, ok := errors.AsType[*intercom.Error](err)
	return ok && api.JobLimit()
}

// zoneOf is the zone in which the workspace writes times: never a guess.
func zoneOf(settings configuration.Settings, me intercom.Me) (*time.Location, error) {
	if settings.Timezone != nil {
		return settings.Timezone, nil
	}
	if me.Timezone == "" {
		return nil, &configuration.Error{Key: configuration.KeyTimezone, Want: "is needed: Intercom did not say which zone the workspace is in; write an IANA name such as Europe/Dublin"}
	}
	zone, err := time.LoadLocation(me.Timezone)
	if err != nil {
		return nil, &configuration.Error{Key: configuration.KeyTimezone, Want: fmt.Sprintf("is needed: Intercom says %q, which is no zone that this machine knows; write an IANA name such as Europe/Dublin", me.Timezone)}
	}
	return zone, nil
}

// Mismatches are what the configuration says of the workspace and Intercom does
// not, and a start that no sync could begin at.
func (w *Workspace) Mismatches() (errs []error) {
	if start := w.Settings.Start.In(w.Zone, w.Now); start.After(w.Now) {
		errs = append(errs, export.NotYet(start))
	}
	if w.Settings.Region != "" && w.Me.Region != "" && w.Settings.Region != w.Me.Region {
		errs = append(errs, &configuration.Error{Key: configuration.KeyRegion, Want: fmt.Sprintf("is %s, and the workspace is in %s: choose %s, or leave it to Intercom", w.Settings.Region, w.Me.Region, w.Me.Region)})
	}
	if w.Settings.AppID != "" && w.Settings.AppID != w.Me.AppID {
		errs = append(errs, &configuration.Error{Key: configuration.KeyAppID, Want: fmt.Sprintf("is %q, and the token belongs to workspace %q: leave it empty", w.Settings.AppID, w.Me.AppID)})
	}
	return errs
}
