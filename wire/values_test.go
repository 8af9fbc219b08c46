package wire

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

func TestParseLong(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"7", 7, true},
		{"-12", -12, true},
		{"+5", 5, true},
		{"-0", 0, true},
		{"007", 7, true},
		{"12.0", 12, true},
		{"-3.000", -3, true},
		{"9223372036854775807", math.MaxInt64, true},
		{"9223372036854775808", 0, false},
		{"-9223372036854775808", math.MinInt64, true},
		{"-9223372036854775809", 0, false},
		{"18446744073709551615", 0, false},
		{"18446744073709551616", 0, false},
		{"99999999999999999999999", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{"+", 0, false},
		{"12.", 0, false},
		{".0", 0, false},
		{"12.5", 0, false},
		{"12,0", 0, false},
		{"1 2", 0, false},
		{" 12", 0, false},
		{"1e3", 0, false},
		{"--1", 0, false},
		{"１", 0, false},
	}
	for _, test := range tests {
		got, ok := parseLong([]byte(test.text))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q: %d, %v; want %d, %v", test.text, got, ok, test.want, test.ok)
		}
	}
}

func TestParseDouble(t *testing.T) {
	tests := []struct {
		text string
		want float64
		ok   bool
	}{
		{"0", 0, true},
		{"1.5", 1.5, true},
		{"1,5", 1.5, true},
		{"-2", -2, true},
		{"+.25", .25, true},
		{"3.", 3, true},
		{"0.1", 0.1, true},
		{"123456.789", 123456.789, true},
		{"0.000000000000001", 1e-15, true},
		{"123456789012345", 123456789012345, true},
		{"9007199254740993", 9007199254740992, true},
		{"0.30000000000000004", 0.30000000000000004, true},
		{"1e3", 1000, true},
		{"1,5E-3", 0.0015, true},
		{"1e-999", 0, true},
		{strings.Repeat("0", 63) + "1", 1, true},
		{"1e999", 0, false},
		{strings.Repeat("0", 64) + "1", 0, false},
		{"", 0, false},
		{"-", 0, false},
		{".", 0, false},
		{"-,", 0, false},
		{"1.2.3", 0, false},
		{"1,234.5", 0, false},
		{"1 000", 0, false},
		{"NaN", 0, false},
		{"Inf", 0, false},
		{"-infinity", 0, false},
		{"0x1p3", 0, false},
		{"1_0", 0, false},
		{"1e", 0, false},
		{"1e+", 0, false},
		{"1e5.", 0, false},
		{"e5", 0, false},
		{"1.5x", 0, false},
		{" 1", 0, false},
	}
	for _, test := range tests {
		got, ok := parseDouble([]byte(test.text))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%q: %v, %v; want %v, %v", test.text, got, ok, test.want, test.ok)
		}
	}
	if got, _ := parseDouble([]byte("-0")); !math.Signbit(got) {
		t.Error("-0 lost its sign")
	}
}

