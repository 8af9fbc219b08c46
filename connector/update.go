package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/deletion"
	"intercom-connector/connector/export"
	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/ids"
	"intercom-connector/connector/lookup"
	"intercom-connector/connector/outbox"
	"intercom-connector/connector/selection"
	"intercom-connector/connector/sent"
	"intercom-connector/connector/snapshot"
	"intercom-connector/connector/state"
	"intercom-connector/connector/workspace"
	sdk "intercom-connector/proto"
)

// Update is a sync. It sends rows and checkpoints until every dataset is read
// to the present, and ends with an error that names each dataset that could
// not be, after the others have finished.
func (c *Connector) Update(request *sdk.UpdateRequest, stream grpc.ServerStreamingServer[sdk.UpdateResponse]) error {
	c = c.during(request)
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	// Fivetran's testers compress their requests, and grpc-go would compress
	// every row in answer: most of a sync's time, between neighbours. A stream
	// that is not gRPC's own has no compressor to set.
	_ = grpc.SetSendCompressor(ctx, encoding.Identity)
	out := outbox.Open(stream, cmp.Or(request.GetStateJson(), "{}"), c.bug)
	defer out.Close() // when a bug stops the sync
	err := c.update(ctx, request, out)
	if sendErr := out.Close(); sendErr != nil && !errors.Is(err, sendErr) {
		err = errors.Join(err, sendErr)
	}
	if err == nil {
		return nil
	}
	c.log.Error("the sync ended early", "reason", workspace.Sentence(err))
	if taskFor(err) {
		task := &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Task{Task: &sdk.Task{Message: workspace.Sentence(err)}}}
		if sendErr := stream.SendMsg(task); sendErr != nil {
			return toStatus(errors.Join(err, sendErr))
		}
	}
	return toStatus(err)
}

func (c *Connector) update(ctx context.Context, request *sdk.UpdateRequest, out *outbox.Outbox) error {
	last, err := state.Parse(request.GetStateJson())
	if err != nil {
		return err
	}
	w, err := c.open(ctx, request.GetConfiguration(), last.Export())
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
	out       *outbox.Outbox
	began     time.Time
	workspace *workspace.Workspace
	tables    workspace.Tables
	selected  selection.Selection
	state     *state.State
	room      int // bytes that what was sent may take in the state
	// crowded are the datasets of which a Warning has said that keys do not fit.
	crowded map[string]bool
	run     *export.Run
	// told are the tables that are told of deletions, and deleted the conversations
	// whose rows are not sent.
	told     []deletion.Table
	deleted  ids.Set
	messages *engagement.Run // nil where nobody wants them
}

// newSync reads everything that a sync goes by, and sends nothing yet.
func (c *Connector) newSync(w *workspace.Workspace, last *state.State, selected *sdk.Selection, out *outbox.Outbox) (*syncRun, error) {
	s := &syncRun{connector: c, log: c.log, out: out, workspace: w, began: time.Now(), selected: selection.New(selected), state: last, crowded: map[string]bool{}}
	if last == nil {
		s.state = &state.State{Workspace: w.Me.AppID}
	} else if err := last.CheckWorkspace(w.Me.AppID); err != nil {
		return nil, err
	}
	if names := s.state.Memberships.Rekeyed(w.Settings.Memberships); len(names) > 0 {
		return nil, &state.Error{Reason: fmt.Sprintf("has rows of %s with %s %q, and %q gives these tables another key: put %[2]s back, or re-sync the tables (locally: reset one of them, which resets all)",
			strings.Join(names, ", "), configuration.KeyMemberships, s.state.Memberships.As, w.Settings.Memberships)}
	}
	var err error
	if s.tables, err = w.Tables(last.Export(), false); err != nil {
		return nil, err
	}
	tables, engineState := s.selectedTables(), s.state.Export()
	s.forget(tables)
	for _, t := range tables {
		err := engineState.Begin(t, w.Settings.Start.In(w.Zone, w.Now), w.Now, w.Settings.Start.Given())
		if key, ok := errors.AsType[*export.KeyError](err); ok {
			return nil, &state.Error{Reason: "does not fit: " + key.Error() + " (locally: --reset)"}
		}
		if err != nil {
			return nil, err
		}
	}
	s.told = deletion.TablesToTell(tables, s.selected.Table(deletion.Own), engineState.Datasets, w.Now)
	s.state.Datasets = engineState.Datasets
	s.run, err = export.New(export.Config{
		Client: w.Client, Sink: streamSink{s}, State: engineState,
		Now: w.Now, Zone: w.Zone, Clock: c.options.Now,
		LookbackDays: w.Settings.LookbackDays, Window: w.Settings.Window, ParallelJobs: w.Settings.ParallelJobs, Pause: pause,
		Log: c.log, Observer: c.options.Observer, Bug: c.bug,
	}, tables)
	s.messages = s.newEngagement()
	return s, err
}

// pause is how long a sync goes on at least before it sends another checkpoint: the
// state travels with each.
const pause = time.Minute

// forget forgets what was sent of the datasets of which this sync sends every row
// or none, or that have no state: their tables may be empty.
func (s *syncRun) forget(tables []dataset.Selected) {
	if s.state.Sent == nil {
		s.state.Sent = sent.Memory{}
	}
	known := map[string]bool{}
	for _, t := range tables {
		known[t.Table.Dataset] = s.state.Datasets[t.Table.Dataset] != nil && s.remembers(t.Table.Dataset)
	}
	for id := range s.state.Sent {
		if !known[id] {
			s.state.Sent.Forget(id)
		}
	}
	s.measure()
}

