package csv

import (
	"testing"
	"time"

	"intercom-connector/connector/export/csv/number"
)

// location loads a zone.
func location(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return zone
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
		{"America/New_York", "1735787045123.25", "2025-01-02T03:04:05.12325Z"},
		{"America/New_York", "1735787045123456.7891", "2025-01-02T03:04:05.123456789Z"},
		{"America/New_York", "1735787045123456789", "2025-01-02T03:04:05.123456789Z"},
		{"America/New_York", "1735787045123456789.9", "2025-01-02T03:04:05.123456789Z"},
		{"America/New_York", "1735787045.1234567899", "2025-01-02T03:04:05.123456789Z"},
		{"UTC", "2025-01-02 03:04:05.1234567899", "2025-01-02T03:04:05.123456789Z"},
		{"America/New_York", "2025-01-02t03:04:05z", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05 utc", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05 GMT", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05+09", "2025-01-01T18:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05 -03", "2025-01-02T06:04:05Z"},
		{"UTC", "2025-01-02 3:04", "2025-01-02T03:04:00Z"},
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
		// Without seconds, with half days, with zones in every form.
		{"America/New_York", "2025-01-02 03:04", "2025-01-02T08:04:00Z"},
		{"America/New_York", "2025-01-02T03:04Z", "2025-01-02T03:04:00Z"},
		{"America/New_York", "2025-01-02 03:04:05 UTC", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05UTC", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05 Z", "2025-01-02T03:04:05Z"},
		{"America/New_York", "2025-01-02 03:04:05+0530", "2025-01-01T21:34:05Z"},
		{"America/New_York", "2025-01-02T03:04:05.987+0000", "2025-01-02T03:04:05.987Z"},
		{"America/New_York", "2025-01-02 03:04:05 +00:00", "2025-01-02T03:04:05Z"},
		{"UTC", "2025-01-02 3:04 PM", "2025-01-02T15:04:00Z"},
		{"UTC", "2025-01-02 12:00:01 AM", "2025-01-02T00:00:01Z"},
		{"UTC", "2025-01-02 12:00pm", "2025-01-02T12:00:00Z"},
		{"America/New_York", "2025-01-02 11:04:05.5 am UTC", "2025-01-02T11:04:05.5Z"},
		{"America/New_York", "2025-11-02 1:30 AM", "2025-11-02T05:30:00Z"},
		// A date alone is its day's beginning, also where clocks skip midnight or
		// show it twice.
		{"America/New_York", "2025-01-02", "2025-01-02T05:00:00Z"},
		{"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
		{"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"},
		// Microseconds, and decimals.
		{"America/New_York", "1735787045123456", "2025-01-02T03:04:05.123456Z"},
		{"America/New_York", "1735787045.25", "2025-01-02T03:04:05.25Z"},
		{"UTC", "0001-01-01 00:00:00", "0001-01-01T00:00:00Z"},
		{"UTC", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"},
		{"UTC", "2024-02-29 00:00:00", "2024-02-29T00:00:00Z"},
		{"UTC", "2000-02-29 23:00:00", "2000-02-29T23:00:00Z"},
	}
	for _, test := range tests {
		c := calendar{zone: location(t, test.zone)}
		for range 2 { // the second time the date is known
			got, ok := c.parse([]byte(test.text))
			at := time.Unix(got.Second, int64(got.Nano)).UTC().Format(time.RFC3339Nano)
			if !ok || at != test.want {
				t.Errorf("%s in %s: %s, %v; want %s", test.text, test.zone, at, ok, test.want)
			}
		}
	}
	c := calendar{zone: location(t, "America/New_York")}
	for _, text := range []string{
		"", "2025", "2025-01-02_03:04:05", "2025/01/02 03:04:05", "2025-1-02 03:04:05x",
		"2025-00-02 03:04:05", "2025-13-02 03:04:05", "2025-01-00 03:04:05", "2025-01-32 03:04:05", "2025-02-29 03:04:05", "1900-02-29 03:04:05", "2025-04-31 03:04:05",
		"2025-01-02 24:00:00", "2025-01-02 03:60:00", "2025-01-02 03:04:60", "2025-01-02 03-04-05", "2025-01-02 03:04:0x", "2025-01-02 \xb0\xb3:04:05", "2025-01-02 03:0::05",
		"2025-01-02 03:04:05.", "2025-01-02 03:04:05.x", "2025-01-02 03:04:05,5",
		"2025-01-02 03:04:05+24:00", "2025-01-02 03:04:05+24", "2025-01-02 03:04:05+", "2025-01-02 24:04", "1735787045123.", "1735787045.5.5", "2025-01-02 03:04:05+05:60", "2025-01-02 03:04:05*05:00", "2025-01-02 03:04:05Z0",
		"2025-01-02 ", "2025-01-02T", "2025-01-02Z", "2025-01-02 03", "2025-01-02 13:04 PM", "2025-01-02 0:04 AM", "2025-01-02 03:04 XM", "2025-01-02 03:04.5", "2025-01-02 03:4:05",
		"2025-01-02 03:04:05 ", "2025-01-02 03:04:05  UTC", "2025-01-02 03:04:05+000", "2025-01-02 03:04:05+00:0", "2025-01-02 03:04:05+0:000", "2025-01-02 003:04:05",
		"1735787045.", "1735787045,5", "173578704512345",
		"10000-01-02 03:04:05", "0000-01-01 00:00:00", "9999-12-31 20:00:00", "9999-12-31 23:59:59-00:01", "0001-01-01 00:00:00+00:01",
		"173578704", "17357870451", "173578704512", "17357870451234", "-735787045", "1735787O45", "１",
	} {
		if got, ok := c.parse([]byte(text)); ok {
			t.Errorf("%q: %d, want nothing", text, got.Second)
		}
	}
}

func BenchmarkValues(b *testing.B) {
	c := calendar{zone: location(b, "America/New_York")}
	benchmarks := []struct {
		name, text string
		parse      func([]byte) bool
	}{
		{"time", "2025-06-02 03:04:05", func(t []byte) bool { _, ok := c.parse(t); return ok }},
		{"time on a day of change", "2025-11-02 03:04:05", func(t []byte) bool { _, ok := c.parse(t); return ok }},
		{"RFC 3339", "2025-06-02T03:04:05.678+02:00", func(t []byte) bool { _, ok := c.parse(t); return ok }},
		{"double", "12345.67", func(t []byte) bool { _, ok := number.Double(t); return ok }},
		{"double of 17 digits", "0.30000000000000004", func(t []byte) bool { _, ok := number.Double(t); return ok }},
		{"long", "12345", func(t []byte) bool { _, ok := number.Long(t); return ok }},
	}
	for _, x := range benchmarks {
		b.Run(x.name, func(b *testing.B) {
			text := []byte(x.text)
			b.ReportAllocs()
			for b.Loop() {
				if !x.parse(text) {
					b.Fatal("does not parse")
				}
			}
		})
	}
}
