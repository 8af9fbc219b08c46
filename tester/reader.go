package tester

import (
	"time"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/warehouse"
)

// maxRecords is how many records a Records message may hold.
const maxRecords = 100

// reader turns the Update stream's messages into groups and checkpoints.
type reader struct {
	catalog *catalog
	stager  *stager
	count   *Counts
	record  protocol.Record // reused
	last    *table          // of the last record: the next is mostly the same one's

	staged   []*stagedRows // since the last hand-over, in their order
	after    int64         // records since the last checkpoint
	state    *string       // of the last checkpoint, unless it was handed over
	due      time.Time     // when to hand over next
	pace     time.Duration
	progress *screen.Progress

	maxStaged int64

	warehouse *warehouse.Warehouse
	lander    *warehouse.Lander
	warn      func(string)
}

const (
	// Checkpoints that come closer together land together: a large merge costs
	// far less a row than small ones. Should the process be killed, the next
	// sync repeats what came in that time.
	defaultPace = 2 * time.Second
	// Unless so many bytes are staged.
	enough = 48 << 20
	// At a checkpoint with so many bytes the reader waits for the lander.
	maxAhead = 128 << 20
	// A checkpoint that outgrows this goes on in a table, so on disk.
	defaultMaxStaged = 256 << 20
)

// RefusedError is what a connector wants its user to put right: setup tests that failed,
// or the task that a sync ended with.
type RefusedError struct {
	Sentences []string // the connector's
	summary   string
}

func (e *RefusedError) Error() string { return e.summary }

// message takes one UpdateResponse.
func (r *reader) message(msg []byte) error {
	defer func() { r.progress.Rows.Store(r.count.Records()) }()
	num, body, err := protocol.Operation(msg)
	if err != nil {
		return err
	}
	switch num {
	case protocol.FieldRecord:
		return r.take(body)
	case protocol.FieldRecords:
		n, err := protocol.EachRecord(body, r.take)
		switch {
		case err != nil:
			return err
		case n == 0:
			return protocol.Broken(protocol.RuleEmptyBatch, "a Records message held no records")
		case n > maxRecords:
			return protocol.Broken(protocol.RuleBatchSize, "a Records message held %d records: Fivetran takes at most %d", n, maxRecords)
		}
		return nil
	}
	var m sdk.UpdateResponse
	if err := proto.Unmarshal(msg, &m); err != nil {
		return protocol.Malformed()
	}
	switch op := m.GetOperation().(type) {
	case *sdk.UpdateResponse_SchemaChange:
		return r.schemaChange(op.SchemaChange)
	case *sdk.UpdateResponse_Checkpoint:
		return r.reach(op.Checkpoint.GetStateJson())
	case *sdk.UpdateResponse_Warning:
		r.warn(op.Warning.GetMessage())
		return nil
	case *sdk.UpdateResponse_Task:
		message := op.Task.GetMessage()
		return &RefusedError{[]string{message}, "the connector asks you to act: " + message}
	}
	return protocol.Malformed()
}

func (r *reader) schemaChange(change *sdk.SchemaChange) error {
	r.count.SchemaChanges++
	var err error
	switch c := change.GetChange().(type) {
	case *sdk.SchemaChange_WithoutSchema:
		if r.catalog.withSchema {
			return protocol.Broken(protocol.RuleSchemaName, "Schema answered with schemas, a SchemaChange came without")
		}
		err = r.catalog.add("", c.WithoutSchema.GetTables())
	case *sdk.SchemaChange_WithSchema:
		if !r.catalog.withSchema {
			return protocol.Broken(protocol.RuleSchemaName, "Schema answered without schemas, a SchemaChange came with them")
		}
		for _, s := range c.WithSchema.GetSchemas() {
			if err == nil {
				err = r.catalog.add(s.GetName(), s.GetTables())
			}
		}
	default:
		return protocol.Broken(protocol.RuleMalformed, "a SchemaChange held no tables")
	}
	return err
}

// reach takes a checkpoint.
func (r *reader) reach(state string) error {
	if !jsonObject([]byte(state)) {
		return protocol.Broken(protocol.RuleCheckpointJSON, "a checkpoint's state must be a JSON object")
	}
	r.count.Checkpoints++
	r.progress.Checkpoints.Add(1)
	r.state, r.after = &state, 0
	r.cover()
	if r.stager.size < enough && time.Now().Before(r.due) {
		return nil
	}
	return r.offer(r.stager.size >= maxAhead)
}

// offer hands over what has been staged if the lander is free, or when it is.
func (r *reader) offer(wait bool) error {
	if wait {
		<-r.lander.Free()
		return r.handOver()
	}
	select {
	case <-r.lander.Free():
		return r.handOver()
	default:
		return nil
	}
}