// measure says how much room what was sent has beside the rest of the state.
func (s *syncRun) measure() {
	s.room = s.workspace.Settings.StateLimit - s.state.LengthWithoutSent() - jobsRoom
}

// jobsRoom is for export jobs in flight.
const jobsRoom = 4 << 10

// selectedTables are the tables that the person wants, with their columns.
func (s *syncRun) selectedTables() []dataset.Selected {
	var all []dataset.Selected
	for _, t := range s.tables.Tables {
		if !s.selected.Table(t.Name) {
			s.log.Info("not selected, not exported", "table", t.Name)
			continue
		}
		all = append(all, dataset.Selected{
			Table:      t,
			Columns:    func(c dataset.Column) bool { return s.selected.Column(t.Name, c.Name) },
			Sorted:     true,
			NoUnparsed: !s.selected.Column(t.Name, csv.UnparsedColumn),
		})
	}
	return all
}

// do runs the sync: what is worth knowing first, then segments and tags, since
// a day that is missed cannot be had later, then the datasets, without rows of
// conversations that were deleted, and message engagement, whose job runs meanwhile.
func (s *syncRun) do(ctx context.Context) error {
	if err := s.announce(ctx); err != nil {
		return err
	}
	snapshotErr := s.snapshot(ctx)
	if fatal(ctx, snapshotErr) {
		return snapshotErr
	}
	s.measure()
	if err := s.readLookups(ctx); err != nil {
		return err
	}
	if err := s.readDeletions(ctx); err != nil {
		return err
	}
	if s.messages != nil {
		if err := s.messages.Begin(ctx); err != nil {
			return err
		}
	}
	if err := s.run.Do(ctx); err != nil {
		return err
	}
	if s.state.Sent.Release() { // of a dataset that failed
		if err := s.checkpoint(ctx); err != nil {
			return err
		}
	}
	var messagesErr error
	if s.messages != nil {
		if messagesErr = s.messages.Do(ctx); fatal(ctx, messagesErr) {
			return messagesErr
		}
	}
	if size := s.state.Sent.Size(); size.Spans > 0 {
		s.log.Info("what was sent is remembered, to tell what changes", "rows", size.Rows, "sums", size.Sums, "days", size.Spans, "keys", size.Keys, "kilobytes", size.Bytes>>10)
	}
	s.log.Info("sync ended", "seconds", time.Since(s.began).Round(100*time.Millisecond).Seconds(), "tables", len(s.tables.Tables))
	errs := append([]error{snapshotErr, messagesErr}, s.tables.Refused...)
	return errors.Join(append(errs, s.run.Outcome(ctx, s.workspace.Settings.Datasets == nil))...)
}

// readLookups reads who works in the workspace.
func (s *syncRun) readLookups(ctx context.Context) error {
	if !s.workspace.Settings.Lookups {
		for table := range s.state.Lookups {
			s.state.Lookups.Doubt(table)
		}
		return nil
	}
	if s.state.Lookups == nil {
		s.state.Lookups = lookup.State{}
	}
	return lookup.Reader{
		Workspace: s.workspace, Selected: s.selected, Out: s.out, State: s.state.Lookups, Keep: s.checkpoint,
		Warn: func(ctx context.Context, message string) error { return s.warn(ctx, "%s", message) }, Log: s.log,
	}.Read(ctx)
}

// snapshot reads the day's segments and tags.
func (s *syncRun) snapshot(ctx context.Context) error {
	if s.state.Memberships == nil {
		s.state.Memberships = &snapshot.State{}
	}
	return snapshot.Reader{
		Workspace: s.workspace, Selected: s.selected, Out: s.out, State: s.state.Memberships,
		Room: s.workspace.Settings.StateLimit / 2, Keep: s.checkpoint, Warn: func(ctx context.Context, message string) error { return s.warn(ctx, "%s", message) },
		Log: s.log, Now: s.connector.options.Now,
	}.Read(ctx)
}

// fatal says whether an error ends the whole sync: nobody listens any more, or
// the token is refused. Any other leaves the rest of the sync its chance.
func fatal(ctx context.Context, err error) bool {
	_, gone := errors.AsType[*outbox.Error](err)
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
	if err := s.announceZone(ctx); err != nil {
		return err
	}
	if s.schemaChanged() {
		if err := s.out.SchemaChange(ctx, tableList(s.workspace.Settings, s.tables.Tables)); err != nil {
			return err
		}
	}
	return s.run.Announce(ctx)
}

// announceZone tells that times are read in another zone than in the last sync.
func (s *syncRun) announceZone(ctx context.Context) error {
	was, is := s.state.Zone, s.workspace.Zone.String()
	s.state.Zone = is
	if was == "" || was == is {
		return nil
	}
	return s.warn(ctx, "times are read in the zone %s from now on, and were read in %s: if that was wrong, rows that are not read again keep wrong times, and tables whose key holds a time keep such rows beside the right ones, until they are re-synced", is, was)
}

// schemaChanged says whether a table that was read before has columns that it
// had not then, or one that Schema, which knows no state, lists otherwise.
func (s *syncRun) schemaChanged() bool {
	if len(s.run.NewColumns()) > 0 {
		return true
	}
	return slices.ContainsFunc(s.tables.Tables, s.workspace.Renamed)
}

// warn tells the person something; the sync goes on.
func (s *syncRun) warn(ctx context.Context, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	s.log.Warn(message)
	return s.out.Warn(ctx, message)
}

func (s *syncRun) checkpoint(ctx context.Context) error {
	s.state.Sent.Kept()
	return s.out.Checkpoint(ctx, s.state.Encode())
}
