package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sdk "intercom-connector/proto"
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

// calls is a table with a column of every kind and a key of every sort.
func calls(zone *time.Location) Table {
	return Table{
		Name: "call",
		Columns: []Column{
			{Name: "call_id", Kind: String, Field: 0, Key: true},
			{Name: "initiated_at", Kind: UTCDatetime, Field: 1, Key: true},
			{Name: "talk_time", Kind: Double, Field: 2},
			{Name: "hops", Kind: Long, Field: 3},
			{Name: "note", Kind: String, Field: 4},
			{Name: "ended_at", Kind: UTCDatetime, Field: 5},
		},
		Header: []Field{
			{ID: "call_id", QualifiedID: "call.call_id"},
			{ID: "initiated_at", QualifiedID: "timestamp.initiated_at"},
			{ID: "talk_time", QualifiedID: "duration.talk_time"},
			{ID: "hops"},
			{ID: "Note", QualifiedID: "people.Note"},
			{ID: "ended_at", QualifiedID: "timestamp.ended_at"},
		},
		Occurrence: true,
		TimeField:  1,
		Zone:       zone,
	}
}

const callsHeader = "call_id,timestamp.initiated_at,talk_time,hops,Note,ended_at\n"

func mustEncoder(tb testing.TB, t Table) *Encoder {
	tb.Helper()
	e, err := NewEncoder(t)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

var january = Window{
	Start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC),
}

func TestRecord(t *testing.T) {
	input := callsHeader +
		"7,2025-01-02 03:04:05,1.5,3,\"say \"\"hi\"\"\",2025-01-02T03:04:05.25Z\n" +
		"7,2025-01-02 03:04:05,\"1,5\",x,,-\n" +
		",soon,—,\"a\tb\"\"\u0001\",bad \xff\xfe nul \x00,\n"
	e := mustEncoder(t, calls(location(t, "America/Los_Angeles")))
	records, stats, err := encodeAll(t, e, &cuts{data: []byte(input)}, january)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`call_id=s:7 ended_at=t:2025-01-02T03:04:05.25Z hops=l:3 initiated_at=t:2025-01-02T11:04:05Z note=s:say "hi" occurrence=l:0 talk_time=d:1.5 unparsed_values=null`,
		`call_id=s:7 ended_at=null hops=null initiated_at=t:2025-01-02T11:04:05Z note=null occurrence=l:1 talk_time=d:1.5 unparsed_values=j:{"hops":"x"}`,
		`call_id=s: ended_at=null hops=null initiated_at=t:1970-01-01T00:00:00Z note=s:bad � nul  occurrence=l:0 talk_time=null unparsed_values=j:{"initiated_at":"soon","hops":"a\tb\"\u0001"}`,
	}
	for i, r := range records {
		if got := render(r); got != want[i] {
			t.Errorf("row %d:\n got %s\nwant %s", i+1, got, want[i])
		}
		if r.TableName != "call" || r.Type != sdk.RecordType_UPSERT || r.SchemaName != nil {
			t.Errorf("row %d is a %v of %v.%v", i+1, r.Type, r.SchemaName, r.TableName)
		}
	}
	if len(records) != 3 || stats.Rows != 3 || stats.Bytes != int64(len(input)) || stats.Batches != 1 ||
		stats.Repaired != 1 || stats.NULs != 1 || !slices.Equal(stats.Unparsed, []int64{0, 1, 0, 2, 0, 0}) {
		t.Errorf("stats %+v", stats)
	}
}

