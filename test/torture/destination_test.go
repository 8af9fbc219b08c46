package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"intercom-connector/connector"
	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// destination is the far end of a sync. Rows land with the checkpoint after
// them, or with a good end, and are forgotten otherwise: what a checkpoint
// promises must have been sent before it.
type destination struct {
	t      *testing.T
	keys   map[string][]string
	tables map[string]map[string]map[string]*sdk.ValueType

	state   string
	pending []*sdk.Record
	told    []string // warnings and tasks
	tasks   int
	seen    strings.Builder // all that was sent beside rows, to look for secrets

	messages int
	cutAfter int // ends the sync after so many messages; 0 never does
}

func newDestination(t *testing.T) *destination {
	return &destination{t: t, tables: map[string]map[string]map[string]*sdk.ValueType{}}
}

// learn reads the schema's keys.
func (d *destination) learn(list *sdk.TableList) {
	d.keys = map[string][]string{}
	for _, table := range list.GetTables() {
		for _, column := range table.GetColumns() {
			if column.GetPrimaryKey() {
				d.keys[table.GetName()] = append(d.keys[table.GetName()], column.GetName())
			}
		}
	}
}

// schema asks for the keys.
func (d *destination) schema(c *connector.Connector, configuration map[string]string) error {
	answer, err := c.Schema(context.Background(), &sdk.SchemaRequest{Configuration: configuration})
	if err == nil {
		d.learn(answer.GetWithoutSchema())
	}
	return err
}

// sync runs one Update.
func (d *destination) sync(ctx context.Context, c *connector.Connector, configuration map[string]string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.messages, d.told, d.tasks = 0, nil, 0
	err := c.Update(&sdk.UpdateRequest{Configuration: configuration, StateJson: &d.state}, &upstream{ctx: ctx, cancel: cancel, to: d})
	if err == nil {
		d.land()
	} else {
		fmt.Fprintln(&d.seen, err)
	}
	d.pending = nil
	return err
}

// upstream is the connector's end of an Update.
type upstream struct {
	grpc.ServerStream
	ctx    context.Context
	cancel context.CancelFunc
	to     *destination
}

func (s *upstream) Context() context.Context               { return s.ctx }
func (s *upstream) Send(message *sdk.UpdateResponse) error { return s.SendMsg(message) }

// SendMsg takes a message by way of its bytes.
func (s *upstream) SendMsg(message any) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	encoded, err := record.ServerCodec().Marshal(message)
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
	return nil
}

func (d *destination) take(response *sdk.UpdateResponse) {
	switch operation := response.GetOperation().(type) {
	case *sdk.UpdateResponse_Records:
		d.pending = append(d.pending, operation.Records.GetRecords()...)
		return
	case *sdk.UpdateResponse_Checkpoint:
		d.land()
		d.state = operation.Checkpoint.GetStateJson()
	case *sdk.UpdateResponse_Warning:
		d.told = append(d.told, operation.Warning.GetMessage())
	case *sdk.UpdateResponse_Task:
		d.told = append(d.told, operation.Task.GetMessage())
		d.tasks++
	case *sdk.UpdateResponse_SchemaChange:
		d.learn(operation.SchemaChange.GetWithoutSchema())
	}
	fmt.Fprintln(&d.seen, response)
}

// land applies the rows that wait.
func (d *destination) land() {
	for _, record := range d.pending {
		table := record.GetTableName()
		var key []string
		for _, name := range d.keys[table] {
			key = append(key, textOf(record.GetData()[name]))
		}
		if len(key) == 0 {
			d.t.Fatalf("a record of table %q, which has no key", table)
		}
		if d.tables[table] == nil {
			d.tables[table] = map[string]map[string]*sdk.ValueType{}
		}
		d.tables[table][strings.Join(key, "|")] = record.GetData()
	}
	d.pending = nil
}

// textOf is a value as an export writes it in UTC; null is "".
func textOf(value *sdk.ValueType) string {
	switch inner := value.GetInner().(type) {
	case *sdk.ValueType_String_:
		return inner.String_
	case *sdk.ValueType_UtcDatetime:
		return inner.UtcDatetime.AsTime().Format(time.DateTime)
	case *sdk.ValueType_Long:
		return fmt.Sprint(inner.Long)
	case *sdk.ValueType_Null:
		return ""
	default:
		return fmt.Sprintf("%T", inner)
	}
}

// saved is what a test needs to know of a state.
type saved struct {
	Datasets map[string]struct {
		Floor  int64 `json:"floor"`
		Cursor int64 `json:"cursor"`
	} `json:"datasets"`
}

func parseState(text string) (saved, error) {
	var s saved
	if text == "" || text == "{}" {
		return s, nil
	}
	err := json.Unmarshal([]byte(text), &s)
	return s, err
}

// promised stands for what the cursors in the state promise.
const promised = int64(-1)

// parts compares the tables with the workspace and says where they differ, at
// most five times. The rows from each dataset's floor up to a moment must be
// there, or those up to its cursor; none may be there that the workspace lacks.
func (d *destination) parts(workspace *sandbox.Sandbox, ids []string, moment int64) []string {
	state, err := parseState(d.state)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for _, id := range ids {
		at, known := state.Datasets[id]
		until := moment
		switch {
		case moment == promised:
			until = at.Cursor
		case !known:
			found = append(found, id+" is not in the state")
		}
		landed := func(yield func(string) bool) {
			for _, row := range d.tables[id] {
				if !yield(lineOf(row)) {
					return
				}
			}
		}
		found = append(found, compare(id, workspace.Truth(id), landed, at.Floor, until)...)
	}
	return found[:min(len(found), 5)]
}

// compare holds the rows that landed, as lines, against the truth.
func compare(table string, truth iter.Seq[sandbox.Row], landed iter.Seq[string], floor, until int64) []string {
	here := map[string]int{}
	for line := range landed {
		here[line]++
	}
	var found []string
	for row := range truth {
		line := truthLine(row.Values)
		here[line]--
		if here[line] < 0 && row.Time.Unix() >= floor && row.Time.Unix() < until {
			found = append(found, fmt.Sprintf("%s lacks %s", table, line))
		}
	}
	for line, n := range here {
		if n > 0 {
			found = append(found, fmt.Sprintf("%s has %d times too often %s", table, n, line))
		}
	}
	slices.Sort(found)
	return found
}

// lineOf is a landed row as one line, truthLine one of the workspace's.
func lineOf(row map[string]*sdk.ValueType) string {
	var cells []string
	for name, value := range row {
		if name != "occurrence" && name != "unparsed_values" {
			cells = append(cells, name+"="+textOf(value))
		}
	}
	slices.Sort(cells)
	return strings.Join(cells, " ")
}

func truthLine(values map[string]string) string {
	var cells []string
	for name, value := range values {
		_, bare, _ := strings.Cut(name, ".")
		cells = append(cells, bare+"="+value)
	}
	slices.Sort(cells)
	return strings.Join(cells, " ")
}
