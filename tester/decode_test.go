package tester

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// The generated types are the oracle: what they read as a message of records,
// the decoder reads alike; what they refuse as protobuf, it refuses too. It may
// refuse more: several operations in one message, and text fields they check
// for UTF-8 it leaves to the rules.
func FuzzDecode(f *testing.F) {
	for _, m := range []*sdk.UpdateResponse{
		batch(upsert("t", everyRow(1)), update("t", everyNull(2)), deletion("u", data{"k": long(-1)}), truncation("t")),
		single(upsert("t", data{"": {}, "d": date("2024-02-29"), "n": utc("1960-01-01T00:00:00.5Z")})),
		checkpoint(`{"a":1}`), warning("w"), task("t"), schemaChange(tableOf("t", "k LONG key")), batch(),
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
		num, body, err := operation(b)
		var want sdk.UpdateResponse
		if wantErr := proto.Unmarshal(b, &want); wantErr != nil {
			return // invalid UTF-8 or not protobuf: nothing to compare, but no panic
		}
		if err != nil || (num != fieldRecord && num != fieldRecords) {
			return
		}
		records := want.GetRecords().GetRecords()
		if r := want.GetRecord(); r != nil {
			records = []*sdk.Record{r}
		}
		i := 0
		var r record
		take := func(b []byte) error {
			if err := r.decode(b); err != nil {
				return err
			}
			compare(t, &r, records[i])
			i++
			return nil
		}
		if num == fieldRecord {
			err = take(body)
		} else {
			_, err = eachRecord(body, take)
		}
		if err == nil && i != len(records) {
			t.Errorf("%d records, generated types read %d", i, len(records))
		}
	})
}

func compare(t *testing.T, got *record, want *sdk.Record) {
	t.Helper()
	if string(got.table) != want.GetTableName() || string(got.schema) != want.GetSchemaName() || got.op != want.GetType() || got.hasSchema != (want.SchemaName != nil) {
		t.Errorf("record %+v, want %v", got, want)
	}
	last := map[string]value{} // of a column named twice the last counts
	for _, f := range got.fields {
		last[string(f.name)] = f.value
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

func same(got value, want *sdk.ValueType) bool {
	time := func(k kind, seconds int64, nanos int32) bool {
		return got.kind == k && got.i == seconds && got.nanos == nanos
	}
	text := func(k kind, b string) bool { return got.kind == k && string(got.b) == b }
	number := func(k kind, f float64) bool { return got.kind == k && (got.f == f || got.f != got.f && f != f) }
	switch v := want.GetInner().(type) {
	case nil:
		return got.kind == noKind
	case *sdk.ValueType_Null:
		return got.kind == kindNull && (got.i != 0) == v.Null
	case *sdk.ValueType_Bool:
		return got.kind == kindBool && (got.i != 0) == v.Bool
	case *sdk.ValueType_Short:
		return got.kind == kindShort && got.i == int64(v.Short)
	case *sdk.ValueType_Int:
		return got.kind == kindInt && got.i == int64(v.Int)
	case *sdk.ValueType_Long:
		return got.kind == kindLong && got.i == v.Long
	case *sdk.ValueType_Float:
		return number(kindFloat, float64(v.Float))
	case *sdk.ValueType_Double:
		return number(kindDouble, v.Double)
	case *sdk.ValueType_NaiveDate:
		return time(kindNaiveDate, v.NaiveDate.GetSeconds(), v.NaiveDate.GetNanos())
	case *sdk.ValueType_NaiveDatetime:
		return time(kindNaiveDatetime, v.NaiveDatetime.GetSeconds(), v.NaiveDatetime.GetNanos())
	case *sdk.ValueType_UtcDatetime:
		return time(kindUTCDatetime, v.UtcDatetime.GetSeconds(), v.UtcDatetime.GetNanos())
	case *sdk.ValueType_NaiveTime:
		return time(kindNaiveTime, v.NaiveTime.GetSeconds(), v.NaiveTime.GetNanos())
	case *sdk.ValueType_Decimal:
		return text(kindDecimal, v.Decimal)
	case *sdk.ValueType_Binary:
		return got.kind == kindBinary && bytes.Equal(got.b, v.Binary)
	case *sdk.ValueType_String_:
		return text(kindString, v.String_)
	case *sdk.ValueType_Json:
		return text(kindJSON, v.Json)
	case *sdk.ValueType_Xml:
		return text(kindXML, v.Xml)
	}
	return false
}

// Decoding a record allocates nothing once its fields have been met.
func TestDecodeAllocatesNothing(t *testing.T) {
	b, err := proto.Marshal(upsert("t", everyRow(1)))
	if err != nil {
		t.Fatal(err)
	}
	var r record
	if n := testing.AllocsPerRun(100, func() {
		if err := r.decode(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}
