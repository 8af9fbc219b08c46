package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	invoke "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"intercom-connector/intercom"
	"intercom-connector/membership"
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
	Complete bool   `json:"complete"`         // all of them were proven so
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
	f := &Function{
		config: cfg, open: open,
		tokens:  &tokens{secrets: secretsmanager.NewFromConfig(aws), arn: cfg.Secret},
		lambda:  invoke.NewFromConfig(aws),
		log:     slog.New(slog.NewJSONHandler(out, nil)),
		metrics: out,
	}
	lambda.StartWithOptions(f.handle, lambda.WithContext(ctx))
	return nil
}

// handle takes an event.
func (f *Function) handle(ctx context.Context, event json.RawMessage) (Result, error) {
	m := &metrics{began: time.Now()}
	result, err := f.snapshot(ctx, event, m)
	if err != nil {
		m.failures = 1
		f.tokens.heard(err)
		f.log.Error("the invocation failed", "cause", err)
	} else {
		f.log.Info(result.Outcome, "day", result.Day, "turns", result.Turns, "tables", result.Tables, "rows", result.Rows, "complete", result.Complete)
	}
	return result, errors.Join(err, m.write(f.metrics, f.config.Name, time.Now()))
}

func (f *Function) snapshot(ctx context.Context, data []byte, m *metrics) (Result, error) {
	event, err := parseEvent(data)
	if err != nil {
		return Result{}, err
	}
	deadline, ok := ctx.Deadline()
	if left := time.Until(deadline); !ok || left <= f.config.Reserve {
		return Result{}, fmt.Errorf("the function's timeout leaves %v, no more than the %v that handing over may take; make it longer", left.Round(time.Millisecond), f.config.Reserve)
	}
	client, me, zone, err := f.workspace(ctx, m)
	if err != nil {
		return Result{}, err
	}
	defer client.CloseIdleConnections()
	to, err := f.open(ctx, f.config.Output, lake.Options{Log: f.log, Workspace: me.AppID, Version: intercom.Version})
	if err != nil {
		return Result{}, err
	}
	snapshot := operator.Snapshot{
		Tables: f.config.Tables, NoPII: f.config.NoPII, Zone: zone, OnRow: func(string) { m.rows.Add(1) },
		Until: deadline.Add(-f.config.Reserve), Most: f.config.Turns, Day: event.Day, Again: event.Again,
	}
	out, err := f.take(ctx, to, membership.Config{Client: client, Log: f.log}, membership.Begin(time.Now(), zone), snapshot)
	if locked, ok := errors.AsType[*lake.LockedError](err); ok {
		return f.busy(ctx, to, out.Day, locked)
	}
	if err != nil {
		return Result{}, err
	}
	return f.tell(ctx, out, m)
}

// busy tells of a lake that another run holds and that lives. If it is at work on
// the same snapshot, it does what was asked for. Otherwise the invocation fails,
// and Lambda repeats its event in some minutes.
func (f *Function) busy(ctx context.Context, in *lake.Lake, day string, locked *lake.LockedError) (Result, error) {
	same, err := in.Snapshots(ctx, locked.Run, day)
	if err != nil || !same {
		return Result{}, errors.Join(fmt.Errorf("the snapshot of %s has to wait: %w", day, locked), err)
	}
	f.log.Info("another run is at work on the snapshot", "day", day, "cause", locked)
	return Result{Outcome: OutcomeBusy, Day: day}, nil
}

// workspace opens the workspace of the token.
func (f *Function) workspace(ctx context.Context, m *metrics) (*intercom.Client, intercom.Me, *time.Location, error) {
	token, err := f.tokens.get(ctx)
	if err != nil {
		return nil, intercom.Me{}, nil, err
	}
	transport := intercom.NewTransport(f.config.BaseURL, connectTimeout)
	client, err := intercom.New(intercom.Config{Token: token, BaseURL: f.config.BaseURL, Log: f.log, Transport: counting{transport, &m.calls}})
	if err != nil {
		return nil, intercom.Me{}, nil, err
	}
	me, err := client.Me(ctx)
	if err != nil {
		return nil, intercom.Me{}, nil, err
	}
	zone, err := time.LoadLocation(me.Timezone)
	if err != nil || me.Timezone == "" {
		return nil, intercom.Me{}, nil, fmt.Errorf("the workspace's timezone is %q in Intercom, which is none: days cannot be told apart", me.Timezone)
	}
	return client.ForWorkspace(me), me, zone, nil
}

const connectTimeout = 15 * time.Second

const lockPause = 3 * time.Second

// take takes the snapshot. The lake may be locked by a run that died, such as this
// event's first delivery: that is known once its lock has not been renewed.
func (f *Function) take(ctx context.Context, to *lake.Lake, cfg membership.Config, begin membership.State, s operator.Snapshot) (operator.Outcome, error) {
	giveUp := time.Now().Add(f.config.LockWait)
	for {
		out, err := operator.Take(ctx, to, cfg, begin, s)
		now := time.Now()
		if !errors.As(err, new(*lake.LockedError)) || now.Add(lockPause).After(giveUp) || now.Add(lockPause).After(s.Until) {
			return out, err
		}
		timer := time.NewTimer(lockPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return out, context.Cause(ctx)
		}
	}
}

// tell tells of a turn's outcome and hands over what is left.
func (f *Function) tell(ctx context.Context, out operator.Outcome, m *metrics) (Result, error) {
	r := Result{Day: out.Day, Turns: out.Runs, Tables: len(out.Publications), Complete: true}
	switch {
	case out.Idle:
		r.Outcome = OutcomeIdle
	case out.Unfinished:
		r.Outcome, r.Complete = OutcomeHandedOver, false
		m.handOvers = 1
		return r, f.handOver(ctx, out.Day)
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
func (f *Function) handOver(ctx context.Context, day string) error {
	event, err := json.Marshal(Event{Day: day})
	if err != nil {
		return err
	}
	_, err = f.lambda.Invoke(ctx, &invoke.InvokeInput{FunctionName: &f.config.Name, InvocationType: types.InvocationTypeEvent, Payload: event})
	if err != nil {
		return fmt.Errorf("the next run cannot be invoked: %w", err)
	}
	return nil
}
