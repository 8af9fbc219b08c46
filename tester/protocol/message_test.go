package protocol

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/script"
)

// The generated types are the oracle: what they read as a message of records,
// the decoder reads alike; what they refuse as protobuf, it refuses too. It may
// refuse more: several operations in one message, and text fields they check
// for UTF-8 it leaves to the rules.
func FuzzDecode(f *testing.F) {
	for _, m := range []*sdk.UpdateResponse{
		script.Batch(script.Upsert("t", script.EveryRow(1)), script.Update("t", script.EveryNull(2)), script.Deletion("u", script.Data{"k": script.Long(-1)}), script.Truncation("t")),
		script.Single(script.Upsert("t", script.Data{"": {}, "d": script.Date("2024-02-29"), "n": script.UTC("1960-01-01T00:00:00.5Z")})),
		script.Checkpoint(`{"a":1}`), script.Warning("w"), script.Task("t"), script.SchemaChange(script.TableOf("t", "k LONG key")), script.Batch(),
		{},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0x0a, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		num, body, err := Operation(b)
		var want sdk.UpdateResponse
		if wantErr := proto.Unmarshal(b, &want); wantErr != nil {
			return // invalid UTF-8 or not protobuf: nothing to compare, but no panic
		}
		if err != nil || (num != FieldRecord && num != FieldRecords) {
			return
		}
		records := want.GetRecords().GetRecords()
		if r := want.GetRecord(); r != nil {
			records = []*sdk.Record{r}
		}
		i := 0
		var r Record
		take := func(b []byte) error {
			if err := r.Decode(b); err != nil {
				return err
			}
			compare(t, &r, records[i])
			i++
			return nil
		}
		if num == FieldRecord {
			err = take(body)
		} else {
			_, err = EachRecord(body, take)
		}
		if err == nil && i != len(records) {
			t.Errorf("%d records, generated types read %d", i, len(records))
		}
	})
}

func compare(t *testing.T, got *Record, want *sdk.Record) {
	t.Helper()
	if string(got.Table) != want.GetTableName() || string(got.Schema) != want.GetSchemaName() || got.Op != want.GetType() || got.HasSchema != (want.SchemaName != nil) {
		t.Errorf("record %+v, want %v", got, want)
	}
	last := map[string]Value{} // of a column named twice the last counts
	for _, f := range got.Fields {
		last[string(f.Name)] = f.Value
	}
	if len(last) != len(want.GetData()) {
		t.Errorf("%d columns, want %d", len(last), len(want.GetData()))
	}
	for name, v := range want.GetData() {
		if got := last[name]; !same(got, v) {
			t.Errorf("column %q: %+v, want %v", name, got, v)
		}
	}
}

func same(got Value, want *sdk.ValueType) bool {
	time := func(k Kind, seconds int64, nanos int32) bool {
		return got.Kind == k && got.Int == seconds && got.Nanos == nanos
	}
	text := func(k Kind, b string) bool { return got.Kind == k && string(got.Bytes) == b }
	number := func(k Kind, f float64) bool {
		return got.Kind == k && (got.Double == f || got.Double != got.Double && f != f)
	}
	switch v := want.GetInner().(type) {
	case nil:
		return got.Kind == NoKind
	case *sdk.ValueType_Null:
		return got.Kind == KindNull && (got.Int != 0) == v.Null
	case *sdk.ValueType_Bool:
		return got.Kind == KindBool && (got.Int != 0) == v.Bool
	case *sdk.ValueType_Short:
		return got.Kind == KindShort && got.Int == int64(v.Short)
	case *sdk.ValueType_Int:
		return got.Kind == KindInt && got.Int == int64(v.Int)
	case *sdk.ValueType_Long:
		return got.Kind == KindLong && got.Int == v.Long
	case *sdk.ValueType_Float:
		return number(KindFloat, float64(v.Float))
	case *sdk.ValueType_Double:
		return number(KindDouble, v.Double)
	case *sdk.ValueType_NaiveDate:
		return time(KindNaiveDate, v.NaiveDate.GetSeconds(), v.NaiveDate.GetNanos())
	case *sdk.ValueType_NaiveDatetime:
		return time(KindNaiveDatetime, v.NaiveDatetime.GetSeconds(), v.NaiveDatetime.GetNanos())
	case *sdk.ValueType_UtcDatetime:
		return time(KindUTCDatetime, v.UtcDatetime.GetSeconds(), v.UtcDatetime.GetNanos())
	case *sdk.ValueType_NaiveTime:
		return time(KindNaiveTime, v.NaiveTime.GetSeconds(), v.NaiveTime.GetNanos())
	case *sdk.ValueType_Decimal:
		return text(KindDecimal, v.Decimal)
	case *sdk.ValueType_Binary:
		return got.Kind == KindBinary && bytes.Equal(got.Bytes, v.Binary)
	case *sdk.ValueType_String_:
		return text(KindString, v.String_)
	case *sdk.ValueType_Json:
		return text(KindJSON, v.Json)
	case *sdk.ValueType_Xml:
		return text(KindXML, v.Xml)
	}
	return false
}

// Decoding a record allocates nothing once its fields have been met.
func TestDecodeAllocatesNothing(t *testing.T) {
	b, err := proto.Marshal(script.Upsert("t", script.EveryRow(1)))
	if err != nil {
		t.Fatal(err)
	}
	var r Record
	if n := testing.AllocsPerRun(100, func() {
		if err := r.Decode(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
