package csvtest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
)

// Values are texts that every kind of column meets.
var Values = []string{
	"", "", "", "-", "—", "0", "7", "-12", "+5", "12.0", "12.50", "1,5", ".5", "5.", "-.", "1e3", "1e999", "1.2.3",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "00000000000000000000012",
	"123456789012345", "1234567890123456", "0.30000000000000004", "0.1", "-0", "-0.0", "NaN", "Inf", "0x10", "1_000", "1,234.5", "1,234",
	"2025-01-02 03:04:05", "2025-01-02T03:04:05Z", "2025-01-02T03:04:05.123456789+05:30", "2025-01-02 03:04:05.5",
	"2025-03-09 02:30:00", "2025-11-02 01:30:00", "2025-11-02 01:30:00.250", "2024-02-29 00:00:00", "2025-02-29 00:00:00",
	"0001-01-01 00:00:00", "0000-12-31 23:59:59", "9999-12-31 23:59:59", "1969-12-31 23:59:59", "1901-12-13 20:45:52", "1970-01-01 00:00:00",
	"2025-01-02 24:00:00", "2025-01-02 03:60:05", "2025-01-02 03:04:60", "2025-01-02 03-04-05", "2025-13-02 03:04:05", "2025-01-02",
	"2025-01-02 03:04:05.", "2025-01-02 03:04:05.1234567890", "2025-01-02 03:04:05+24:00", "2025-01-02 03:04:05 UTC", "2025-01-02 03:04:05z",
	"1735787045", "1735787045123", "173578704", "0000000000000",
	"1,23", "-12,345", "+1,000", "0,123", "1234,567", "-0,123", "12,345e1", "3.5", "2025-01-02 03:04", "2025-01-02T03:04Z", "2025-01-02 03:04:05+0530", "2025-01-02 03:04:05.5 -0030",
	" 7 ", " 1.5", "\t2025-01-02 03:04:05 ", " - ", "3,0", "2025-01-02 03:04:05+05", "2025-01-02 03:04:05 gmt", "1735787045123.5", "1735787045123456789",
	"2025-01-02 3:04 PM", "2025-01-02 12:04:05 am", "2025-01-02 12:00pm UTC", "2025-01-02 13:04 PM", "2025-01-02 3:04", "2025-11-02", "2025-11-02 01:30", "2025-11-02 1:30 AM",
	"1735787045.25", "1735787045123456", "1735787045.", "1735787045.1234567890", "173578704512345", "1735787045,5",
	"text", "a,b", "line\nbreak", "cr\r\nlf", "say \"hi\"", "\"", "Zoë", "日本語", "\xff", "\xc3\x00\xa9", "\x00", "a\x00b", "\x1f\x7f\\/",
	"\xed\xa0\x80", "1\x00", "\u2028<&>", strings.Repeat("x", 90), strings.Repeat("long ", 60), strings.Repeat("é", 1000),
}

func Location(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

// Calls is a table with a column of every kind and a key of every sort.
func Calls(zone *time.Location) csv.Table {
	return csv.Table{
		Name: "call",
		Columns: []csv.Column{
			{Name: "call_id", Kind: csv.String, Field: 0, Key: true},
			{Name: "initiated_at", Kind: csv.UTCDatetime, Field: 1, Key: true},
			{Name: "talk_time", Kind: csv.Double, Field: 2},
			{Name: "hops", Kind: csv.Long, Field: 3},
			{Name: "note", Kind: csv.String, Field: 4},
			{Name: "ended_at", Kind: csv.UTCDatetime, Field: 5},
		},
		Header: []csv.Field{
			{ID: "call_id", QualifiedID: "call.call_id"},
			{ID: "initiated_at", QualifiedID: "timestamp.initiated_at"},
			{ID: "talk_time", QualifiedID: "duration.talk_time", Name: "Talk time"},
			{ID: "hops"},
			{ID: "Note", QualifiedID: "people.Note"},
			{ID: "ended_at", QualifiedID: "timestamp.ended_at"},
		},
		Occurrence: true,
		TimeField:  1,
		Zone:       zone,
	}
}

// CallsHeader is a header of Calls.
const CallsHeader = "call_id,timestamp.initiated_at,talk_time,hops,Note,ended_at\n"

var January = csv.Window{
	Start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC),
}

// New prepares an encoding for a table.
type New func(tb testing.TB, t csv.Table) Encode

