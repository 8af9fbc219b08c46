package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

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
	s, err := c.newSync(ctx, request, out)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.announce(); err != nil {
		return err
	}
	snapshotErr := s.snapshot(s.ctx, s.selected)
	if fatal(s.ctx, snapshotErr) {
		return snapshotErr
	}
	if err := s.run(s.ctx); err != nil {
		return err
	}
	s.summarise()
	return errors.Join(snapshotErr, s.outcome())
}

// fatal says whether an error ends the whole sync: nobody listens any more, or
// the person must act first. Any other leaves the rest of the sync its chance.
func fatal(ctx context.Context, err error) bool {
	_, gone := errors.AsType[*sendError](err)
	return err != nil && (gone || taskFor(err) || ctx.Err() != nil)
}

// syncRun is one sync of one connection. Its own goroutine alone touches the
// state, the lanes and the outbox; flights tell it by events.
type syncRun struct {
	connector *Connector
	log       *slog.Logger
	ctx       context.Context
	cancel    context.CancelFunc
	out       *outbox
	began     time.Time

	workspace *workspace
	tables    []*table
	skipped   []error
	state     *state
	saved     []savedJob // jobs of the last sync that may be taken up
	lanes     []*lane
	selected  selection

	flights sync.WaitGroup
	events  chan event
	turn    int // which lane is asked first, in turns
}

// newSync reads everything that a sync goes by, and sends nothing yet.
func (c *Connector) newSync(ctx context.Context, request *sdk.UpdateRequest, out *outbox) (*syncRun, error) {
	last, err := parseState(request.GetStateJson())
	if err != nil {
		return nil, err
	}
	w, err := c.open(ctx, request.GetConfiguration())
	if err != nil {
		return nil, err
	}
	s, err := c.plan(w, last, request, out)
	if err != nil {
		w.close()
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s, nil
}

// plan makes the sync of an open workspace from the last one's state.
func (c *Connector) plan(w *workspace, last *state, request *sdk.UpdateRequest, out *outbox) (*syncRun, error) {
	if last != nil {
		if err := last.of(w.me.AppID); err != nil {
			return nil, err
		}
	}
	s := &syncRun{
		connector: c, log: c.log, out: out, workspace: w, began: time.Now(),
		state:  last,
		events: make(chan event, 2*maxParallelJobs),
	}
	if s.state == nil {
		s.state = &state{Workspace: w.me.AppID}
	}
	s.state.Version = stateVersion
	if s.state.Datasets == nil {
		s.state.Datasets = map[string]*datasetState{}
	}
	s.state.young(w.moment.now)
	s.saved = slices.Clone(s.state.Jobs)
	var err error
	if s.tables, s.skipped, err = w.tables(last); err != nil {
		return nil, err
	}
	s.selected = newSelection(request.GetSelection())
	return s, s.addLanes(s.selected)
}

// stop ends what the sync has begun, and waits for its end.
func (s *syncRun) stop() {
	s.cancel()
	s.flights.Wait()
	s.workspace.close()
}

// addLanes gives every selected table its lane.
func (s *syncRun) addLanes(selected selection) error {
	for _, t := range s.tables {
		if !selected.table(t.name) {
			s.log.Info("not selected, not exported", "table", t.name)
			continue
		}
		d, err := s.datasetState(t)
		if err != nil {
			return err
		}
		l, err := newLane(t, selected, d, s.workspace.moment.zone, s.workspace.config.Window)
		if err != nil {
			return err
		}
		l.readings = d.readings(s.workspace.moment, s.workspace.config.LookbackDays)
		s.lanes = append(s.lanes, l)
	}
	return nil
}

// datasetState is the state of a table's dataset, made at its first sync. A key
// that is another than before would double the rows: refused.
func (s *syncRun) datasetState(t *table) (*datasetState, error) {
	w := s.workspace
	d := s.state.Datasets[t.dataset.ID]
	asked := w.config.Start.In(w.moment.zone, w.moment.now)
	if d == nil && asked.After(w.moment.now) {
		return nil, &ConfigError{keyStart, fmt.Sprintf("is %s, which has not come yet", asked.Format(time.RFC3339))}
	}
	start := later(asked, w.moment.now.Add(-longRetention))
	switch {
	case d == nil:
		d = newDatasetState(start.Unix(), asked.Unix(), w.moment)
		d.Key = t.key()
		s.state.Datasets[t.dataset.ID] = d
	case !slices.Equal(d.Key, t.key()):
		return nil, &StateError{fmt.Sprintf("has the table %s keyed by %v, and now its key would be %v: put %s back, or re-sync the table (locally: --reset)", t.name, d.Key, t.key(), keyPrimaryKeys)}
	case w.config.Start.Given():
		d.beginEarlier(asked.Unix(), start.Unix())
	}
	return d, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// announce tells what is worth knowing before the first row: skipped datasets,
// a start that Intercom no longer keeps, columns that are new.
func (s *syncRun) announce() error {
	for _, skipped := range s.skipped {
		if err := s.warn("%v", skipped); err != nil {
			return err
		}
	}
	if err := s.warnOfRetention(); err != nil {
		return err
	}
	return s.announceColumns()
}

// announceColumns sends the schema when a table that was read before has
// columns that it had not then, or one that Schema does not list any more.
func (s *syncRun) announceColumns() error {
	var warnings []string
	changed := false
	for _, l := range s.lanes {
		added := l.state.addedColumns(l.table)
		changed = changed || len(added) > 0 || slices.ContainsFunc(l.table.columns, func(c column) bool { return c.gone })
		if len(added) > 0 {
			warnings = append(warnings, fmt.Sprintf("table %s has new columns (%s): rows read before now lack them until they are read again; re-sync the table to fill them", l.table.name, list(added)))
		}
		l.state.Columns = l.table.requests()
	}
	if !changed {
		return nil
	}
	change := &sdk.SchemaChange{Change: &sdk.SchemaChange_WithoutSchema{WithoutSchema: s.workspace.tableList(s.tables)}}
	if err := s.send(&sdk.UpdateResponse{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: change}}); err != nil {
		return err
	}
	for _, warning := range warnings {
		if err := s.warn("%s", warning); err != nil {
			return err
		}
	}
	return nil
}

// addedColumns are those that the table has now and had not at the last sync;
// none at the first.
func (d *datasetState) addedColumns(t *table) []string {
	var added []string
	for _, c := range t.columns {
		if _, ok := d.Columns[c.name]; !ok && d.Columns != nil {
			added = append(added, c.name)
		}
	}
	return added
}

// requests is each column with its attribute as it is requested.
func (t *table) requests() map[string]string {
	columns := map[string]string{}
	for _, c := range t.columns {
		columns[c.name] = c.attribute.Request()
	}
	return columns
}

// outcome is the sync's error: every dataset that could not be read.
func (s *syncRun) outcome() error {
	var errs []error
	for _, l := range s.lanes {
		errs = append(errs, l.err)
	}
	return errors.Join(errs...)
}

// send puts one message on its way.
func (s *syncRun) send(message any) error { return s.out.send(s.ctx, message) }

// warn tells the person something; the sync goes on.
func (s *syncRun) warn(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	s.log.Warn(message)
	return s.send(&sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: message}}})
}

// checkpoint makes the state last.
func (s *syncRun) checkpoint() error {
	return s.send(&sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Checkpoint{
		Checkpoint: &sdk.Checkpoint{StateJson: s.state.encode()},
	}})
}