func TestParseTime(t *testing.T) {
	tests := []struct{ zone, text, want string }{
		{"UTC", "2025-01-02 03:04:05", "2025-01-02T03:04:05Z"},
		{"UTC", "2025-01-02T03:04:05", "2025-01-02T03:04:05Z"},
		{"UTC", "2025-01-02 03:04:05.5", "2025-01-02T03:04:05.5Z"},
		{"UTC", "2025-01-02 03:04:05.123456789", "2025-01-02T03:04:05.123456789Z"},
		{"America/New_York", "2025-01-02 03:04:05", "2025-01-02T08:04:05Z"},
		{"America/New_York", "2025-07-02 03:04:05", "2025-07-02T07:04:05Z"},
		{"America/New_York", "2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05.25+05:30", "2025-01-01T21:34:05.25Z"},
		{"America/New_York", "2025-01-02T03:04:05-00:30", "2025-01-02T03:34:05Z"},
		{"America/New_York", "1735787045", "2025-01-02T03:04:05Z"},
		{"America/New_York", "1735787045123", "2025-01-02T03:04:05.123Z"},
		// Clocks skip from 02:00 to 03:00: what time.Date makes of it.
		{"America/New_York", "2025-03-09 01:59:59", "2025-03-09T06:59:59Z"},
		{"America/New_York", "2025-03-09 02:30:00", "2025-03-09T06:30:00Z"},
		{"America/New_York", "2025-03-09 03:00:00", "2025-03-09T07:00:00Z"},
		// They show 01:00 to 02:00 twice: the first.
		{"America/New_York", "2025-11-02 00:59:59", "2025-11-02T04:59:59Z"},
		{"America/New_York", "2025-11-02 01:30:00", "2025-11-02T05:30:00Z"},
		{"America/New_York", "2025-11-02 02:00:00", "2025-11-02T07:00:00Z"},
		{"Europe/Dublin", "2025-10-26 01:30:00", "2025-10-26T00:30:00Z"},
		{"Australia/Lord_Howe", "2025-04-06 01:45:00", "2025-04-05T14:45:00Z"},
		{"America/Sao_Paulo", "2018-02-17 23:30:00", "2018-02-18T01:30:00Z"},
		{"Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30T10:00:00Z"},
		{"Asia/Kathmandu", "2025-01-02 00:00:00", "2025-01-01T18:15:00Z"},
		{"UTC", "0001-01-01 00:00:00", "0001-01-01T00:00:00Z"},
		{"UTC", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"},
		{"UTC", "2024-02-29 00:00:00", "2024-02-29T00:00:00Z"},
		{"UTC", "2000-02-29 23:00:00", "2000-02-29T23:00:00Z"},
	}
	for _, test := range tests {
		c := calendar{zone: location(t, test.zone)}
		for range 2 { // the second time the date is known
			got, ok := c.parse([]byte(test.text))
			at := time.Unix(got.second, int64(got.nano)).UTC().Format(time.RFC3339Nano)
			if !ok || at != test.want {
				t.Errorf("%s in %s: %s, %v; want %s", test.text, test.zone, at, ok, test.want)
			}
		}
	}
	c := calendar{zone: location(t, "America/New_York")}
	for _, text := range []string{
		"", "2025", "2025-01-02", "2025-01-02 03:04", "2025-01-02_03:04:05", "2025/01/02 03:04:05", "2025-1-02 03:04:05x",
		"2025-00-02 03:04:05", "2025-13-02 03:04:05", "2025-01-00 03:04:05", "2025-01-32 03:04:05", "2025-02-29 03:04:05", "1900-02-29 03:04:05", "2025-04-31 03:04:05",
		"2025-01-02 24:00:00", "2025-01-02 03:60:00", "2025-01-02 03:04:60", "2025-01-02 03-04-05", "2025-01-02 03:04:0x", "2025-01-02 \xb0\xb3:04:05", "2025-01-02 03:0::05",
		"2025-01-02 03:04:05.", "2025-01-02 03:04:05.x", "2025-01-02 03:04:05.1234567890", "2025-01-02 03:04:05,5",
		"2025-01-02 03:04:05z", "2025-01-02 03:04:05 Z", "2025-01-02 03:04:05+0530", "2025-01-02 03:04:05+05", "2025-01-02 03:04:05+24:00", "2025-01-02 03:04:05+05:60", "2025-01-02 03:04:05*05:00", "2025-01-02 03:04:05Z0",
		"10000-01-02 03:04:05", "0000-01-01 00:00:00", "9999-12-31 20:00:00", "9999-12-31 23:59:59-00:01", "0001-01-01 00:00:00+00:01",
		"173578704", "17357870451", "173578704512", "17357870451234", "-735787045", "1735787O45", "１",
	} {
		if got, ok := c.parse([]byte(text)); ok {
			t.Errorf("%q: %d, want nothing", text, got.second)
		}
	}
}

// TestEveryHour holds a year of each zone against the oracle, minutes around
// changes of offset included.
func TestEveryHour(t *testing.T) {
	for _, name := range []string{"America/Los_Angeles", "Europe/London", "Africa/Casablanca", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Antarctica/Troll", "Asia/Tehran"} {
		zone := location(t, name)
		c := calendar{zone: zone}
		for _, year := range []int{2011, 2025} {
			start := time.Date(year, 1, 1, 0, 15, 0, 0, time.UTC)
			for local := start; local.Year() == year; local = local.Add(187 * time.Minute) {
				text := local.Format("2006-01-02 15:04:05")
				got, ok := c.parse([]byte(text))
				want, _ := oracleTime(text, zone, nil)
				if !ok || got.second != want.Unix() {
					t.Errorf("%s in %s: %d, %v; want %d", text, name, got.second, ok, want.Unix())
				}
			}
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, v := range values {
		f.Add(v, uint8(0))
	}
	zones := []*time.Location{time.UTC, location(f, "America/New_York"), location(f, "Pacific/Apia"), location(f, "Australia/Lord_Howe")}
	f.Fuzz(func(t *testing.T, text string, zone uint8) {
		location := zones[int(zone)%len(zones)]
		c := calendar{zone: location}
		for kind := Long; kind <= UTCDatetime; kind++ {
			column := newColumn(Column{Name: "c", Kind: kind}, 0)
			var entry []byte
			switch kind {
			case Long:
				if v, ok := parseLong([]byte(text)); ok {
					entry = column.appendLong(nil, v)
				}
			case Double:
				if v, ok := parseDouble([]byte(text)); ok {
					entry = column.appendDouble(nil, v)
				}
			case UTCDatetime:
				if v, ok := c.parse([]byte(text)); ok {
					entry = column.appendInstant(nil, v)
				}
			}
			want, _ := oracleValue(kind, text, location, nil)
			if (want == nil) != (entry == nil) {
				t.Fatalf("%q as %d: %x, the oracle has %v", text, kind, entry, want)
			}
			if want == nil {
				continue
			}
			record := &sdk.Record{Data: map[string]*sdk.ValueType{"c": want}}
			if bytes, err := proto.Marshal(record); err != nil || string(bytes) != string(entry) {
				t.Fatalf("%q as %d: %x, the oracle has %x", text, kind, entry, bytes)
			}
		}
	})
}

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
		text := newColumn(Column{Name: name}, 0)
		long := newColumn(Column{Name: name, Kind: Long}, 0)
		double := newColumn(Column{Name: name, Kind: Double}, 0)
		at := newColumn(Column{Name: name, Kind: UTCDatetime}, 0)
		same(name, oracleNull, at.blank)
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
			value, unfit := oracleValue(UTCDatetime, v, time.UTC, nil)
			c := calendar{zone: time.UTC}
			i, ok := c.parse([]byte(v))
			if unfit || !ok {
				t.Fatal(v)
			}
			same(name, value, at.appendInstant(nil, i))
		}
	}
}

func TestJSONStrings(t *testing.T) {
	var all strings.Builder
	for r := range rune(0x300) {
		all.WriteRune(r)
	}
	all.WriteString("\u2028日本語😀")
	want := all.String()
	var got string
	r := &sdk.Record{Data: map[string]*sdk.ValueType{UnparsedColumn: {Inner: &sdk.ValueType_Json{Json: "{" + string(appendJSONString(nil, []byte("k"))) + ":" + string(appendJSONString(nil, []byte(want))) + "}"}}}}
	got = string(canonical(t, r))
	if !strings.Contains(got, strconv.Quote(want)) {
		t.Errorf("%q is not %q", got, want)
	}
}