// Suite holds an encoding against the oracle, and against itself.
func Suite(t *testing.T, start New) {
	t.Run("random tables", func(t *testing.T) { random(t, start) })
	t.Run("every cut", func(t *testing.T) { everyCut(t, start) })
	t.Run("quotes", func(t *testing.T) { quotes(t, start) })
	t.Run("lengths", func(t *testing.T) { lengths(t, start) })
	t.Run("ragged", func(t *testing.T) { ragged(t, start) })
	t.Run("wide", func(t *testing.T) {
		table, input := Shape{Columns: 5000, Rows: 5, Empty: 0.5, Text: 30}.Export()
		Same(t, start(t, table), table, input, January, 100_000)
	})
}

// random encodes random tables and compares every value.
func random(t *testing.T, start New) {
	zones := []*time.Location{nil, time.UTC}
	for _, name := range []string{"America/Los_Angeles", "Europe/Dublin", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe", "America/Santiago"} {
		zones = append(zones, Location(t, name))
	}
	for seed := uint64(0); seed < 80; seed++ {
		r := rand.New(rand.NewPCG(seed, 1))
		table := randomTable(r, zones[r.IntN(len(zones))])
		input := randomRows(r, table)
		at := time.Date(2025, 11, 2, r.IntN(12), r.IntN(60), 0, 0, time.UTC)
		w := csv.Window{Start: at, End: at.Add(time.Duration(1+r.IntN(7200)) * time.Second)}
		Same(t, start(t, table), table, input, w, 1+r.IntN(5000), 1+r.IntN(50))
	}
}

