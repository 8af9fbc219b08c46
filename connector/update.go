package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/workspace"
	sdk "intercom-connector/proto"
)

// Update is a sync. It sends rows and checkpoints until every dataset is read
// to the present, and ends with an error that names each dataset that could
// not be, after the others have finished.
func (c *Connector) Update(request *sdk.UpdateRequest, stream grpc.ServerStreamingServer[sdk.UpdateResponse]) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	// Fivetran's testers compress their requests, and grpc-go would compress
	// every row in answer: most of a sync's time, between neighbours. A stream
	// that is not gRPC's own has no compressor to set.
	_ = grpc.SetSendCompressor(ctx, encoding.Identity)
	out := c.newOutbox(stream)
	defer out.close() // when a bug stops the sync
	err := c.update(ctx, request, out)
	if sendErr := out.close(); sendErr != nil && !errors.Is(err, sendErr) {
		err = errors.Join(err, sendErr)
	}
	if err == nil {
		return nil
	}
	c.log.Error("the sync ended early", "reason", sentence(err))
	if taskFor(err) {
		task := &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Task{Task: &sdk.Task{Message: sentence(err)}}}
		if sendErr := stream.SendMsg(task); sendErr != nil {
			return toStatus(errors.Join(err, sendErr))
		}
	}
	return toStatus(err)
}

func (c *Connector) update(ctx context.Context, request *sdk.UpdateRequest, out *outbox) error {
	last, err := parseState(request.GetStateJson())
	if err != nil {
		return err
	}
	w, err := c.open(ctx, request.GetConfiguration(), last.export())
	if err != nil {
		return err
	}
	defer w.Close()
	s, err := c.newSync(w, last, request.GetSelection(), out)
	if err != nil {
		return err
	}
	return s.do(ctx)
}

// syncRun is one sync of one connection. One goroutine uses it.
type syncRun struct {
	connector *Connector
	log       *slog.Logger
	out       *outbox
	began     time.Time
	workspace *workspace.Workspace
	tables    workspace.Tables
	selected  selection
	state     *state
	run       *export.Run
}

// newSync reads everything that a sync goes by, and sends nothing yet.
func (c *Connector) newSync(w *workspace.Workspace, last *state, selected *sdk.Selection, out *outbox) (*syncRun, error) {
	s := &syncRun{connector: c, log: c.log, out: out, workspace: w, began: time.Now(), selected: newSelection(selected), state: last}
	if last == nil {
		s.state = &state{Workspace: w.Me.AppID}
	} else if err := last.of(w.Me.AppID); err != nil {
		return nil, err
	}
	s.state.Version = stateVersion
	var err error
	if s.tables, err = w.Tables(last.export(), false); err != nil {
		return nil, err
	}
	tables, engineState := s.selectedTables(), s.state.export()
	for _, t := range tables {
		err := engineState.Begin(t, w.Settings.Start.In(w.Zone, w.Now), w.Now, w.Settings.Start.Given())
		if key, ok := errors.AsType[*export.KeyError](err); ok {
			return nil, &StateError{fmt.Sprintf("has the table %s keyed by %v, and now its key would be %v: put %s back, or re-sync the table (locally: --reset)", key.Table, key.Was, key.Is, configuration.KeyPrimaryKeys)}
		}
		if err != nil {
			return nil, err
		}
	}
	s.run, err = export.New(export.Config{
		Client: w.Client, Sink: streamSink{s}, State: engineState,
		Now: w.Now, Zone: w.Zone, Clock: c.options.Now,
		LookbackDays: w.Settings.LookbackDays, Window: w.Settings.Window, ParallelJobs: w.Settings.ParallelJobs,
		Log: c.log, Observer: c.options.Observer, Bug: c.bug,
	}, tables)
	return s, err
}

// selectedTables are the tables that the person wants, with their columns.
func (s *syncRun) selectedTables() []export.Selected {
	var all []export.Selected
	for _, t := range s.tables.Tables {
		if !s.selected.table(t.Name) {
			s.log.Info("not selected, not exported", "table", t.Name)
			continue
		}
		all = append(all, export.Selected{
			Table:      t,
			Columns:    func(c dataset.Column) bool { return s.selected.column(t.Name, c.Name) },
			NoUnparsed: !s.selected.column(t.Name, csv.UnparsedColumn),
		})
	}
	return all
}

// do runs the sync: what is worth knowing first, then segments and tags, since
// a day that is missed cannot be had later, then the datasets.
func (s *syncRun) do(ctx context.Context) error {
	if err := s.announce(ctx); err != nil {
		return err
	}
	snapshotErr := s.snapshot(ctx, s.selected)
	if fatal(ctx, snapshotErr) {
		return snapshotErr
	}
	if err := s.run.Do(ctx); err != nil {
		return err
	}
	s.log.Info("sync ended", "seconds", time.Since(s.began).Round(100*time.Millisecond).Seconds(), "tables", len(s.tables.Tables))
	errs := append([]error{snapshotErr}, s.tables.Refused...)
	return errors.Join(append(errs, s.run.Outcome(ctx, s.workspace.Settings.Datasets == nil))...)
}

// fatal says whether an error ends the whole sync: nobody listens any more, or
// the token is refused. Any other leaves the rest of the sync its chance.
func fatal(ctx context.Context, err error) bool {
	_, gone := errors.AsType[*sendError](err)
	return err != nil && (gone || refused(err) || ctx.Err() != nil)
}

// announce tells what is worth knowing before the first row: datasets that are
// skipped or gone, a start that Intercom no longer keeps, columns that are new.
func (s *syncRun) announce(ctx context.Context) error {
	for _, skipped := range s.tables.Skipped {
		if err := s.warn(ctx, "%v", skipped); err != nil {
			return err
		}
	}
	for _, id := range s.workspace.Gone {
		if err := s.warn(ctx, "the workspace has no dataset %s any more: its table stays as it is", id); err != nil {
			return err
		}
	}
	if s.schemaChanged() {
		change := &sdk.SchemaChange{Change: &sdk.SchemaChange_WithoutSchema{WithoutSchema: tableList(s.workspace.Settings.Memberships, s.tables.Tables)}}
		if err := s.send(ctx, &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: change}}); err != nil {
			return err
		}
	}
	return s.run.Announce(ctx)
}

// schemaChanged says whether a table that was read before has columns that it
// had not then, or one that Schema, which knows no state, lists otherwise.
func (s *syncRun) schemaChanged() bool {
	if len(s.run.NewColumns()) > 0 {
		return true
	}
	return slices.ContainsFunc(s.tables.Tables, s.workspace.Renamed)
}

// send puts one message on its way.
func (s *syncRun) send(ctx context.Context, message any) error { return s.out.send(ctx, message) }

// warn tells the person something; the sync goes on.
func (s *syncRun) warn(ctx context.Context, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	s.log.Warn(message)
	return streamSink{s}.Warn(ctx, message)
}

// checkpoint makes the state last.
func (s *syncRun) checkpoint(ctx context.Context) error {
	return s.send(ctx, &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Checkpoint{
		Checkpoint: &sdk.Checkpoint{StateJson: s.state.encode()},
	}})
}
