package connector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
)

// destination is what Fivetran would hold: it takes a sync's messages as they
// come and applies the rows by the schema's keys.
type destination struct {
	t       testing.TB
	keys    map[string][]string
	columns map[string][]string
	tables  map[string]map[string]map[string]*sdk.ValueType

	state       string
	began       time.Time // the last sync
	checkpoints int
	upserts     map[string]int
	deletes     map[string]int // rows that were there
	warnings    []string
	tasks       []string
	changes     int

	// cutAfter ends the sync after so many messages; 0 never does.
	cutAfter int
	messages int
	// cutAfterRows ends it after so many messages with rows; 0 never does.
	cutAfterRows int
	rowMessages  int
	// late applies rows only with the next checkpoint, as Fivetran may; rows
	// after the last one are forgotten when the sync fails.
	late    bool
	pending []*sdk.Record
	// partial says that columns are left out by a selection.
	partial bool
	// wanted says which columns a selection holds; nil for all.
	wanted func(table, column string) bool
	// onMessage sees every message.
	onMessage func(*sdk.UpdateResponse)
}

func newDestination(t testing.TB) *destination {
	return &destination{t: t, tables: map[string]map[string]map[string]*sdk.ValueType{}, upserts: map[string]int{}, deletes: map[string]int{}}
}

// sync asks for the schema and runs one Update of the connector to its end.
func (d *destination) sync(c *Connector, configuration map[string]string) error {
	return d.syncSelected(c, configuration, nil)
}

func (d *destination) syncSelected(c *Connector, configuration map[string]string, selection *sdk.Selection) error {
	schema, err := c.Schema(context.Background(), &sdk.SchemaRequest{Configuration: configuration})
	if err != nil {
		return err
	}
	d.learn(schema.GetWithoutSchema())
	return d.update(c, configuration, selection)
}

// update runs one Update without asking for the schema first.
func (d *destination) update(c *Connector, configuration map[string]string, selection *sdk.Selection) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d.began, d.partial = time.Now(), selection.GetSelection() != nil
	d.messages, d.rowMessages, d.upserts, d.deletes, d.warnings, d.tasks, d.changes, d.checkpoints = 0, 0, map[string]int{}, map[string]int{}, nil, nil, 0, 0
	err := c.Update(&sdk.UpdateRequest{Configuration: configuration, Selection: selection, StateJson: &d.state},
		&testStream{ctx: ctx, cancel: cancel, to: d})
	if err == nil {
		d.apply()
	}
	d.pending = nil
	return err
}

// apply takes the rows that were held back.
func (d *destination) apply() {
	for _, record := range d.pending {
		if record.GetType() == sdk.RecordType_DELETE {
			d.delete(record)
			continue
		}
		d.upsert(record)
	}
	d.pending = nil
}

// delete takes a row out by its whole key, of which a DELETE consists.
func (d *destination) delete(record *sdk.Record) {
	table := record.GetTableName()
	if key := d.key(record); len(record.GetData()) != len(d.keys[table]) {
		d.t.Errorf("%s: a deletion with the columns %v", table, record.GetData())
	} else if _, there := d.tables[table][key]; there {
		delete(d.tables[table], key)
		d.deletes[table]++
	}
}

func (d *destination) learn(list *sdk.TableList) {
	d.keys, d.columns = map[string][]string{}, map[string][]string{}
	for _, table := range list.GetTables() {
		for _, column := range table.GetColumns() {
			d.columns[table.GetName()] = append(d.columns[table.GetName()], column.GetName())
			if column.GetPrimaryKey() {
				d.keys[table.GetName()] = append(d.keys[table.GetName()], column.GetName())
			}
		}
		if len(d.keys[table.GetName()]) == 0 {
			d.t.Errorf("table %s has no primary key", table.GetName())
		}
	}
}

// testStream is the server's side of an Update without a network.
type testStream struct {
	grpc.ServerStream
	ctx    context.Context
	cancel context.CancelFunc
	to     *destination
}

func (s *testStream) Context() context.Context               { return s.ctx }
func (s *testStream) Send(message *sdk.UpdateResponse) error { return s.SendMsg(message) }

var codec encoding.CodecV2 = record.ServerCodec()

