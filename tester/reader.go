package tester

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// maxRecords is how many records a Records message may hold.
const maxRecords = 100

// reader turns the Update stream's messages into segments and checkpoints.
type reader struct {
	catalog *catalog
	stager  *stager
	count   *counts
	record  record // reused
	last    *table // of the last record: the next is mostly the same one's

	segments []*segment // since the last hand-over, in their order
	after    int64      // records since the last checkpoint
	state    *string    // of the last checkpoint, unless it was handed over
	due      time.Time  // when to hand over next
	pace     time.Duration
	progress progress

	maxStaged int64

	lander *lander
	warn   func(string)
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

// taskError is a Task: the connector wants the user to act.
type taskError struct{ message string }

func (e *taskError) Error() string { return "the connector asks you to act: " + e.message }

// message takes one UpdateResponse.
func (r *reader) message(msg []byte) error {
	defer func() { r.progress.rows.Store(r.count.records()) }()
	num, body, err := operation(msg)
	if err != nil {
		return err
	}
	switch num {
	case fieldRecord:
		return r.take(body)
	case fieldRecords:
		n, err := eachRecord(body, r.take)
		switch {
		case err != nil:
			return err
		case n == 0:
			return broken(RuleEmptyBatch, "a Records message held no records")
		case n > maxRecords:
			return broken(RuleBatchSize, "a Records message held %d records: Fivetran takes at most %d", n, maxRecords)
		}
		return nil
	}
	var m sdk.UpdateResponse
	if err := proto.Unmarshal(msg, &m); err != nil {
		return malformed()
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
		return &taskError{op.Task.GetMessage()}
	}
	return malformed()
}

func (r *reader) schemaChange(change *sdk.SchemaChange) error {
	r.count.SchemaChanges++
	var err error
	switch c := change.GetChange().(type) {
	case *sdk.SchemaChange_WithoutSchema:
		if r.catalog.withSchema {
			return broken(RuleSchemaName, "Schema answered with schemas, a SchemaChange came without")
		}
		err = r.catalog.add("", c.WithoutSchema.GetTables())
	case *sdk.SchemaChange_WithSchema:
		if !r.catalog.withSchema {
			return broken(RuleSchemaName, "Schema answered without schemas, a SchemaChange came with them")
		}
		for _, s := range c.WithSchema.GetSchemas() {
			if err == nil {
				err = r.catalog.add(s.GetName(), s.GetTables())
			}
		}
	default:
		return broken(RuleMalformed, "a SchemaChange held no tables")
	}
	return err
}

// reach takes a checkpoint.
func (r *reader) reach(state string) error {
	if !jsonObject([]byte(state)) {
		return broken(RuleCheckpointJSON, "a checkpoint's state must be a JSON object")
	}
	r.count.Checkpoints++
	r.progress.checkpoints.Add(1)
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
		<-r.lander.free
		return r.handOver()
	}
	select {
	case <-r.lander.free:
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
	for _, s := range r.segments {
		s.kept, s.covered = s.rows(), true
	}
}

// end hands over the rest. Of a stream that ended in an error, what came after
// the last checkpoint is left out.
func (r *reader) end(good bool) error {
	defer func() {
		for _, s := range r.segments { // which nobody has taken over
			s.drop()
		}
	}()
	if good && r.after > 0 {
		r.cover()
		r.warn("the stream ended without a checkpoint after its last rows: they have landed, and the next sync will bring them again")
	}
	var left []*segment
	for _, s := range r.segments {
		if s.covered {
			left = append(left, s)
		} else {
			s.drop()
		}
	}
	if r.segments = left; len(left) == 0 && r.state == nil {
		return nil
	}
	return r.offer(true)
}

// handOver gives everything to the lander, which is waiting.
func (r *reader) handOver() error {
	for _, s := range r.segments {
		if err := r.stager.seal(s); err != nil {
			return err
		}
	}
	for _, t := range r.catalog.order {
		t.open = nil
	}
	r.lander.jobs <- job{r.segments, r.state}
	r.segments, r.stager.size, r.state = nil, 0, nil
	r.due = time.Now().Add(r.pace)
	return nil
}

// take stages one record.
func (r *reader) take(b []byte) error {
	rec := &r.record
	if err := rec.decode(b); err != nil {
		return err
	}
	t, err := r.table(rec)
	if err != nil {
		return err
	}
	t.record++
	r.after++
	switch rec.op {
	case sdk.RecordType_UPSERT:
		r.count.Upserts++
	case sdk.RecordType_UPDATE:
		r.count.Updates++
	case sdk.RecordType_DELETE:
		r.count.Deletes++
	case sdk.RecordType_TRUNCATE:
		r.count.Truncates++
		r.next(t, rec.op)
		return nil
	default:
		return t.fail(broken(RuleRecordType, "record type %d does not exist", rec.op), "")
	}
	if err := t.fill(rec); err != nil {
		return err
	}
	if !t.open.fits(t, rec.op) {
		r.next(t, rec.op)
	}
	r.stager.put(t.open, t)
	if r.stager.size < r.maxStaged {
		return nil
	}
	return r.spill()
}

// next ends the table's open segment and begins another.
func (r *reader) next(t *table, op sdk.RecordType) {
	t.open = r.stager.begin(t, op)
	r.segments = append(r.segments, t.open)
}

// spill takes all staged rows out of memory.
func (r *reader) spill() error {
	for _, s := range r.segments {
		if err := r.stager.spill(s); err != nil {
			return err
		}
	}
	return nil
}

// table finds a record's table and checks that records of it may come.
func (r *reader) table(rec *record) (*table, error) {
	if t := r.last; t != nil && t.name.name == string(rec.table) && t.name.schema == string(rec.schema) && rec.hasSchema == r.catalog.withSchema {
		return t, nil
	}
	name := tableName{string(rec.schema), string(rec.table)}
	if rec.hasSchema != r.catalog.withSchema && (rec.hasSchema && len(rec.schema) > 0 || r.catalog.withSchema) {
		detail := "Schema answered without schemas, but a record names one"
		if r.catalog.withSchema {
			detail = "Schema answered with schemas, but a record names none"
		}
		return nil, &RuleError{Rule: RuleSchemaName, Table: name.String(), Detail: detail}
	}
	t := r.catalog.tables[name]
	if t == nil {
		return nil, &RuleError{Rule: RuleUnknownTable, Table: name.String(), Detail: "neither Schema nor a SchemaChange announced this table"}
	}
	if !t.selected {
		return nil, &RuleError{Rule: RuleNotSelected, Table: name.String(), Detail: "the selection excludes this table"}
	}
	r.last = t
	shown := name.String()
	r.progress.table.Store(&shown)
	return t, nil
}

// fail adds to a broken rule where it was broken.
func (t *table) fail(e *RuleError, column string) error {
	e.Table, e.Column, e.Record = t.name.String(), column, int64(t.record)
	return e
}

func (t *table) present(i int) bool { return t.seen[i] == t.record }

// fill makes rec the table's present record: it finds the columns, checks the
// values and widens columns where one does not fit.
func (t *table) fill(rec *record) error {
	n := 0
	for i := range rec.fields {
		f := &rec.fields[i]
		c, err := t.column(i, f.name)
		if err != nil {
			return err
		}
		if !t.present(c) {
			t.seen[c] = t.record
			n++
		}
		if e := f.value.check(); e != nil {
			return t.fail(e, t.columns[c].name)
		}
		t.values[c] = &f.value
		if f.value.kind != kindNull {
			if err := t.fit(c); err != nil {
				return err
			}
		}
	}
	if rec.op == sdk.RecordType_UPSERT && n != t.expected {
		return t.missing()
	}
	return t.keyed(rec.op)
}

// column finds a record's i-th column: mostly it is the one that came i-th in
// the last record too.
func (t *table) column(i int, name []byte) (int, error) {
	if i < len(t.order) && t.columns[t.order[i]].name == string(name) {
		return t.order[i], nil
	}
	c, ok := t.index[string(name)]
	if !ok {
		return 0, t.fail(broken(RuleUnknownColumn, "neither Schema nor a SchemaChange announced this column"), string(name))
	}
	if !t.columns[c].selected {
		return 0, t.fail(broken(RuleNotSelected, "the selection excludes this column"), string(name))
	}
	if i < len(t.order) {
		t.order[i] = c
	} else if i == len(t.order) {
		t.order = append(t.order, c)
	}
	return c, nil
}

// fit widens a column that cannot hold its present value.
func (t *table) fit(c int) error {
	col := &t.columns[c]
	typ := col.typ.holding(t.values[c])
	if typ == col.typ {
		return nil
	}
	if col.key {
		return t.fail(broken(RuleKeyKind, "a primary key of type %s got a value of type %s", col.typ.id, t.values[c].typ().id), col.name)
	}
	col.typ = typ
	t.version++
	return nil
}

// missing names the columns that an UPSERT lacks.
func (t *table) missing() error {
	for i, c := range t.columns {
		if c.selected && !t.present(i) {
			return t.fail(broken(RuleMissingColumn, "an UPSERT must carry every column of its table (null where there is nothing)"), c.name)
		}
	}
	return nil
}

// keyed checks that the record says which row it means.
func (t *table) keyed(op sdk.RecordType) error {
	for _, k := range t.keys {
		if !t.present(k) {
			return t.fail(broken(RuleNullKey, "the record lacks a column of the primary key"), t.columns[k].name)
		}
		if t.values[k].kind == kindNull {
			return t.fail(broken(RuleNullKey, "a column of the primary key is null"), t.columns[k].name)
		}
	}
	if len(t.keys) == 0 && op == sdk.RecordType_UPDATE {
		return t.fail(broken(RuleRecordType, "a table without a primary key takes no UPDATE"), "")
	}
	return nil
}

// rowID is the _fivetran_id of the present record: a hash of its values. Nulls
// are left out, so that a new column that is null does not make every row new.
func (t *table) rowID() []byte {
	h := sha256.New()
	var text []byte
	for i, c := range t.columns {
		if v := t.values[i]; t.present(i) && v.kind != kindNull {
			text = v.appendText(text[:0])
			fmt.Fprintf(h, "%d:%s=%d:", len(c.name), c.name, len(text))
			h.Write(text)
		}
	}
	return base64.RawURLEncoding.AppendEncode(nil, h.Sum(nil))
}
