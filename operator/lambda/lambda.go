package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	invoke "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
	"intercom-connector/internal/secret"
	"intercom-connector/membership"
	"intercom-connector/membership/tables"
	"intercom-connector/operator"
	"intercom-connector/operator/lake"
)

// Function takes events.
type Function struct {
	config  Config
	open    func(ctx context.Context, output string, o lake.Options) (*lake.Lake, error)
	tokens  *tokens
	lambda  *invoke.Client
	log     *slog.Logger
	metrics io.Writer
}

// Result is what an invocation answers.
type Result struct {
	Outcome  string `json:"outcome"`
	Day      string `json:"day"`
	Turns    int    `json:"turns,omitempty"`
	Tables   int    `json:"tables,omitempty"` // published
	Rows     int64  `json:"rows,omitempty"`   // of the tables published
	Complete bool   `json:"complete"`         // all of the day's were proven so
	// ExportDays are the days of exports that were published.
	ExportDays int64 `json:"export_days,omitempty"`
}

// The outcomes of invocations that did not fail.
const (
	OutcomePublished  = "published"
	OutcomeHandedOver = "handed over"
	OutcomeIdle       = "nothing to do: the day is published, or past"
	OutcomeBusy       = "another run is at work on it"
)

// Serve takes events from Lambda until the process ends. Its log and metrics
// go to the writer, a line of JSON each.
func Serve(ctx context.Context, getenv func(string) string, out io.Writer, open func(context.Context, string, lake.Options) (*lake.Lake, error)) error {
	cfg, err := ParseConfig(getenv)
	if err != nil {
		return fmt.Errorf("the function's environment: %w", err)
	}
	aws, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	secrets := &secret.Set{}
	f := &Function{
		config: cfg, open: open,
		tokens:  &tokens{secrets: secretsmanager.NewFromConfig(aws), arn: cfg.Secret, all: secrets},
		lambda:  invoke.NewFromConfig(aws),
		log:     slog.New(secrets.Log(slog.NewJSONHandler(out, nil))),
		metrics: out,
	}
	lambda.StartWithOptions(f.handle, lambda.WithContext(ctx))
	return nil
}

func (f *Function) handle(ctx context.Context, event json.RawMessage) (Result, error) {
	m := &metrics{began: time.Now()}
	result, err := f.turn(ctx, event, m)
	if err != nil {
		m.failures = 1
		f.tokens.heard(err)
		f.log.Error("the invocation failed", "cause", err)
	} else {
		f.log.Info(result.Outcome, "day", result.Day, "turns", result.Turns, "tables", result.Tables, "rows", result.Rows, "complete", result.Complete, "export_days", result.ExportDays)
	}
	return result, errors.Join(f.tokens.all.Error(err), m.write(f.metrics, f.config.Name, time.Now()))
}

// turn does an event's work as far as its time goes: the snapshot, and then the
// exports, which a snapshot that cannot be had does not keep back.
func (f *Function) turn(ctx context.Context, data []byte, m *metrics) (Result, error) {
	event, err := parseEvent(data)
	if err != nil {
		return Result{}, err
	}
	deadline, ok := ctx.Deadline()
	if left := time.Until(deadline); !ok || left <= f.config.Reserve {
		return Result{}, fmt.Errorf("the function's timeout leaves %v, no more than the %v that handing over may take; make it longer", left.Round(time.Millisecond), f.config.Reserve)
	}
	w, err := f.workspace(ctx, m)
	if err != nil {
		return Result{}, err
	}
	defer w.Close()
	to, err := f.open(ctx, f.config.Output, lake.Options{Log: f.log, Workspace: w.Me.AppID, Version: intercom.Version})
	if err != nil {
		return Result{}, err
	}
	until := deadline.Add(-f.config.Reserve)
	result, err := f.snapshot(ctx, event, to, w, until, m)
	locked := errors.As(err, new(*lake.LockedError))
	if f.config.Reporting == "" || locked || ctx.Err() != nil || result.Outcome == OutcomeHandedOver || result.Outcome == OutcomeBusy {
		return result, err
	}
	result, exportsErr := f.exports(ctx, result, to, w, until, event.Exports, m)
	return result, errors.Join(err, exportsErr)
}

