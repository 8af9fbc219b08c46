// Package script is a SourceConnector that says what a test tells it to, and the
// tables, records and values to tell it.
package script

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/types/known/timestamppb"

	sdk "intercom-connector/proto"
)

// Connector is a SourceConnector that says what a test tells it to.
type Connector struct {
	sdk.UnimplementedSourceConnectorServer
	Form      *sdk.ConfigurationFormResponse
	Answers   map[string]*sdk.TestResponse
	Announces *sdk.SchemaResponse
	Send      func(*sdk.UpdateRequest, func(*sdk.UpdateResponse) error) error
}

func (s *Connector) ConfigurationForm(context.Context, *sdk.ConfigurationFormRequest) (*sdk.ConfigurationFormResponse, error) {
	if s.Form == nil {
		return &sdk.ConfigurationFormResponse{}, nil
	}
	return s.Form, nil
}

func (s *Connector) Test(_ context.Context, r *sdk.TestRequest) (*sdk.TestResponse, error) {
	return s.Answers[r.GetName()], nil
}

func (s *Connector) Schema(context.Context, *sdk.SchemaRequest) (*sdk.SchemaResponse, error) {
	return s.Announces, nil
}

func (s *Connector) Update(r *sdk.UpdateRequest, stream grpc.ServerStreamingServer[sdk.UpdateResponse]) error {
	return s.Send(r, stream.Send)
}

// Says sends the messages and then ends with err.
func Says(err error, messages ...*sdk.UpdateResponse) func(*sdk.UpdateRequest, func(*sdk.UpdateResponse) error) error {
	return func(_ *sdk.UpdateRequest, send func(*sdk.UpdateResponse) error) error {
		for _, m := range messages {
			if err := send(m); err != nil {
				return err
			}
		}
		return err
	}
}

// SchemaOf makes a Schema answer without schemas.
func SchemaOf(tables ...*sdk.Table) *sdk.SchemaResponse {
	return &sdk.SchemaResponse{Response: &sdk.SchemaResponse_WithoutSchema{WithoutSchema: &sdk.TableList{Tables: tables}}}
}

// TableOf reads columns as "name TYPE" or "name TYPE key".
func TableOf(name string, columns ...string) *sdk.Table {
	t := &sdk.Table{Name: name}
	for _, c := range columns {
		words := strings.Fields(c)
		col := &sdk.Column{Name: words[0], PrimaryKey: len(words) > 2}
		var p, s uint32
		if n, _ := fmt.Sscanf(words[1], "DECIMAL(%d,%d)", &p, &s); n == 2 {
			col.Type = sdk.DataType_DECIMAL
			col.Params = &sdk.DataTypeParams{Params: &sdk.DataTypeParams_Decimal{Decimal: &sdk.DecimalParams{Precision: p, Scale: s}}}
		} else {
			col.Type = sdk.DataType(sdk.DataType_value[words[1]])
		}
		t.Columns = append(t.Columns, col)
	}
	return t
}

// Data is a record's values by column.
type Data map[string]*sdk.ValueType

func Upsert(table string, d Data) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_UPSERT, Data: d}
}

func Update(table string, d Data) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_UPDATE, Data: d}
}

func Deletion(table string, d Data) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_DELETE, Data: d}
}

func Truncation(table string) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_TRUNCATE}
}

func Batch(records ...*sdk.Record) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Records{Records: &sdk.Records{Records: records}}}
}

func Single(r *sdk.Record) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Record{Record: r}}
}

func Checkpoint(state string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Checkpoint{Checkpoint: &sdk.Checkpoint{StateJson: state}}}
}

func Warning(message string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: message}}}
}

func Task(message string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Task{Task: &sdk.Task{Message: message}}}
}

func SchemaChange(tables ...*sdk.Table) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: &sdk.SchemaChange{
		Change: &sdk.SchemaChange_WithoutSchema{WithoutSchema: &sdk.TableList{Tables: tables}},
	}}}
}

func Null() *sdk.ValueType           { return &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}} }
func Boolean(v bool) *sdk.ValueType  { return &sdk.ValueType{Inner: &sdk.ValueType_Bool{Bool: v}} }
func Short(v int32) *sdk.ValueType   { return &sdk.ValueType{Inner: &sdk.ValueType_Short{Short: v}} }
func Integer(v int32) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Int{Int: v}} }
func Long(v int64) *sdk.ValueType    { return &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: v}} }
func Float(v float32) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Float{Float: v}} }

func Double(v float64) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: v}} }

func Text(v string) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: v}} }

func Decimal(v string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_Decimal{Decimal: v}}
}

func JSON(v string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: v}}
}
func XML(v string) *sdk.ValueType  { return &sdk.ValueType{Inner: &sdk.ValueType_Xml{Xml: v}} }
func Blob(v []byte) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Binary{Binary: v}} }

func Stamp(at string) *timestamppb.Timestamp {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		panic(err)
	}
	return timestamppb.New(t)
}

func UTC(at string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: Stamp(at)}}
}

func Naive(at string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_NaiveDatetime{NaiveDatetime: Stamp(at)}}
}

func Date(day string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_NaiveDate{NaiveDate: Stamp(day + "T00:00:00Z")}}
}

// EveryType is a table with a column of each type, EveryRow a row of it, and
// EveryNull one of nulls.
var EveryType = TableOf("every",
	"id LONG key", "b BOOLEAN", "s SHORT", "i INT", "l LONG", "dec DECIMAL(10,2)", "f FLOAT", "d DOUBLE",
	"day NAIVE_DATE", "at NAIVE_DATETIME", "utc UTC_DATETIME", "bin BINARY", "x XML", "t STRING", "j JSON")

func EveryRow(id int64) Data {
	return Data{
		"id": Long(id), "b": Boolean(true), "s": Short(-7), "i": Integer(70000), "l": Long(1 << 40),
		"dec": Decimal("12345678.90"), "f": Float(0.5), "d": Double(0.1), "day": Date("2024-02-29"),
		"at": Naive("2024-02-29T12:34:56.789012Z"), "utc": UTC("1969-12-31T23:59:59Z"),
		"bin": Blob([]byte{0, 'A', 0xff}), "x": XML("<a/>"), "t": Text("zwölf Boxkämpfer, a text that does not fit in a word"), "j": JSON(`{"a":[1]}`),
	}
}

func EveryNull(id int64) Data {
	d := Data{}
	for name := range EveryRow(id) {
		d[name] = Null()
	}
	d["id"] = Long(id)
	return d
}
