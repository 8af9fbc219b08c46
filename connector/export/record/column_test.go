package record

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"intercom-connector/connector/export/csv"
	sdk "intercom-connector/proto"
)

// TestValueBytes writes values at the borders of lengths, with names of every
// length, as the generated types write them.
func TestValueBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	same := func(name string, value *sdk.ValueType, entry []byte) {
		t.Helper()
		record := &sdk.Record{Data: map[string]*sdk.ValueType{name: value}}
		want, err := proto.Marshal(record)
		if err != nil || string(want) != string(entry) {
			t.Fatalf("name of %d, %v: %x, want %x, %v", len(name), value, entry, want, err)
		}
	}
	for length := 1; length < 140; length++ {
		name := strings.Repeat("n", length)
		text := newColumn(csv.Column{Name: name})
		long := newColumn(csv.Column{Name: name, Kind: csv.Long})
		double := newColumn(csv.Column{Name: name, Kind: csv.Double})
		at := newColumn(csv.Column{Name: name, Kind: csv.UTCDatetime})
		same(name, &sdk.ValueType{Inner: &sdk.ValueType_Null{Null: true}}, at.null)
		for _, size := range []int{1, 30, 90, 100, 110, 115, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 200, 16380, 16384, 20000} {
			v := strings.Repeat("v", size)
			same(name, &sdk.ValueType{Inner: &sdk.ValueType_String_{String_: v}}, text.appendString(nil, []byte(v)))
			same(name, &sdk.ValueType{Inner: &sdk.ValueType_Json{Json: v}}, text.appendJSON(nil, []byte(v)))
		}
		for bit := range 64 {
			for _, v := range []int64{1 << bit, 1<<bit - 1, -1 << bit} {
				same(name, &sdk.ValueType{Inner: &sdk.ValueType_Long{Long: v}}, long.appendLong(nil, v))
			}
		}
		x := math.Float64frombits(r.Uint64())
		same(name, &sdk.ValueType{Inner: &sdk.ValueType_Double{Double: x}}, double.appendDouble(nil, x))
		for _, v := range []string{"1970-01-01T00:00:00Z", "1978-07-04T21:24:15Z", "1978-07-04T21:24:16Z", "3058-10-26T04:46:07Z", "3058-10-26T04:46:08Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00.5Z", "2025-01-02T03:04:05.000000001Z"} {
			instant, err := time.Parse(time.RFC3339Nano, v)
			if err != nil {
				t.Fatal(err)
			}
			value := &sdk.ValueType{Inner: &sdk.ValueType_UtcDatetime{UtcDatetime: timestamppb.New(instant)}}
			i := csv.Instant{Second: instant.Unix(), Nano: int32(instant.Nanosecond())}
			same(name, value, at.appendInstant(nil, i))
		}
	}
}