func (s *testStream) SendMsg(message any) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	encoded, err := codec.Marshal(message)
	if err != nil {
		return err
	}
	var response sdk.UpdateResponse
	err = proto.Unmarshal(encoded.MaterializeToBuffer(mem.DefaultBufferPool()).ReadOnlyData(), &response)
	encoded.Free()
	if err != nil {
		return err
	}
	s.to.take(&response)
	if s.to.messages++; s.to.messages == s.to.cutAfter {
		s.cancel()
	}
	if response.GetRecords() == nil {
		return nil
	}
	if s.to.rowMessages++; s.to.rowMessages == s.to.cutAfterRows {
		s.cancel()
	}
	return nil
}

func (d *destination) take(response *sdk.UpdateResponse) {
	if len(d.tasks) > 0 {
		d.t.Errorf("%T after a task, which ends a sync", response.GetOperation())
	}
	if d.onMessage != nil {
		d.onMessage(response)
	}
	switch operation := response.GetOperation().(type) {
	case *sdk.UpdateResponse_Records:
		if n := len(operation.Records.GetRecords()); n == 0 || n > 100 {
			d.t.Errorf("a batch of %d records", n)
		}
		d.pending = append(d.pending, operation.Records.GetRecords()...)
		if !d.late {
			d.apply()
		}
	case *sdk.UpdateResponse_Checkpoint:
		d.apply()
		d.state = operation.Checkpoint.GetStateJson()
		d.checkpoints++
	case *sdk.UpdateResponse_Warning:
		d.warnings = append(d.warnings, operation.Warning.GetMessage())
	case *sdk.UpdateResponse_Task:
		d.tasks = append(d.tasks, operation.Task.GetMessage())
	case *sdk.UpdateResponse_SchemaChange:
		d.changes++
		d.learn(operation.SchemaChange.GetWithoutSchema())
	default:
		d.t.Errorf("unexpected message %T", operation)
	}
}

func (d *destination) upsert(record *sdk.Record) {
	table := record.GetTableName()
	if record.GetType() != sdk.RecordType_UPSERT || record.SchemaName != nil || d.columns[table] == nil {
		d.t.Fatalf("record of type %v for table %q", record.GetType(), table)
	}
	for name := range record.GetData() {
		if !slices.Contains(d.columns[table], name) {
			d.t.Errorf("table %s has no column %s", table, name)
		}
		if d.wanted != nil && !d.wanted(table, name) {
			d.t.Errorf("%s: column %s is sent, and it is not selected", table, name)
		}
	}
	if !d.partial && len(record.GetData()) != len(d.columns[table]) {
		d.t.Errorf("%s: an upsert of %d columns, and the table has %d", table, len(record.GetData()), len(d.columns[table]))
	}
	if d.tables[table] == nil {
		d.tables[table] = map[string]map[string]*sdk.ValueType{}
	}
	d.tables[table][d.key(record)] = record.GetData()
	d.upserts[table]++
}

// key is a record's key, which has no nulls.
func (d *destination) key(record *sdk.Record) string {
	var key []string
	for _, name := range d.keys[record.GetTableName()] {
		value, ok := record.GetData()[name]
		if _, null := value.GetInner().(*sdk.ValueType_Null); !ok || null {
			d.t.Fatalf("%s: key column %s is missing or null", record.GetTableName(), name)
		}
		key = append(key, textOf(value))
	}
	return strings.Join(key, "|")
}

// textOf is a value as a test writes it: times in UTC, null as "∅".
func textOf(value *sdk.ValueType) string {
	switch inner := value.GetInner().(type) {
	case nil, *sdk.ValueType_Null:
		return "∅"
	case *sdk.ValueType_String_:
		return inner.String_
	case *sdk.ValueType_Json:
		return inner.Json
	case *sdk.ValueType_Long:
		return fmt.Sprint(inner.Long)
	case *sdk.ValueType_Double:
		return fmt.Sprint(inner.Double)
	case *sdk.ValueType_UtcDatetime:
		return inner.UtcDatetime.AsTime().Format(time.RFC3339Nano)
	case *sdk.ValueType_NaiveDate:
		return inner.NaiveDate.AsTime().Format(time.DateOnly)
	case *sdk.ValueType_Bool:
		return fmt.Sprint(inner.Bool)
	default:
		return fmt.Sprintf("%T", inner)
	}
}
