package record

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
	sdk "intercom-connector/proto"
)

// start prepares an encoder whose batches are read with the generated types.
func start(tb testing.TB, t csv.Table) csvtest.Encode {
	tb.Helper()
	e := mustEncoder(tb, t)
	return func(tb testing.TB, source csv.Source, w csv.Window) (rows []csvtest.Row, stats csv.Stats, err error) {
		var batches int64
		stats, err = e.Encode(tb.Context(), source, w, func(b *Batch) error {
			for _, r := range decode(tb, b) {
				rows = append(rows, read(tb, r, t))
			}
			batches++
			b.Free()
			return nil
		})
		if stats.Batches != batches {
			tb.Fatalf("stats say %d batches, there were %d", stats.Batches, batches)
		}
		return rows, stats, err
	}
}

// decode unmarshals a batch and holds it against what Fivetran demands.
func decode(tb testing.TB, b *Batch) []*sdk.Record {
	tb.Helper()
	var response sdk.UpdateResponse
	if err := proto.Unmarshal(b.Bytes(), &response); err != nil {
		tb.Fatalf("batch does not unmarshal: %v", err)
	}
	if len(response.ProtoReflect().GetUnknown()) > 0 {
		tb.Fatal("batch has unknown fields")
	}
	if size := proto.Size(&response); size != len(b.Bytes()) {
		tb.Fatalf("batch is %d bytes, the generated types need %d", len(b.Bytes()), size)
	}
	records := response.GetRecords().GetRecords()
	if len(records) != b.Records() || len(records) == 0 || len(records) > 100 {
		tb.Fatalf("batch of %d records says %d", len(records), b.Records())
	}
	if len(records) > 1 && len(b.Bytes()) > 100_010 {
		tb.Fatalf("batch of %d records and %d bytes", len(records), len(b.Bytes()))
	}
	return records
}

// read gives a record's values. Each column of the table must be there, or each
// that is not null.
func read(tb testing.TB, r *sdk.Record, t csv.Table) csvtest.Row {
	tb.Helper()
	columns := len(t.Columns) + 1
	if t.Occurrence {
		columns++
	}
	row := csvtest.Row{}
	if t.NoNulls {
		row[csv.UnparsedColumn] = nil
		for _, c := range t.Columns {
			row[c.Name] = nil
		}
		columns = len(r.Data)
	}
	if r.TableName != t.Name || r.Type != sdk.RecordType_UPSERT || r.SchemaName != nil || len(r.Data) != columns {
		tb.Fatalf("a %v of %v.%v with %d columns", r.Type, r.SchemaName, r.TableName, len(r.Data))
	}
	for name, value := range r.Data {
		switch v := value.Inner.(type) {
		case *sdk.ValueType_Null:
			if t.NoNulls {
				tb.Fatalf("%s is null", name)
			}
			row[name] = nil
		case *sdk.ValueType_String_:
			row[name] = v.String_
		case *sdk.ValueType_Json:
			row[name] = csvtest.JSON(v.Json)
		case *sdk.ValueType_Long:
			row[name] = v.Long
		case *sdk.ValueType_Double:
			row[name] = v.Double
		case *sdk.ValueType_UtcDatetime:
			row[name] = v.UtcDatetime.AsTime()
		default:
			tb.Fatalf("%s holds a %T", name, v)
		}
	}
	return row
}

func TestSuite(t *testing.T) { csvtest.Suite(t, start) }

func FuzzEncode(f *testing.F) { csvtest.Fuzz(f, start) }

// Without nulls a record is the same, but for them.
func TestNoNulls(t *testing.T) {
	for _, shape := range []csvtest.Shape{{Columns: 3, Rows: 20, Empty: 0.9}, {Columns: 77, Rows: 300, Empty: 0.6, Text: 30}, {Columns: 400, Rows: 5, Empty: 0.5}} {
		table, input := shape.Export()
		table.NoNulls = true
		csvtest.Same(t, start(t, table), table, input, csvtest.January, 100_000, 7)
	}
}