// render writes a record as sorted name=type:value.
func render(r *sdk.Record) string {
	var parts []string
	for name, v := range r.Data {
		switch v := v.Inner.(type) {
		case *sdk.ValueType_Null:
			parts = append(parts, name+"=null")
		case *sdk.ValueType_String_:
			parts = append(parts, name+"=s:"+v.String_)
		case *sdk.ValueType_Json:
			parts = append(parts, name+"=j:"+v.Json)
		case *sdk.ValueType_Long:
			parts = append(parts, fmt.Sprintf("%s=l:%d", name, v.Long))
		case *sdk.ValueType_Double:
			parts = append(parts, fmt.Sprintf("%s=d:%g", name, v.Double))
		case *sdk.ValueType_UtcDatetime:
			parts = append(parts, name+"=t:"+v.UtcDatetime.AsTime().Format(time.RFC3339Nano))
		default:
			parts = append(parts, fmt.Sprintf("%s=%T", name, v))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// TestRecordBytes is the example in record.go's comment.
func TestRecordBytes(t *testing.T) {
	e := mustEncoder(t, Table{
		Name:      "call",
		Columns:   []Column{{Name: "call_id", Key: true}, {Name: "talk_time", Kind: Double, Field: 1}},
		Header:    []Field{{ID: "call_id"}, {ID: "talk_time"}},
		RowID:     true,
		TimeField: -1,
	})
	var got string
	_, err := e.Encode(t.Context(), &cuts{data: []byte("call_id,talk_time\n7,1.5\n")}, Window{}, func(b *Batch) error {
		got = string(b.Bytes())
		b.Free()
		return nil
	})
	want := "\x32\x47\x0a\x45" + "\x12\x04call" +
		"\x22\x0e\x0a\x07call_id\x12\x03\x6a\x017" +
		"\x22\x16\x0a\x09talk_time\x12\x09\x39\x00\x00\x00\x00\x00\x00\xf8\x3f" +
		"\x22\x15\x0a\x0funparsed_values\x12\x02\x08\x01"
	if err != nil || got != want {
		t.Errorf("%x, %v\nwant\n%x", got, err, want)
	}
}

func TestEmpty(t *testing.T) {
	for _, input := range []string{"", "\n", "\r\n\n", callsHeader, strings.TrimSuffix(callsHeader, "\n"), "\n" + callsHeader + "\n"} {
		e := mustEncoder(t, calls(nil))
		records, stats, err := encodeAll(t, e, &cuts{data: []byte(input)}, january)
		if err != nil || len(records) != 0 || stats.Rows != 0 || stats.Batches != 0 || !stats.FirstTime.IsZero() {
			t.Errorf("%q: %v, %+v, %v", input, records, stats, err)
		}
	}
}

// TestOneColumn: a blank line may be a row only where a row is one field.
func TestOneColumn(t *testing.T) {
	table := Table{Name: "t", Columns: []Column{{Name: "a"}}, Header: []Field{{ID: "a"}}, TimeField: -1}
	records, stats, err := encodeAll(t, mustEncoder(t, table), &cuts{data: []byte("\na\n\nb\r\n\r\n\"\"\n")}, Window{})
	if err != nil || stats.Rows != 4 {
		t.Fatalf("%v, %+v, %v", records, stats, err)
	}
	for i, want := range []string{"a=null", "a=s:b", "a=null", "a=null"} {
		if got := render(records[i]); got != want+" unparsed_values=null" {
			t.Errorf("row %d: %s, want %s", i+1, got, want)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	tests := []struct{ header, want string }{
		{"call_id,initiated_at,talk_time,hops,Note\n", `call: the CSV has 5 columns and not the 6 asked for; they part at position 6, asked for "timestamp.ended_at" and got ""`},
		{"call_id,initiated_at,hops,Note,ended_at\n", `call: the CSV has 5 columns and not the 6 asked for; they part at position 3, asked for "duration.talk_time" and got "hops"`},
		{"call_id,initiated_at,talk_time,hops,Note,ended_at,more,and more\n", `call: the CSV has 8 columns and not the 6 asked for; they part at position 7, asked for "" and got "more"`},
		{"call_id,initiated_at,hops,talk_time,Note,ended_at\n", `call: column 3 of the CSV is "hops" and not "duration.talk_time" as asked for`},
		{"call_id,initiated_at,talk_time,,Note,ended_at\n", `call: column 4 of the CSV is "" and not "hops" as asked for`},
		{"call_id,initiated_at,talk_time," + strings.Repeat("é", 100) + ",Note,ended_at\n", `call: column 4 of the CSV is "` + strings.Repeat("é", 32) + `…" and not "hops" as asked for`},
		{"call_id,initiated_at,talk_time,hops,note,ended_at\n", `call: column 5 of the CSV is "note" and not "people.Note" as asked for`},
	}
	for _, test := range tests {
		_, stats, err := encodeAll(t, mustEncoder(t, calls(nil)), &cuts{data: []byte(test.header + "1,2,3,4,5,6\n")}, january)
		var h *HeaderError
		if !errors.As(err, &h) || err.Error() != test.want || stats.Rows != 0 {
			t.Errorf("%q: %v, want %s", test.header, err, test.want)
		}
	}
}

func TestRowErrors(t *testing.T) {
	const good = "1,2025-01-02 03:04:05,,,,\n"
	rowID := calls(nil)
	rowID.RowID, rowID.Occurrence = true, false
	rowID.Columns[1].Key = false
	typed := rowID
	typed.Columns = slices.Clone(rowID.Columns)
	typed.Columns[0].Kind = Long
	tests := []struct {
		table Table
		rows  string
		want  string
		sent  int64
	}{
		{calls(nil), good + "1,2,3\n", "call: row 2: 3 fields and not 6 as in the header", 1},
		{calls(nil), good + good + "1,2,3,4,5,6,7,8,9\n" + good, "call: row 3: 9 fields and not 6 as in the header", 2},
		{calls(nil), "\n" + good + "\"1\" ,2,3,4,5,6\n", `call: row 2, column "call.call_id": text after the closing quote`, 1},
		{calls(nil), "1,2,3,4,\"5,6\n", `call: row 1, column "people.Note": the input ends inside quotes`, 0},
		{calls(nil), good + "1,2", "call: row 2: 2 fields and not 6 as in the header", 1},
		{rowID, good + ",,,,,x\n", `call: row 2, column "call.call_id": no row id`, 1},
		{rowID, good + "\x00,,,,,x\n", `call: row 2, column "call.call_id": no row id`, 1},
		{typed, good + "-,,,,,x\n", `call: row 2, column "call.call_id": no row id`, 1},
		{typed, good + "id,,,,,x\n", `call: row 2, column "call.call_id": the row id does not fit its column`, 1},
	}
	for _, test := range tests {
		_, stats, err := encodeAll(t, mustEncoder(t, test.table), &cuts{data: []byte(callsHeader + test.rows)}, january)
		var r *RowError
		if !errors.As(err, &r) || err.Error() != test.want || stats.Rows != test.sent {
			t.Errorf("%q: %v after %d rows, want %s", test.rows, err, stats.Rows, test.want)
		}
	}
	_, _, err := encodeAll(t, mustEncoder(t, rowID), &cuts{data: []byte(callsHeader + "-,,,,,\n")}, january)
	if err != nil {
		t.Errorf("a dash is a string: %v", err)
	}
	_, _, err = encodeAll(t, mustEncoder(t, calls(nil)), &cuts{data: []byte("call_id,\"initiated")}, january)
	if err == nil || err.Error() != `call: the header, column "timestamp.initiated_at": the input ends inside quotes` {
		t.Error(err)
	}
}

func TestNewEncoderRefuses(t *testing.T) {
	spoil := map[string]func(*Table){
		"wire: table without a name":                           func(t *Table) { t.Name = "" },
		"wire: table call: nothing was asked for":              func(t *Table) { t.Header = nil },
		"wire: table call: time field 6 of 6":                  func(t *Table) { t.TimeField = 6 },
		"wire: table call: column without a name":              func(t *Table) { t.Columns[3].Name = "" },
		"wire: table call: two columns named note":             func(t *Table) { t.Columns[3].Name = "note" },
		"wire: table call: two columns named unparsed_values":  func(t *Table) { t.Columns[3].Name = UnparsedColumn },
		"wire: table call: two columns named occurrence":       func(t *Table) { t.Columns[3].Name = OccurrenceColumn },
		"wire: table call: column note takes field 6 of 6":     func(t *Table) { t.Columns[4].Field = 6 },
		"wire: table call: two columns take field 3":           func(t *Table) { t.Columns[4].Field = 3 },
		"wire: table call: column note is of unknown kind 4":   func(t *Table) { t.Columns[4].Kind = 4 },
		"wire: table call: a row id of 2 columns":              func(t *Table) { t.RowID = true },
		"wire: table call: column call_id takes field -1 of 6": func(t *Table) { t.Columns[0].Field = -1 },
		"wire: table call: time field -2 of 6":                 func(t *Table) { t.TimeField = -2 },
	}
	for want, change := range spoil {
		table := calls(nil)
		change(&table)
		if _, err := NewEncoder(table); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// values are texts that every kind of column meets.
var values = []string{
	"", "", "", "-", "—", "0", "7", "-12", "+5", "12.0", "12.50", "1,5", ".5", "5.", "-.", "1e3", "1e999", "1.2.3",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "00000000000000000000012",
	"123456789012345", "1234567890123456", "0.30000000000000004", "0.1", "-0", "-0.0", "NaN", "Inf", "0x10", "1_000", "1,234.5", "1,234",
	"2025-01-02 03:04:05", "2025-01-02T03:04:05Z", "2025-01-02T03:04:05.123456789+05:30", "2025-01-02 03:04:05.5",
	"2025-03-09 02:30:00", "2025-11-02 01:30:00", "2025-11-02 01:30:00.250", "2024-02-29 00:00:00", "2025-02-29 00:00:00",
	"0001-01-01 00:00:00", "0000-12-31 23:59:59", "9999-12-31 23:59:59", "1969-12-31 23:59:59", "1901-12-13 20:45:52", "1970-01-01 00:00:00",
	"2025-01-02 24:00:00", "2025-01-02 03:60:05", "2025-01-02 03:04:60", "2025-01-02 03-04-05", "2025-13-02 03:04:05", "2025-01-02",
	"2025-01-02 03:04:05.", "2025-01-02 03:04:05.1234567890", "2025-01-02 03:04:05+24:00", "2025-01-02 03:04:05 UTC", "2025-01-02 03:04:05z",
	"1735787045", "1735787045123", "173578704", "0000000000000",
	"text", "a,b", "line\nbreak", "cr\r\nlf", "say \"hi\"", "\"", "Zoë", "日本語", "\xff", "\xc3\x00\xa9", "\x00", "a\x00b", "\x1f\x7f\\/",
	"\xed\xa0\x80", "1\x00", "\u2028<&>", strings.Repeat("x", 90), strings.Repeat("long ", 60), strings.Repeat("é", 1000),
}

// writeRow writes values as a row of CSV; quotes beyond the needed ones are
// the random's.
func writeRow(out *strings.Builder, r *rand.Rand, row []string) {
	for i, v := range row {
		if i > 0 {
			out.WriteByte(',')
		}
		if strings.ContainsAny(v, ",\"\n\r") || r.IntN(8) == 0 {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		out.WriteString(v)
	}
	out.WriteString([]string{"\n", "\r\n"}[r.IntN(2)])
}

// encodable is values as oracle and encoder see them alike: encoding/csv makes
// CRLF in a field LF.
func encodable(v string) string { return strings.ReplaceAll(v, "\r\n", "\n") }

// TestAgainstOracle encodes random tables and compares every value.
func TestAgainstOracle(t *testing.T) {
	zones := []*time.Location{nil, time.UTC, location(t, "America/Los_Angeles"), location(t, "Europe/Dublin"), location(t, "Asia/Kolkata"), location(t, "Pacific/Apia"), location(t, "Australia/Lord_Howe")}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		table := randomTable(r, zones[r.IntN(len(zones))])
		var input strings.Builder
		names := make([]string, len(table.Header))
		for i, f := range table.Header {
			names[i] = []string{f.ID, f.QualifiedID}[r.IntN(2)]
		}
		writeRow(&input, r, names)
		for range r.IntN(220) {
			row := make([]string, len(names))
			for i := range row {
				row[i] = encodable(values[r.IntN(len(values))])
			}
			if len(row) == 1 && row[0] == "" {
				row[0] = "1" // the oracle has no blank lines
			}
			for _, c := range table.Columns {
				if c.Key && table.RowID {
					row[c.Field] = "1"
				}
			}
			writeRow(&input, r, row)
		}
		start := time.Date(2025, 11, 2, r.IntN(12), r.IntN(60), 0, 0, time.UTC)
		w := Window{Start: start, End: start.Add(time.Duration(1+r.IntN(7200)) * time.Second)}
		e := mustEncoder(t, table)
		sameAsOracle(t, e, table, []byte(input.String()), w, 1+r.IntN(5000), 1+r.IntN(50))
	}
}

// randomTable is a table of any shape.
func randomTable(r *rand.Rand, zone *time.Location) Table {
	table := Table{Name: "t", TimeField: -1, Zone: zone}
	for i := range 1 + r.IntN(30) {
		id := fmt.Sprintf("%s_%d", strings.Repeat("n", 1+r.IntN(20)*r.IntN(20)), i)
		table.Header = append(table.Header, Field{ID: id, QualifiedID: "standard." + id})
		c := Column{Name: strings.ToLower(id), Kind: Kind(r.IntN(4)), Field: i, Key: r.IntN(5) == 0}
		if c.Kind == UTCDatetime && table.TimeField < 0 {
			table.TimeField = i
		}
		table.Columns = append(table.Columns, c)
	}
	switch r.IntN(3) {
	case 0:
		table.Occurrence = true
	case 1:
		table.RowID = true
		id := r.IntN(len(table.Columns))
		for i := range table.Columns {
			table.Columns[i].Key = i == id
		}
		table.Columns[id].Kind = String
	}
	// Some fields fill no column, and some columns have no field.
	share := r.IntN(4)
	table.Columns = slices.DeleteFunc(table.Columns, func(c Column) bool { return !c.Key && r.IntN(6) < share })
	for i := range table.Columns {
		if !table.Columns[i].Key && r.IntN(20) == 0 {
			table.Columns[i].Field = Absent
		}
	}
	r.Shuffle(len(table.Columns), func(i, j int) {
		table.Columns[i], table.Columns[j] = table.Columns[j], table.Columns[i]
	})
	return table
}

func FuzzEncode(f *testing.F) {
	zone := location(f, "America/New_York")
	f.Add([]byte(callsHeader+"7,2025-01-02 03:04:05,1.5,3,\"say \"\"hi\"\"\",2025-01-02T03:04:05.25Z\n"), uint16(10), uint16(3))
	f.Add([]byte(callsHeader+",1735787045,\"1,5\",x,\xff\x00,-\r\n\n1,2"), uint16(100), uint16(1))
	f.Add([]byte(callsHeader+"\xff,soon,\"\x00\",\"5\n\",,1735787045\r\n7,2025-11-02 01:30:00,never,,,\n1,2,3\n"), uint16(1), uint16(1))
	f.Add([]byte(callsHeader+",,,,,2025-11-02 01:30:00\n,,,,,,,\"8\"\n"), uint16(70), uint16(2))
	few := calls(zone)
	few.Columns = []Column{few.Columns[5], few.Columns[1]}
	rowID := calls(zone)
	rowID.Columns = []Column{{Name: "ended_at", Kind: Long, Field: 5, Key: true}, {Name: "note", Field: 4}, {Name: "hops", Kind: Double, Field: 3}}
	rowID.RowID, rowID.Occurrence = true, false
	tables := []Table{calls(zone), few, rowID}
	var encoders []*Encoder
	for _, table := range tables {
		encoders = append(encoders, mustEncoder(f, table))
	}
	f.Fuzz(func(t *testing.T, input []byte, first, second uint16) {
		_, err := oracleRows(input)
		// Malformed, or read otherwise by encoding/csv.
		beyond := err != nil || strings.Contains(string(input), "\r\n") && strings.Contains(string(input), `"`)
		for i, table := range tables {
			whole := outputOf(t, encoders[i], string(input))
			if diff := cmp.Diff(whole, outputOf(t, encoders[i], string(input), int(first), int(second))); diff != "" {
				t.Fatalf("table %d (-whole +in blocks):\n%s", i, diff)
			}
			if !beyond {
				sameAsOracle(t, encoders[i], table, input, january, int(first), int(second))
			}
		}
	})
}

func TestReuse(t *testing.T) {
	table := calls(nil)
	e := mustEncoder(t, table)
	sameAsOracle(t, e, table, []byte(callsHeader+"1,2025-01-02 03:04:05,,,,\n1,2025-01-02 03:04:05,,,x,soon\n"), january)
	if _, _, err := encodeAll(t, e, &cuts{data: []byte(callsHeader + "1,2025-01-02 03:04:05,,x,x,x\n1,x,y,z,\"")}, january); err == nil {
		t.Fatal("no error")
	}
	sameAsOracle(t, e, table, []byte(callsHeader+"1,2025-01-02 03:04:05,,,,\n"), january)
}

func TestSourceErrors(t *testing.T) {
	broken := errors.New("broken")
	source := sourceFunc(func() ([]byte, error) { return []byte(callsHeader + "1,,,,,\n"), broken })
	_, stats, err := encodeAll(t, mustEncoder(t, calls(nil)), source, january)
	if err != broken || stats.Rows != 1 || stats.Batches != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	_, err = mustEncoder(t, calls(nil)).Encode(t.Context(), &cuts{data: []byte(callsHeader + "1,,,,,\n")}, january,
		func(*Batch) error { return broken })
	if err != broken {
		t.Errorf("send's error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows := strings.Repeat("1,,,,,\n", 1000)
	sent := 0
	_, err = mustEncoder(t, calls(nil)).Encode(ctx, &cuts{data: []byte(callsHeader + rows)}, january, func(b *Batch) error {
		sent++
		cancel()
		b.Free()
		return nil
	})
	if !errors.Is(err, context.Canceled) || sent != 1 {
		t.Errorf("%v after %d batches", err, sent)
	}
	_, err = mustEncoder(t, calls(nil)).Encode(ctx, source, january, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

type sourceFunc func() ([]byte, error)

func (f sourceFunc) Next() ([]byte, error) { return f() }

func TestFromReader(t *testing.T) {
	table := calls(nil)
	input := callsHeader + strings.Repeat("1,2025-01-02 03:04:05,,,,\n", 12_000)
	records, stats, err := encodeAll(t, mustEncoder(t, table), FromReader(strings.NewReader(input)), january)
	if err != nil || stats.Rows != 12_000 || len(records) != 12_000 || records[11_999].Data[OccurrenceColumn].GetLong() != 11_999 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// pausing is a source that waits between its blocks.
type pausing struct {
	blocks []string
	ready  bool
	sent   *int
	t      *testing.T
}

func (p *pausing) Ready() bool { return p.ready }

func (p *pausing) Next() ([]byte, error) {
	if want := 2 - len(p.blocks); *p.sent != want && !p.ready {
		p.t.Error("waits with rows unsent")
	}
	if len(p.blocks) == 0 {
		return nil, io.EOF
	}
	block := p.blocks[0]
	p.blocks = p.blocks[1:]
	return []byte(block), nil
}

func TestPause(t *testing.T) {
	for _, ready := range []bool{false, true} {
		sent := 0
		source := &pausing{blocks: []string{callsHeader + "1,,,,,\n2,,,", ",,\n"}, ready: ready, sent: &sent, t: t}
		stats, err := mustEncoder(t, calls(nil)).Encode(t.Context(), source, january, func(b *Batch) error {
			sent += b.Records()
			b.Free()
			return nil
		})
		if want := map[bool]int64{false: 2, true: 1}[ready]; err != nil || stats.Batches != want {
			t.Errorf("ready %v: %d batches, %v", ready, stats.Batches, err)
		}
	}
}