// snapshot takes the event's snapshot or goes on with it.
func (f *Function) snapshot(ctx context.Context, event Event, to *lake.Lake, w *workspace.Workspace, until time.Time, m *metrics) (Result, error) {
	snapshot := operator.Snapshot{
		Tables: f.config.Tables, NoPII: f.config.NoPII, Zone: w.Zone, OnRow: func(string) { m.rows.Add(1) },
		Until: until, Most: f.config.Turns, Day: event.Day, Again: event.Again, Unproven: event.readsUnproven(),
	}
	var out operator.Outcome
	err := f.patiently(ctx, until, func() (err error) {
		out, err = operator.Take(ctx, to, membership.Config{Client: w.Client, Log: f.log}, membership.Begin(time.Now().Add(w.Ahead), w.Zone), snapshot)
		return err
	})
	if locked, ok := errors.AsType[*lake.LockedError](err); ok {
		return f.busy(ctx, to, out.Day, snapshot.Unproven, locked)
	}
	if err != nil {
		return Result{Day: out.Day}, err
	}
	result, err := f.tell(ctx, out, event, m)
	if err == nil && out.Idle {
		_, result.Complete, err = f.published(ctx, to, out.Day)
	}
	return result, err
}

// busy tells of a lake that another run holds and that lives. If it is at work on
// the same snapshot, or on the exports of a lake whose day is published, and proven
// where that was asked for, it does what was asked for. Otherwise the invocation
// fails, and Lambda repeats its event in some minutes.
func (f *Function) busy(ctx context.Context, in *lake.Lake, day string, unproven bool, locked *lake.LockedError) (Result, error) {
	does, err := in.Snapshots(ctx, locked.Run, day)
	if err == nil && !does && f.config.Reporting != "" {
		var complete bool
		does, complete, err = f.published(ctx, in, day)
		does = does && (complete || !unproven)
	}
	if err != nil || !does {
		return Result{}, errors.Join(fmt.Errorf("the snapshot of %s has to wait: %w", day, locked), err)
	}
	f.log.Info("another run is at work on it", "day", day, "cause", locked)
	return Result{Outcome: OutcomeBusy, Day: day}, nil
}

// published says whether all of a day's snapshot is, and whether it is complete.
func (f *Function) published(ctx context.Context, in *lake.Lake, day string) (all, complete bool, err error) {
	complete = true
	for _, table := range tables.All() {
		if len(f.config.Tables) > 0 && !slices.Contains(f.config.Tables, table.Name) {
			continue
		}
		p, is, err := in.Published(ctx, table.Name, day)
		if err != nil || !is {
			return false, false, err
		}
		complete = complete && p.Complete
	}
	return true, complete, nil
}

// workspace opens the workspace of the token.
func (f *Function) workspace(ctx context.Context, m *metrics) (*workspace.Workspace, error) {
	token, err := f.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := configuration.Parse(map[string]string{
		configuration.KeyToken: token, configuration.KeyBaseURL: f.config.BaseURL,
		configuration.KeyDatasets: f.config.Reporting, configuration.KeyEngagement: f.config.Engagement, configuration.KeyLookback: strconv.Itoa(f.config.Lookback),
	})
	if err != nil {
		return nil, err
	}
	transport := intercom.NewTransport(f.config.BaseURL, connectTimeout)
	return workspace.Connect(ctx, settings, workspace.Options{Log: f.log, Transport: counting{transport, &m.calls}})
}

const connectTimeout = 15 * time.Second

const lockPause = 3 * time.Second

// patiently does what needs the lake's lock. The lake may be locked by a run that
// died, such as this event's first delivery: that is known once its lock has not
// been renewed.
func (f *Function) patiently(ctx context.Context, until time.Time, do func() error) error {
	giveUp := time.Now().Add(f.config.LockWait)
	for {
		err := do()
		now := time.Now()
		if !errors.As(err, new(*lake.LockedError)) || now.Add(lockPause).After(giveUp) || now.Add(lockPause).After(until) {
			return err
		}
		timer := time.NewTimer(lockPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// tell tells of a turn's outcome and hands over what is left.
func (f *Function) tell(ctx context.Context, out operator.Outcome, event Event, m *metrics) (Result, error) {
	r := Result{Day: out.Day, Turns: out.Runs, Tables: len(out.Publications), Complete: true}
	switch {
	case out.Idle:
		r.Outcome = OutcomeIdle
	case out.Unfinished:
		r.Outcome, r.Complete = OutcomeHandedOver, false
		m.handOvers = 1
		return r, f.handOver(ctx, Event{Day: out.Day, Exports: event.Exports})
	default:
		r.Outcome = OutcomePublished
	}
	m.published = int64(r.Tables)
	for _, p := range out.Publications {
		r.Rows += p.Rows
		if !p.Complete {
			r.Complete = false
			m.incomplete++
		}
	}
	return r, nil
}

// handOver invokes the next run. Where it fails so does the invocation, and
// Lambda repeats its event: that goes on as well.
func (f *Function) handOver(ctx context.Context, next Event) error {
	event, err := json.Marshal(next)
	if err != nil {
		return err
	}
	_, err = f.lambda.Invoke(ctx, &invoke.InvokeInput{FunctionName: &f.config.Name, InvocationType: types.InvocationTypeEvent, Payload: event})
	if err != nil {
		return fmt.Errorf("the next run cannot be invoked: %w", err)
	}
	return nil
}