// idle is called when nothing has come for a while.
func (r *reader) idle() error {
	if r.state == nil || r.after > 0 {
		return nil
	}
	return r.offer(false)
}

// cover notes that a checkpoint covers what has been staged.
func (r *reader) cover() {
	for _, s := range r.staged {
		s.staged.Kept, s.covered = s.staged.Len(), true
	}
}

// end hands over the rest. Of a stream that ended in an error, what came after
// the last checkpoint is left out.
func (r *reader) end(good bool) error {
	defer func() {
		for _, s := range r.staged { // which nobody has taken over
			s.staged.Drop()
		}
	}()
	if good && r.after > 0 {
		r.cover()
		r.warn("the stream ended without a checkpoint after its last rows: they have landed, and the next sync will bring them again")
	}
	var left []*stagedRows
	for _, s := range r.staged {
		if s.covered {
			left = append(left, s)
		} else {
			s.staged.Drop()
		}
	}
	if r.staged = left; len(left) == 0 && r.state == nil {
		return nil
	}
	return r.offer(true)
}

// handOver gives everything to the lander, which is waiting.
func (r *reader) handOver() error {
	landing := warehouse.Landing{State: r.state}
	for _, s := range r.staged {
		if err := r.warehouse.Seal(s.staged); err != nil {
			return err
		}
		landing.Staged = append(landing.Staged, s.staged)
	}
	for _, t := range r.catalog.order {
		t.open = nil
	}
	r.lander.Land(landing)
	r.staged, r.stager.size, r.state = nil, 0, nil
	r.due = time.Now().Add(r.pace)
	return nil
}

// take stages one record.
func (r *reader) take(b []byte) error {
	rec := &r.record
	if err := rec.Decode(b); err != nil {
		return err
	}
	t, err := r.table(rec)
	if err != nil {
		return err
	}
	if t.record++; t.record == 1 {
		r.progress.Begun.Add(1)
	}
	r.after++
	switch rec.Op {
	case sdk.RecordType_UPSERT:
		r.count.Upserts++
	case sdk.RecordType_UPDATE:
		r.count.Updates++
	case sdk.RecordType_DELETE:
		r.count.Deletes++
	case sdk.RecordType_TRUNCATE:
		r.count.Truncates++
		r.next(t, rec.Op)
		return nil
	default:
		return t.fail(protocol.Broken(protocol.RuleRecordType, "record type %d does not exist", rec.Op), "")
	}
	if err := t.fill(rec); err != nil {
		return err
	}
	if !t.open.fits(t, rec.Op) {
		r.next(t, rec.Op)
	}
	r.stager.put(t.open, t)
	if r.stager.size < r.maxStaged {
		return nil
	}
	return r.spill()
}

// next ends the table's open group and begins another.
func (r *reader) next(t *table, op sdk.RecordType) {
	t.open = r.stager.begin(t, op)
	r.staged = append(r.staged, t.open)
}

// spill takes all staged rows out of memory.
func (r *reader) spill() error {
	r.stager.size = 0
	for _, s := range r.staged {
		if err := r.warehouse.Spill(s.staged); err != nil {
			return err
		}
	}
	return nil
}

// table finds a record's table and checks that records of it may come.
func (r *reader) table(rec *protocol.Record) (*table, error) {
	if t := r.last; t != nil && t.name.Name == string(rec.Table) && t.name.Schema == string(rec.Schema) && rec.HasSchema == r.catalog.withSchema {
		return t, nil
	}
	name := warehouse.TableName{Schema: string(rec.Schema), Name: string(rec.Table)}
	if rec.HasSchema != r.catalog.withSchema && (rec.HasSchema && len(rec.Schema) > 0 || r.catalog.withSchema) {
		detail := "Schema answered without schemas, but a record names one"
		if r.catalog.withSchema {
			detail = "Schema answered with schemas, but a record names none"
		}
		return nil, &protocol.RuleError{Rule: protocol.RuleSchemaName, Table: name.String(), Detail: detail}
	}
	t := r.catalog.tables[name]
	if t == nil {
		return nil, &protocol.RuleError{Rule: protocol.RuleUnknownTable, Table: name.String(), Detail: "neither Schema nor a SchemaChange announced this table"}
	}
	if !t.selected {
		return nil, &protocol.RuleError{Rule: protocol.RuleNotSelected, Table: name.String(), Detail: "the selection excludes this table"}
	}
	r.last = t
	shown := name.String()
	r.progress.Table.Store(&shown)
	return t, nil
}
