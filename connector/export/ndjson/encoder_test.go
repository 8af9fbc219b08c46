package ndjson

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
)

func TestLines(t *testing.T) {
	table := csvtest.Calls(csvtest.Location(t, "America/Los_Angeles"))
	input := csvtest.CallsHeader +
		"7,2025-01-02 03:04:05,1.50,3,\"say \"\"hi\"\"\",2025-01-02T03:04:05.250Z\n" +
		"7,2025-01-02 03:04:05,\"1,5\",x,,-\n" +
		"8,2025-01-02 03:04:05.000,-1e300,-7,\"a\tb\\\r\n\u2028<&>\x01\x7f\",1969-12-31 00:00:00\n" +
		",2025-01-02 03:04:05,007,\"a\tb\"\"\u0001\",bad \xff\xfe nul \x00,\n"
	want := []string{
		`{"call_id":"7","initiated_at":"2025-01-02 11:04:05","talk_time":1.50,"hops":3,"note":"say \"hi\"","ended_at":"2025-01-02 03:04:05.25","occurrence":0}`,
		`{"call_id":"7","initiated_at":"2025-01-02 11:04:05","talk_time":1.5,"occurrence":1,"unparsed_values":"{\"hops\":\"x\"}"}`,
		`{"call_id":"8","initiated_at":"2025-01-02 11:04:05","talk_time":-1e+300,"hops":-7,"note":"a\tb\\\r\n\u2028<&>\u0001` + "\x7f" + `","ended_at":"1969-12-31 08:00:00","occurrence":0}`,
		`{"call_id":"","initiated_at":"2025-01-02 11:04:05","talk_time":7,"note":"bad � nul ","occurrence":0,"unparsed_values":"{\"hops\":\"a\\tb\\\"\\u0001\"}"}`,
	}
	n := 0
	_, err := mustEncoder(t, table).Encode(t.Context(), &csvtest.Cuts{Data: []byte(input)}, csvtest.January, func(at int64, timed bool, line []byte) error {
		if got := strings.TrimSuffix(string(line), "\n"); got != want[n] || at != 1735815845 || !timed {
			t.Errorf("at %d, %v\n got %s\nwant %s", at, timed, got, want[n])
		}
		n++
		return nil
	})
	if err != nil || n != len(want) {
		t.Errorf("%d rows, %v", n, err)
	}
}

// What nobody asked for is one JSON column, and a constant is in every row.
func TestRestAndConstant(t *testing.T) {
	e := mustEncoder(t, csv.Table{
		Name: "event", TimeField: -1, Rest: "details",
		Columns: []csv.Column{{Name: "id", Key: true}, {Name: "event", Field: csv.Absent, Key: true, Constant: "click"}},
		Header:  []csv.Field{{ID: "id"}},
	})
	var got string
	_, err := e.Encode(t.Context(), &csvtest.Cuts{Data: []byte("id,url\n7,x\n8,\n")}, csv.Window{}, func(_ int64, _ bool, line []byte) error {
		got += string(line)
		return nil
	})
	want := `{"id":"7","event":"click","details":"{\"url\":\"x\"}"}` + "\n" + `{"id":"8","event":"click"}` + "\n"
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestEmptyRow: a row of nulls is an object.
func TestEmptyRow(t *testing.T) {
	table := csvtest.Calls(nil)
	table.Columns, table.Occurrence = table.Columns[2:], false
	var got string
	_, err := mustEncoder(t, table).Encode(t.Context(), &csvtest.Cuts{Data: []byte(csvtest.CallsHeader + "7,,,,,\n")}, csv.Window{}, func(_ int64, timed bool, line []byte) error {
		got = string(line)
		if timed {
			t.Error("it has no time")
		}
		return nil
	})
	if err != nil || got != "{}\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRowErrorEnds: the first error ends the encoding as it is, also where lines
// were held.
func TestRowErrorEnds(t *testing.T) {
	full := errors.New("the disk is full")
	calls := 0
	input := csvtest.CallsHeader + strings.Repeat("1,,,,,\n", 3) + strings.Repeat("1,2025-01-02,,,,\n", 3)
	stats, err := mustEncoder(t, csvtest.Calls(nil)).Encode(t.Context(), &csvtest.Cuts{Data: []byte(input)}, csvtest.January, func(int64, bool, []byte) error {
		if calls++; calls == 2 {
			return full
		}
		return nil
	})
	if err != full || calls != 2 || stats.Rows != 4 {
		t.Errorf("%d calls, %d rows, %v", calls, stats.Rows, err)
	}
}

// TestAllocations: a row allocates nothing, whatever is in it.
func TestAllocations(t *testing.T) {
	const rows = 1000
	for _, s := range csvtest.Shapes {
		s.Rows = rows
		table, input := s.Export()
		allocationFree(t, table, input, rows)
		table.RowID, table.Occurrence = false, true
		allocationFree(t, table, input, rows)
	}
	// Everything that is not the usual case.
	table := csvtest.Calls(csvtest.Location(t, "America/New_York"))
	odd := "7,2025-11-02 01:30:00.5,0.30000000000000004,x,\"say \"\"\xff\x00\"\"\",soon\n,,-,-,—,-\n"
	allocationFree(t, table, []byte(csvtest.CallsHeader+strings.Repeat(odd, rows)), 2*rows)
}

func allocationFree(t *testing.T, table csv.Table, input []byte, rows int64) {
	t.Helper()
	e := mustEncoder(t, table)
	var stats csv.Stats
	allocated := testing.AllocsPerRun(5, func() {
		var err error
		if stats, err = e.Encode(t.Context(), &csvtest.Blocks{Data: input}, csv.Window{}, discard); err != nil {
			t.Fatal(err)
		}
	})
	if stats.Rows != rows || allocated > 20 {
		t.Errorf("%d columns: %v allocations in %d rows", len(table.Columns), allocated, stats.Rows)
	}
}

// FuzzAppendString compares with encoding/json: what goes in comes out, on one
// line.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "quote \" and \\", "\x00\x1f\x7f", "ü\u2028\u2029\u2027\U0001f600", "\xff broken", "12345678\"", "\xe2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := AppendString([]byte("{"), s)
		if line[0] != '{' {
			t.Fatalf("%q spoils what stands before it", s)
		}
		line = line[1:]
		if strings.ContainsAny(string(line), "\n\r\u2028\u2029") {
			t.Fatalf("%q is more than one line", line)
		}
		var back string
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); back != want || utf8.ValidString(s) && back != s {
			t.Fatalf("%q came back as %q", s, back)
		}
	})
}

func TestAppendDouble(t *testing.T) {
	for _, value := range []float64{0, math.Copysign(0, -1), 0.1, 1, -12.5, 1e-6, 9.9e-7, 1e20, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		got := AppendDouble(nil, value)
		var back float64
		if err := json.Unmarshal(got, &back); err != nil || math.Float64bits(back) != math.Float64bits(value) {
			t.Errorf("%v: %s, %v", value, got, err)
		}
	}
}

func TestAppendStringAllocatesNothing(t *testing.T) {
	room := make([]byte, 0, 1000)
	if n := testing.AllocsPerRun(100, func() { room = AppendString(room[:0], "a text of some length, \"quoted\"\n") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
