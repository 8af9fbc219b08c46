package tester

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/timestamppb"

	sdk "intercom-connector/proto"
)

// script is a SourceConnector that says what a test tells it to.
type script struct {
	sdk.UnimplementedSourceConnectorServer
	form   *sdk.ConfigurationFormResponse
	tests  map[string]*sdk.TestResponse
	schema *sdk.SchemaResponse
	send   func(*sdk.UpdateRequest, func(*sdk.UpdateResponse) error) error
}

func (s *script) ConfigurationForm(context.Context, *sdk.ConfigurationFormRequest) (*sdk.ConfigurationFormResponse, error) {
	if s.form == nil {
		return &sdk.ConfigurationFormResponse{}, nil
	}
	return s.form, nil
}

func (s *script) Test(_ context.Context, r *sdk.TestRequest) (*sdk.TestResponse, error) {
	return s.tests[r.GetName()], nil
}

func (s *script) Schema(context.Context, *sdk.SchemaRequest) (*sdk.SchemaResponse, error) {
	return s.schema, nil
}

func (s *script) Update(r *sdk.UpdateRequest, stream grpc.ServerStreamingServer[sdk.UpdateResponse]) error {
	return s.send(r, stream.Send)
}

// says sends the messages and then ends with err.
func says(err error, messages ...*sdk.UpdateResponse) func(*sdk.UpdateRequest, func(*sdk.UpdateResponse) error) error {
	return func(_ *sdk.UpdateRequest, send func(*sdk.UpdateResponse) error) error {
		for _, m := range messages {
			if err := send(m); err != nil {
				return err
			}
		}
		return err
	}
}

// serve runs a connector in memory and returns a Config that drives it.
func serve(t testing.TB, c sdk.SourceConnectorServer) Config {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	sdk.RegisterSourceConnectorServer(server, c)
	go server.Serve(lis)
	conn, err := grpc.NewClient("passthrough:///memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
	})
	return Config{
		Conn: conn, WarehousePath: filepath.Join(t.TempDir(), "warehouse.db"),
		now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
}

// rows runs a query on a warehouse and returns a line a row, values separated
// by "|"; null is ∅.
func rows(t testing.TB, config Config, query string) []string {
	t.Helper()
	db, err := OpenReadOnly(config.WarehousePath, "main")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return queryLines(t, db, query)
}

func queryLines(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	r, err := db.Query("SELECT COLUMNS(*)::VARCHAR FROM (" + query + ")")
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for r.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			if texts[i] = v.String; !v.Valid {
				texts[i] = "∅"
			}
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// schemaOf makes a Schema answer without schemas.
func schemaOf(tables ...*sdk.Table) *sdk.SchemaResponse {
	return &sdk.SchemaResponse{Response: &sdk.SchemaResponse_WithoutSchema{WithoutSchema: &sdk.TableList{Tables: tables}}}
}

// tableOf reads columns as "name TYPE" or "name TYPE key".
func tableOf(name string, columns ...string) *sdk.Table {
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

type data map[string]*sdk.ValueType

func upsert(table string, d data) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_UPSERT, Data: d}
}

func update(table string, d data) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_UPDATE, Data: d}
}

func deletion(table string, d data) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_DELETE, Data: d}
}

func truncation(table string) *sdk.Record {
	return &sdk.Record{TableName: table, Type: sdk.RecordType_TRUNCATE}
}

func batch(records ...*sdk.Record) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Records{Records: &sdk.Records{Records: records}}}
}

func single(r *sdk.Record) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Record{Record: r}}
}

func checkpoint(state string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Checkpoint{Checkpoint: &sdk.Checkpoint{StateJson: state}}}
}

func warning(message string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: message}}}
}

func task(message string) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Task{Task: &sdk.Task{Message: message}}}
}

func schemaChange(tables ...*sdk.Table) *sdk.UpdateResponse {
	return &sdk.UpdateResponse{Operation: &sdk.UpdateResponse_SchemaChange{SchemaChange: &sdk.SchemaChange{
		Change: &sdk.SchemaChange_WithoutSchema{WithoutSchema: &sdk.TableList{Tables: tables}},
	}}}
}

func null() *sdk.ValueType           { return &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}} }
func boolean(v bool) *sdk.ValueType  { return &sdk.ValueType{Inner: &sdk.ValueType_Bool{Bool: v}} }
func short(v int32) *sdk.ValueType   { return &sdk.ValueType{Inner: &sdk.ValueType_Short{Short: v}} }
func integer(v int32) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Int{Int: v}} }
func long(v int64) *sdk.ValueType    { return &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: v}} }
func float(v float32) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Float{Float: v}} }

func double(v float64) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: v}} }

func text(v string) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: v}} }

func decimal(v string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_Decimal{Decimal: v}}
}

func jsonText(v string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: v}}
}
func xml(v string) *sdk.ValueType  { return &sdk.ValueType{Inner: &sdk.ValueType_Xml{Xml: v}} }
func blob(v []byte) *sdk.ValueType { return &sdk.ValueType{Inner: &sdk.ValueType_Binary{Binary: v}} }

func stamp(at string) *timestamppb.Timestamp {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		panic(err)
	}
	return timestamppb.New(t)
}

func utc(at string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: stamp(at)}}
}

func naive(at string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_NaiveDatetime{NaiveDatetime: stamp(at)}}
}

func date(day string) *sdk.ValueType {
	return &sdk.ValueType{Inner: &sdk.ValueType_NaiveDate{NaiveDate: stamp(day + "T00:00:00Z")}}
}