// randomRows is a CSV for a table: its columns in any order, with some that
// nobody asked for.
func randomRows(r *rand.Rand, table csv.Table) []byte {
	var names []string
	for _, f := range table.Header {
		names = append(names, []string{f.ID, f.QualifiedID, " " + f.ID + " "}[r.IntN(3)])
	}
	if r.IntN(3) == 0 {
		names = append(names, "other")
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
	var input strings.Builder
	writeRow(&input, r, names)
	header := input.String()
	for range r.IntN(220) {
		row := make([]string, len(names))
		for i := range row {
			// encoding/csv makes CRLF in a field LF.
			row[i] = strings.ReplaceAll(Values[r.IntN(len(Values))], "\r\n", "\n")
		}
		if len(row) == 1 && row[0] == "" {
			row[0] = "1" // the oracle has no blank lines
		}
		writeRow(&input, r, row)
		if r.IntN(50) == 0 {
			input.WriteString(header)
		}
	}
	if r.IntN(4) == 0 {
		return []byte(strings.TrimRight(input.String(), "\r\n"))
	}
	return []byte(input.String())
}

// writeRow writes values as a row of CSV; quotes beyond the needed ones are
// the random's.
func writeRow(out *strings.Builder, r *rand.Rand, row []string) {
	for i, v := range row {
		if i > 0 {
			out.WriteByte(',')
		}
		if strings.ContainsAny(v, ",\"\n\r") || r.IntN(8) == 0 {
			v = quote(v)
		}
		out.WriteString(v)
	}
	out.WriteString([]string{"\n", "\r\n"}[r.IntN(2)])
}

func quote(v string) string { return `"` + strings.ReplaceAll(v, `"`, `""`) + `"` }

func randomTable(r *rand.Rand, zone *time.Location) csv.Table {
	table := csv.Table{Name: "t", TimeField: -1, Zone: zone}
	for i := range 1 + r.IntN(30) {
		id := fmt.Sprintf("%s_%d", strings.Repeat("n", 1+r.IntN(20)*r.IntN(20)), i)
		table.Header = append(table.Header, csv.Field{ID: id, QualifiedID: "standard." + id})
		c := csv.Column{Name: strings.ToLower(id), Kind: csv.Kind(r.IntN(4)), Field: i, Key: r.IntN(5) == 0}
		if c.Kind == csv.UTCDatetime && table.TimeField < 0 {
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
	}
	// Some fields fill no column, and some columns have no field.
	share := r.IntN(4)
	table.Columns = slices.DeleteFunc(table.Columns, func(c csv.Column) bool { return !c.Key && r.IntN(6) < share })
	for i := range table.Columns {
		if !table.Columns[i].Key && r.IntN(20) == 0 {
			table.Columns[i].Field = csv.Absent
		}
	}
	r.Shuffle(len(table.Columns), func(i, j int) {
		table.Columns[i], table.Columns[j] = table.Columns[j], table.Columns[i]
	})
	return table
}

// output is all that an encoding leaves behind.
type output struct {
	Rows  []string
	Stats csv.Stats
	Err   string
}

// outputOf encodes an input in blocks of the given lengths.
func outputOf(tb testing.TB, encode Encode, t csv.Table, input string, lengths ...int) (o output) {
	tb.Helper()
	rows, stats, err := encode(tb, &Cuts{Data: []byte(input), Lengths: lengths}, January)
	for _, row := range rows {
		o.Rows = append(o.Rows, render(tb, t, row))
	}
	o.Stats = stats
	o.Stats.Batches = 0
	if err != nil {
		o.Err = err.Error()
		o.Stats.Bytes, o.Stats.Unterminated = 0, false // of the blocks that were read
	}
	return o
}

// quotes make no difference: values in them are read in the general way, most
// others are plain. The rows are the same.
func quotes(t *testing.T, start New) {
	for seed := uint64(0); seed < 15; seed++ {
		r := rand.New(rand.NewPCG(seed, 2))
		table := randomTable(r, Location(t, "America/New_York"))
		table.TimeField = -1
		var bare, quoted strings.Builder
		for i, f := range table.Header {
			sep := ","
			if i == len(table.Header)-1 {
				sep = "\n"
			}
			bare.WriteString(f.ID + sep)
			quoted.WriteString(quote(f.ID) + sep)
		}
		for range 100 {
			for i := range table.Header {
				v, sep := Values[r.IntN(len(Values))], ","
				if i == len(table.Header)-1 {
					sep = "\n"
				}
				quoted.WriteString(quote(v) + sep)
				if strings.ContainsAny(v, ",\"\n\r") || len(table.Header) == 1 {
					v = quote(v)
				}
				bare.WriteString(v + sep)
			}
		}
		sameOutput(t, start(t, table), table, quoted.String(), bare.String(), 100)
	}
}

func sameOutput(t *testing.T, encode Encode, table csv.Table, quoted, bare string, rows int64) {
	t.Helper()
	want, got := outputOf(t, encode, table, quoted), outputOf(t, encode, table, bare)
	got.Stats.Bytes = want.Stats.Bytes
	if !reflect.DeepEqual(want, got) || want.Stats.Rows != rows {
		t.Fatalf("%+v: %d rows, %s (-in quotes +not):\n%.2000s", table.Columns, want.Stats.Rows, want.Err, cmp.Diff(want, got))
	}
}

// lengths: texts and numbers around the lengths that are plain, in the middle of
// a row and at its end, come out as they do in quotes, where they are read in the
// general way.
func lengths(t *testing.T, start New) {
	values := []string{"0", "-", "+1", "-1", "1.", ".1", "01", "00.5", "0.50", "1..2", "1.2.3", "1e3", "12a", "1,5", "\x00", "\x7f", "\t", " ", "é", "a\"b", "\\", "a\\", "\u2028", "–"}
	for length := range csv.Lookahead + 10 {
		text := strings.Repeat("0123456789 abcdef", 5)[:length]
		values = append(values, text, text+"é", text+"\x00", text+"\xff", text+"\r", text+"\"", "é"+text, text+"\\", text+"\u2029")
	}
	for whole := range 20 {
		for fraction := range 12 {
			values = append(values, "123456789012345678901"[:whole]+"."+"987654321012"[:fraction])
		}
		values = append(values, "987654321098765432101"[:whole], "-"+"123456789012345678901"[:whole], "00"+"123456789012345678901"[:whole])
	}
	for _, date := range []string{"2025-01-02", "2025-03-09", "1969-12-31", "1970-01-01", "1977-01-01", "3059-01-01", "2025-02-30", "2025/01/02"} {
		for _, clock := range []string{" 03:04:05", "T03:04:05", " 02:30:00", " 24:00:00", " 3:04:05", " 03:04:05.5", " 03:04:05Z", ""} {
			values = append(values, date+clock)
		}
	}
	for kind := csv.String; kind <= csv.UTCDatetime; kind++ {
		for _, test := range []struct {
			last bool // the column is the row's last
			name int  // how long its name is
		}{{false, 1}, {true, 1}, {false, 53}, {true, 54}, {false, 55}, {true, 56}, {false, 57}, {false, 59}, {true, 60}, {false, 61}} {
			name := strings.Repeat("n", test.name)
			table := csv.Table{Name: "t", TimeField: -1, Zone: Location(t, "America/New_York")}
			var bare, quoted strings.Builder
			ids, at := []string{"id", name, "other"}, 1
			if test.last {
				ids, at = []string{"id", "other", name}, 2
			}
			for i, id := range ids {
				table.Header = append(table.Header, csv.Field{ID: id})
				table.Columns = append(table.Columns, csv.Column{Name: id, Field: i, Key: i == 0})
			}
			table.Columns[at].Kind = kind
			bare.WriteString(strings.Join(ids, ",") + "\n")
			quoted.WriteString(strings.Join(ids, ",") + "\n")
			for n, v := range values {
				unquoted := v
				if strings.ContainsAny(v, ",\n\r") || strings.HasPrefix(v, `"`) {
					unquoted = quote(v)
				}
				format := "%d,%s,\"after\"\n"
				if test.last {
					format = "%d,\"before\",%s\n"
				}
				fmt.Fprintf(&bare, format, n, unquoted)
				fmt.Fprintf(&quoted, format, n, quote(v))
			}
			sameOutput(t, start(t, table), table, quoted.String(), bare.String(), int64(len(values)))
		}
	}
}

// ragged: a row with a field too many or too few is refused, whatever its last
// column takes.
func ragged(t *testing.T, start New) {
	more := strings.Repeat("1,2\n", 50)
	for kind := csv.String; kind <= csv.UTCDatetime; kind++ {
		table := csv.Table{
			Name: "t", TimeField: -1, Header: []csv.Field{{ID: "id"}, {ID: "a"}},
			Columns: []csv.Column{{Name: "id", Field: 0, Key: true}, {Name: "a", Kind: kind, Field: 1}},
		}
		for row, want := range map[string]string{
			"1,2,3":                      "t: row 51: 3 fields and not 2 as in the header",
			"1,,3":                       "t: row 51: 3 fields and not 2 as in the header",
			"1,2,":                       "t: row 51: 3 fields and not 2 as in the header",
			"1,é,3":                      "t: row 51: 3 fields and not 2 as in the header",
			"1,a longer text, of a kind": "t: row 51: 3 fields and not 2 as in the header",
			"1,2025-01-02 03:04:05,":     "t: row 51: 3 fields and not 2 as in the header",
			"1":                          "t: row 51: 1 field and not 2 as in the header",
		} {
			got := outputOf(t, start(t, table), table, "id,a\n"+more+row+"\n"+more)
			if got.Err != want || got.Stats.Rows != 50 {
				t.Errorf("kind %d, %q: %q after %d rows, want %q", kind, row, got.Err, got.Stats.Rows, want)
			}
		}
	}
}

// Fuzz reads any input, whole and cut, and as the oracle does where that reads it.
func Fuzz(f *testing.F, start New) {
	f.Add([]byte(CallsHeader+"7,2025-01-02 03:04:05,1.5,3,\"say \"\"hi\"\"\",2025-01-02T03:04:05.25Z\n"), uint16(10), uint16(3))
	f.Add([]byte(CallsHeader+",1735787045,\"1,5\",x,\xff\x00,-\r\n\n1,2"), uint16(100), uint16(1))
	f.Add([]byte(CallsHeader+"\xff,soon,\"\x00\",\"5\n\",,1735787045\r\n7,2025-11-02 01:30:00,never,,,\n1,2,3\n"), uint16(1), uint16(1))
	f.Add([]byte(CallsHeader+",,,,,2025-11-02 01:30:00\n,,,,,,,\"8\"\n"), uint16(70), uint16(2))
	f.Add([]byte("ended_at,Note,Talk time,more,initiated_at,call_id,hops\n,x,\"1,234\",more,2025-01-02,7,3"), uint16(70), uint16(2))
	zone := Location(f, "America/New_York")
	few := Calls(zone)
	few.Columns = []csv.Column{few.Columns[5], few.Columns[1]}
	rowID := Calls(zone)
	rowID.Columns = []csv.Column{{Name: "ended_at", Kind: csv.Long, Field: 5, Key: true}, {Name: "note", Field: 4}, {Name: "hops", Kind: csv.Double, Field: 3}}
	rowID.RowID, rowID.Occurrence = true, false
	tables := []csv.Table{Calls(zone), few, rowID}
	var encodes []Encode
	for _, table := range tables {
		encodes = append(encodes, start(f, table))
	}
	f.Fuzz(func(t *testing.T, input []byte, first, second uint16) {
		for i, table := range tables {
			whole := outputOf(t, encodes[i], table, string(input))
			if diff := cmp.Diff(whole, outputOf(t, encodes[i], table, string(input), int(first), int(second))); diff != "" {
				t.Fatalf("table %d (-whole +in blocks):\n%s", i, diff)
			}
			if readable(input) {
				Same(t, encodes[i], table, input, January, int(first), int(second))
			}
		}
	})
}

// readable reports whether the oracle reads an input as it is meant: the header
// is one that it knows and does not come again, and encoding/csv, which makes
// CRLF in a field LF, reads what we read.
func readable(input []byte) bool {
	text := string(input)
	_, _, err := readByOracle(Calls(nil), input, January)
	return (err == nil || err == errRefused) && strings.HasPrefix(text, CallsHeader) && strings.Count(text, "call_id") == 1 &&
		!(strings.Contains(text, "\r\n") && strings.Contains(text, `"`))
}
