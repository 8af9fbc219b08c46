package outbox

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"intercom-connector/membership/tables"
	sdk "intercom-connector/proto"
)

// Bounds of a batch: Fivetran's on records, and a size that keeps memory small.
const (
	batchRecords = 100
	batchBytes   = 100_000
)

// Rows sends rows of tables that are small beside the datasets, in batches: the
// generated types are fast enough for them. One goroutine may use it.
type Rows struct {
	out   *Outbox
	batch []*sdk.Record
	bytes int
}

// Rows begins a batch.
func (o *Outbox) Rows() *Rows { return &Rows{out: o} }

// Upsert sends a row, soon: at the latest with [Rows.Flush].
func (r *Rows) Upsert(ctx context.Context, table string, row map[string]*sdk.ValueType) error {
	return r.add(ctx, &sdk.Record{TableName: table, Type: sdk.RecordType_UPSERT, Data: row})
}

// Delete takes out the row of a key, as soon as Upsert sends one.
func (r *Rows) Delete(ctx context.Context, table string, key map[string]*sdk.ValueType) error {
	return r.add(ctx, &sdk.Record{TableName: table, Type: sdk.RecordType_DELETE, Data: key})
}

func (r *Rows) add(ctx context.Context, record *sdk.Record) error {
	r.batch = append(r.batch, record)
	r.bytes += proto.Size(record)
	if len(r.batch) == batchRecords || r.bytes >= batchBytes {
		return r.Flush(ctx)
	}
	return nil
}

// Flush sends what is left.
func (r *Rows) Flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	records := &sdk.Records{Records: r.batch}
	r.batch, r.bytes = nil, 0
	return r.out.Send(ctx, &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Records{Records: records}})
}

// Table is a table as Fivetran wants it.
func Table(t tables.Table) *sdk.Table {
	p := &sdk.Table{Name: t.Name}
	for _, c := range t.Columns {
		p.Columns = append(p.Columns, &sdk.Column{Name: c.Name, Type: Type(c.Kind), PrimaryKey: c.Key})
	}
	return p
}

// Type is a kind as Fivetran names it.
func Type(kind tables.Kind) sdk.DataType { return types[kind] }

// types are the kinds as Fivetran names them.
var types = map[tables.Kind]sdk.DataType{
	tables.String:    sdk.DataType_STRING,
	tables.Long:      sdk.DataType_LONG,
	tables.Double:    sdk.DataType_DOUBLE,
	tables.Boolean:   sdk.DataType_BOOLEAN,
	tables.Timestamp: sdk.DataType_UTC_DATETIME,
	tables.Date:      sdk.DataType_NAIVE_DATE,
	tables.JSON:      sdk.DataType_JSON,
}

// Value is a value of a kind as Fivetran takes it: see [tables.Kind] for what it may
// be.
func Value(kind tables.Kind, value any) *sdk.ValueType {
	switch v := value.(type) {
	case nil:
		return &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}}
	case int64:
		return &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: v}}
	case float64:
		return &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: v}}
	case bool:
		return &sdk.ValueType{Inner: &sdk.ValueType_Bool{Bool: v}}
	case time.Time:
		return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: timestamppb.New(v)}}
	case string:
		return textValue(kind, v)
	default:
		panic(fmt.Sprintf("a value of type %T", value))
	}
}

func textValue(kind tables.Kind, text string) *sdk.ValueType {
	switch kind {
	case tables.JSON:
		return &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: text}}
	case tables.Date:
		day, _ := time.Parse(time.DateOnly, text)
		return Day(day)
	default:
		return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: text}}
	}
}

// Day is a day as Fivetran takes it.
func Day(day time.Time) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_NaiveDate{NaiveDate: timestamppb.New(day)}}
}
