package csv_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
	"intercom-connector/connector/export/ndjson"
)

// lines reads a CSV and gives its rows as JSON.
func lines(tb testing.TB, t csv.Table, input string, w csv.Window) (string, csv.Stats, error) {
	tb.Helper()
	e, err := ndjson.NewEncoder(t)
	if err != nil {
		tb.Fatal(err)
	}
	var out strings.Builder
	stats, err := e.Encode(tb.Context(), csv.FromReader(strings.NewReader(input)), w, func(_ int64, _ bool, line []byte) error {
		out.Write(line)
		return nil
	})
	return out.String(), stats, err
}

func calls(columns ...csv.Column) csv.Table {
	t := csvtest.Calls(nil)
	t.Occurrence = false
	if columns != nil {
		t.Columns = columns
	}
	for i := range t.Columns {
		t.Columns[i].Key = false
	}
	return t
}

// ids is a table that takes its id from the first field.
func ids(kind csv.Kind) csv.Table {
	return csv.Table{
		Name: "t", TimeField: -1, RowID: true,
		Columns: []csv.Column{{Name: "id", Kind: kind, Key: true}, {Name: "a", Field: 1}},
		Header:  []csv.Field{{ID: "id"}, {ID: "a"}},
	}
}

func TestMadeKeys(t *testing.T) {
	const row = `"row-`
	tests := []struct {
		kind  csv.Kind
		rows  string
		first int64    // of the rows with a made key
		want  []string // how the ids begin
	}{
		{csv.String, "1,x\n2,y\n", 0, []string{`"1"`, `"2"`}},
		{csv.String, "1,x\n,y\n\"\",z\n", 2, []string{`"1"`, row, row}},
		{csv.String, "\x00,x\n-,y\n—,y\n\"-\",z\n", 1, []string{row, row, row, row}},
		{csv.String, "-,x\n-1,x\n", 1, []string{row, `"-1"`}},
		{csv.Long, " 7 ,x\n - ,y\n", 2, []string{"7", "-"}},
		{csv.Long, "7,x\n,y\n-,z\nid,\n", 2, []string{"7", "-", "-", "-"}},
		{csv.Double, "7.5,x\n\"1,234\",y\n", 2, []string{"7.5", "-"}},
		{csv.UTCDatetime, "2025-01-02 03:04:05,x\nsoon,y\n", 2, []string{`"2025-01-02 03:04:05"`, `"0`}},
	}
	for _, test := range tests {
		got, stats, err := lines(t, ids(test.kind), "id,a\n"+test.rows, csv.Window{})
		var made int64
		seen := map[string]bool{}
		for i, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
			id, _, _ := strings.Cut(strings.TrimPrefix(line, `{"id":`), ",\"")
			if !strings.HasPrefix(id, test.want[i]) || seen[id] || test.want[i] == row && len(id) != len(row)+32+1 {
				t.Errorf("%q: row %d has the id %s, want %s", test.rows, i+1, id, test.want[i])
			}
			if seen[id] = true; slices.Contains([]string{row, "-", `"0`}, test.want[i]) {
				made++
			}
		}
		if err != nil || stats.MadeKeys != made || stats.FirstMadeKey != test.first {
			t.Errorf("%q: %d made keys, the first in row %d, %v", test.rows, stats.MadeKeys, stats.FirstMadeKey, err)
		}
	}
}

// TestMadeKeyStays: the same row has the same key in whatever order, blocks or
// company it comes, and another row another.
func TestMadeKeyStays(t *testing.T) {
	keys := map[string]string{}
	for input, row := range map[string]string{
		"id,a\n,x\n":               "x",
		"id,a\n1,b\n,\"x\"\r\n":    "x",
		"a,id\nx,\n":               "x",
		"a,more,id\nx,anything,\n": "x",
		"id,a\n,y\n":               "y",
		"id,a\n\"\",y\n":           "y",
		"id,a\n,\n":                "",
	} {
		got, _, err := lines(t, ids(csv.String), input, csv.Window{})
		at := strings.Index(got, "row-")
		if err != nil || at < 0 {
			t.Fatalf("%q: %s, %v", input, got, err)
		}
		key := got[at : at+36]
		if known := keys[row]; known != "" && known != key {
			t.Errorf("%q: %s, was %s", input, key, known)
		}
		keys[row] = key
	}
	if keys["x"] == keys["y"] || keys["x"] == keys[""] {
		t.Error(keys)
	}
}

// TestUnfitIDIsKept: the text of an id that does not fit is not lost.
func TestUnfitIDIsKept(t *testing.T) {
	got, stats, err := lines(t, ids(csv.Long), "id,a\nseven,x\n", csv.Window{})
	if err != nil || !strings.Contains(got, `"unparsed_values":"{\"id\":\"seven\"}"`) || !slices.Equal(stats.Unparsed, []int64{1, 0}) {
		t.Errorf("%s, %+v, %v", got, stats, err)
	}
}

func TestHeaderAgain(t *testing.T) {
	for input, want := range map[string]int64{
		"id,a\n1,x\nid,a\n2,y\n":                        1,
		"id,a\r\n1,x\r\nid,a\r\n2,y\r\n":                1,
		"id,a\n1,x\nid,a\nid,a\n2,y\nid,a":              3,
		"id,a\n1,x\n\xef\xbb\xbfid,a\n2,y\n":            1,
		"\"id\",\"a\"\n1,x\n\"id\",\"a\"\n2,y\n":        1,
		"id,a\n1,x\nid,b\n2,y\n":                        0,
		"id,a\n1,x\nid,ab\n2,y\n":                       0,
		"id,a,\"b\nc\"\n1,x,\nid,a,\"b\nc\"\n2,y,\n":    1,
		"id,a,\"b\nc\"\n1,x,\nid,a,\"b\nd\"\n2,y,\nid,": -1, // ragged
	} {
		got, stats, err := lines(t, ids(csv.String), input, csv.Window{})
		if want < 0 {
			if err == nil {
				t.Errorf("%q: %s", input, got)
			}
			continue
		}
		rows := int64(2)
		if want == 0 {
			rows = 3
		}
		if err != nil || stats.Headers != want || stats.Rows != rows {
			t.Errorf("%q: %d headers in %d rows, %v\n%s", input, stats.Headers, stats.Rows, err, got)
		}
	}
}

// A header that comes again in another form would put the rows after it into
// wrong columns: the CSV is refused there.
func TestOtherHeaderIsRefused(t *testing.T) {
	for _, input := range []string{"id,a\n1,x\na,id\ny,2\n", "id,a\n1,x\n\"a\",\" id \"\ny,2\n", "id,a\n1,x\na,id"} {
		got, stats, err := lines(t, ids(csv.String), input, csv.Window{})
		if err == nil || !strings.Contains(err.Error(), "t: row 2: the header comes again with other columns") || stats.Rows != 1 {
			t.Errorf("%q: %v, %s", input, err, got)
		}
	}
	table := csvtest.Calls(nil)
	names := strings.Split(strings.TrimSpace(csvtest.CallsHeader), ",")
	slices.Reverse(names)
	_, _, err := lines(t, table, csvtest.CallsHeader+strings.Join(names, ",")+"\n", csv.Window{})
	if err == nil || !strings.Contains(err.Error(), "the header comes again") {
		t.Errorf("a table with a time: %v", err)
	}
}

// What a CSV in another form seems to be is said beside what is missing in it.
func TestFormOfHeader(t *testing.T) {
	for input, want := range map[string]string{
		"id;a\n1;x\n": "semicolons seem to separate", "id\ta\n1\tx\n": "tabs seem to", "id,a\r1,x\r": "end in CR alone",
		"i\x00d\x00,\x00a\x00\n": "is not UTF-8", "id,b\n": "what stands there has 1 bytes",
	} {
		if _, _, err := lines(t, ids(csv.String), input, csv.Window{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", input, err)
		}
	}
}

func TestUnterminated(t *testing.T) {
	for input, want := range map[string]bool{
		"": false, "id,a": true, "id,a\n": false, "id,a\n1,x": true, "id,a\n1,x\n": false, "id,a\n1,x\r\n": false, "id,a\n1,x\r": true, "id,a\n1,\"x\"": true,
	} {
		_, stats, err := lines(t, ids(csv.String), input, csv.Window{})
		if err != nil || stats.Unterminated != want || stats.Rows != int64(strings.Count(input, "1")) {
			t.Errorf("%q: %+v, %v", input, stats, err)
		}
	}
}

func TestHeader(t *testing.T) {
	const row = "7,2025-01-02 03:04:05,1.5,3,note,2025-01-03 00:00:00\n"
	const want = `{"call_id":"7","initiated_at":"2025-01-02 03:04:05","talk_time":1.5,"hops":3,"note":"note","ended_at":"2025-01-03 00:00:00"}` + "\n"
	for _, header := range []string{
		"call_id,initiated_at,talk_time,hops,Note,ended_at",
		"call.call_id,timestamp.initiated_at,duration.talk_time,standard.hops,people.Note,timestamp.ended_at",
		" call_id ,\"initiated_at\" ,Talk time,hops\t, Note,  ended_at",
		"\xef\xbb\xbfcall_id,initiated_at,Talk time,hops,Note,ended_at",
	} {
		header = strings.Replace(header, "\"initiated_at\" ", "\" initiated_at \"", 1)
		header = strings.TrimPrefix(header, "\xef\xbb\xbf") // which the download strips
		got, stats, err := lines(t, calls(), header+"\n"+row, csv.Window{})
		if err != nil || got != want || stats.Rows != 1 {
			t.Errorf("%q: %s, %v", header, got, err)
		}
	}
	// In another order, with one too many, and back: the same encoder.
	e, err := ndjson.NewEncoder(calls())
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{
		"call_id,initiated_at,talk_time,hops,Note,ended_at\n" + row,
		"Note,hops,other,ended_at,call_id,talk_time,initiated_at\nnote,3,\"x,y\",2025-01-03 00:00:00,7,1.5,2025-01-02 03:04:05\n",
		"call_id,initiated_at,talk_time,hops,Note,ended_at,\n" + strings.TrimSuffix(row, "\n") + ",x\n",
		"call_id,initiated_at,talk_time,hops,Note,ended_at\n" + row,
	} {
		var got string
		_, err := e.Encode(t.Context(), csv.FromReader(strings.NewReader(input)), csv.Window{}, func(_ int64, _ bool, line []byte) error {
			got += string(line)
			return nil
		})
		sorted := func(line string) []string {
			parts := strings.Split(strings.Trim(line, "{}\n"), ",")
			slices.Sort(parts)
			return parts
		}
		if diff := cmp.Diff(sorted(want), sorted(got)); err != nil || diff != "" {
			t.Errorf("%q: %v %s", input, err, diff)
		}
	}
}

// TestEqualNames: position counts among equal names, where all columns come in
// order, and only there.
func TestEqualNames(t *testing.T) {
	table := csv.Table{
		Name: "t", TimeField: -1,
		Columns: []csv.Column{{Name: "people"}, {Name: "conversation", Field: 1}, {Name: "other", Field: 2}},
		Header:  []csv.Field{{ID: "Brand", QualifiedID: "people.Brand"}, {ID: "Brand", QualifiedID: "conversation.Brand"}, {ID: "other"}},
	}
	const want = `conversation=c other=o people=p`
	for _, input := range []string{
		"Brand,Brand,other\np,c,o\n",
		"Brand,extra,Brand,other\np,x,c,o\n",
		"conversation.Brand,other,people.Brand\nc,o,p\n",
		"Brand,other,people.Brand\nc,o,p\n",
	} {
		got, _, err := lines(t, table, input, csv.Window{})
		parts := strings.Split(strings.NewReplacer(`"`, "", ":", "=", "{", "", "}\n", "").Replace(got), ",")
		slices.Sort(parts)
		if err != nil || strings.Join(parts, " ") != want {
			t.Errorf("%q: %s, %v", input, got, err)
		}
	}
	for input, message := range map[string]string{
		"other,Brand,Brand\no,p,c\n":                             `t: the CSV has 2 columns that may be "people.Brand", asked for as number 1 of 3; it has 3 columns, and what stands there has 5 bytes`,
		"Brand,other,Brand\np,o,c\n":                             `t: the CSV has 2 columns that may be "people.Brand", asked for as number 1 of 3; it has 3 columns, and what stands there has 5 bytes`,
		"Brand,other\np,o\n":                                     `t: the CSV has 1 column only for "people.Brand" and others of that name, asked for as number 1 of 3; it has 2 columns, and what stands there has 5 bytes`,
		"Brand,Brand,Brand,other\np,c,x,o\n":                     `t: the CSV has 3 columns that may be "people.Brand", asked for as number 1 of 3; it has 4 columns, and what stands there has 5 bytes`,
		"company.Brand,people.Brand,other\nc,p,o\n":              `t: the CSV has no column "conversation.Brand", asked for as number 2 of 3; it has 3 columns, and what stands there has 12 bytes`,
		"Brand,Brand,other,other\np,c,o,x\n":                     `t: the CSV has 2 columns that may be "other", asked for as number 3 of 3; it has 4 columns, and what stands there has 5 bytes`,
		"people.Brand,conversation.Brand,other,Brand\np,c,o,x\n": `t: column 4 of the CSV has the name of another; it has 4 columns, 3 were asked for`,
	} {
		_, stats, err := lines(t, table, input, csv.Window{})
		if _, ok := errors.AsType[*csv.HeaderError](err); !ok || err.Error() != message || stats.Rows != 0 {
			t.Errorf("%q: %v", input, err)
		}
	}
}

// TestHeaderErrorsTellNoValue: a CSV without its header begins with a row, of
// which nothing is told.
func TestHeaderErrorsTellNoValue(t *testing.T) {
	_, _, err := lines(t, calls(), "secret,2025-01-02 03:04:05,1.5,3,also secret,\nsecret,2025-01-02 03:04:05,1.5,3,note,\n", csv.Window{})
	want := `call: the CSV has no column "call.call_id", asked for as number 1 of 6; it has 6 columns, and what stands there has 6 bytes`
	if err == nil || err.Error() != want {
		t.Error(err)
	}
	_, _, err = lines(t, calls(), "call_id\n", csv.Window{})
	if want := `call: the CSV has no column "timestamp.initiated_at", asked for as number 2 of 6; it has 1 column, and nothing stands there`; err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestTimeless(t *testing.T) {
	w := csvtest.January
	header := csvtest.CallsHeader
	got, stats, err := lines(t, calls(), header+"1,,,,,\n2,soon,,,,\n", w)
	e, ok := errors.AsType[*csv.TimelessError](err)
	if !ok || *e != (csv.TimelessError{Table: "call", Column: "timestamp.initiated_at", Rows: 2}) || got != "" || stats.Timeless != 2 {
		t.Errorf("%s, %+v, %v", got, stats, err)
	}
	got, stats, err = lines(t, calls(), header+"1,,,,,\n2,2025-01-02,,,,\n3,never,,,,\n", w)
	if err != nil || strings.Count(got, "\n") != 3 || stats.Timeless != 2 || !strings.HasPrefix(got, `{"call_id":"1"}`) {
		t.Errorf("%s, %+v, %v", got, stats, err)
	}
	if _, stats, err = lines(t, calls(), header, w); err != nil || stats.Timeless != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	without := calls()
	without.TimeField = -1
	if _, stats, err = lines(t, without, header+"1,,,,,\n", w); err != nil || stats.Timeless != 0 || stats.Rows != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// Rows that are all outside are no reason to go on, also where they would be left out.
func TestAllOutsideAndLeftOut(t *testing.T) {
	w := csvtest.January
	w.From, w.Until = w.Start, w.Start.Add(time.Hour)
	for _, at := range []time.Time{w.Start.Add(-5 * time.Hour), w.End.Add(5 * time.Hour)} {
		row := fmt.Sprintf("1,%s,,,,\n", at.UTC().Format(time.RFC3339))
		got, stats, err := lines(t, calls(), csvtest.CallsHeader+row, w)
		if e, ok := errors.AsType[*csv.OutsideError](err); !ok || e.Rows != 1 || got != "" {
			t.Errorf("%s: %s, %+v, %v", row, got, stats, err)
		}
	}
}

// hours are rows at the given hours of 2 January, one after another.
func hours(count int, at ...string) string {
	var out strings.Builder
	out.WriteString(csvtest.CallsHeader)
	for _, hour := range at {
		for i := range count {
			fmt.Fprintf(&out, "%d,2025-01-02 %s,,,%s,\n", i, hour, strings.Repeat("x", 200))
		}
	}
	return out.String()
}

func TestOutsideIsHeldBack(t *testing.T) {
	hour := func(h int) time.Time { return time.Date(2025, 1, 2, h, 0, 0, 0, time.UTC) }
	w := csv.Window{Start: hour(6), End: hour(7)}
	believed := w
	believed.Believed = true
	tests := []struct {
		name    string
		input   string
		w       csv.Window
		rows    int   // sent
		outside int64 // in the stats
		err     error
	}{
		{"none", csvtest.CallsHeader, w, 0, 0, nil},
		{"all inside", hours(3000, "06:30:00"), w, 3000, 0, nil},
		{"only in the touching second", hours(1000, "05:59:59", "07:00:01"), w, 2000, 0, nil},
		{"some outside", hours(10, "09:30:00", "06:30:00", "09:30:00"), w, 30, 20, nil},
		{"many outside after one inside", hours(1, "06:30:00") + strings.TrimPrefix(hours(3000, "09:30:00"), csvtest.CallsHeader), w, 3001, 3000, nil},
		{"all outside", hours(10, "09:30:00"), w, 0, 10, &csv.OutsideError{Table: "call", Rows: 10, Offset: -3 * time.Hour}},
		{"very many, all outside", hours(5000, "09:30:00"), w, 0, 5000, &csv.OutsideError{Table: "call", Rows: 5000, Offset: -3 * time.Hour}},
		{"all outside and no zone fits", strings.ReplaceAll(hours(10, "09:30:00"), "2025-01-02", "2025-01-22"), w, 0, 10, &csv.OutsideError{Table: "call", Rows: 10}},
		{"one inside after very many", hours(5000, "09:30:00") + strings.TrimPrefix(hours(1, "06:30:00"), csvtest.CallsHeader), w, 0, 5000, csv.ErrReadAgain},
		{"the same, believed", hours(5000, "09:30:00") + strings.TrimPrefix(hours(1, "06:30:00"), csvtest.CallsHeader), believed, 5001, 5000, nil},
		{"without a window", hours(5000, "09:30:00"), csv.Window{}, 5000, 0, nil},
	}
	for _, test := range tests {
		got, stats, err := lines(t, calls(), test.input, test.w)
		if strings.Count(got, "\n") != test.rows || stats.Outside != test.outside {
			t.Errorf("%s: %d rows sent, %d outside", test.name, strings.Count(got, "\n"), stats.Outside)
		}
		if outside, ok := errors.AsType[*csv.OutsideError](err); ok && test.err != nil {
			if diff := cmp.Diff(test.err, error(outside)); diff != "" {
				t.Errorf("%s: %s", test.name, diff)
			}
		} else if !errors.Is(err, test.err) {
			t.Errorf("%s: %v, want %v", test.name, err, test.err)
		}
	}
}

// TestRepeatedHour: the time attribute takes the instant in the window, other
// columns the first.
func TestRepeatedHour(t *testing.T) {
	table := calls(csv.Column{Name: "initiated_at", Kind: csv.UTCDatetime, Field: 1}, csv.Column{Name: "ended_at", Kind: csv.UTCDatetime, Field: 5})
	table.Zone = csvtest.Location(t, "America/New_York")
	hour := func(h int) time.Time { return time.Date(2025, 11, 2, h, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		w    csv.Window
		want string
	}{
		{csv.Window{Start: hour(5), End: hour(6)}, "05"},
		{csv.Window{Start: hour(6), End: hour(7)}, "06"},
		{csv.Window{Start: hour(0), End: hour(23)}, "05"},
		{csv.Window{Start: hour(8), End: hour(9), Believed: true}, "05"},
		{csv.Window{}, "05"},
	} {
		got, stats, err := lines(t, table, csvtest.CallsHeader+"1,2025-11-02 01:30:00,,,,2025-11-02 01:30:00\n", test.w)
		if _, outside := errors.AsType[*csv.OutsideError](err); err != nil && !outside {
			t.Fatal(err)
		}
		if want := `{"initiated_at":"2025-11-02 ` + test.want + `:30:00","ended_at":"2025-11-02 05:30:00"}` + "\n"; got != want {
			t.Errorf("%v: %s", test.w, got)
		}
		if want := "2025-11-02T" + test.want + ":30:00Z"; stats.FirstTime.Format(time.RFC3339) != want || stats.LastTime != stats.FirstTime {
			t.Errorf("%v: times from %v to %v, want %s", test.w, stats.FirstTime, stats.LastTime, want)
		}
	}
}

// TestCases are inputs of which readers of Intercom's data have told.
func TestCases(t *testing.T) {
	table := csv.Table{
		Name: "call", TimeField: 1,
		Columns: []csv.Column{{Name: "call_id"}, {Name: "call_initiated_at", Kind: csv.UTCDatetime, Field: 1}, {Name: "talk_time", Kind: csv.Double, Field: 2}},
		Header:  []csv.Field{{ID: "call_id"}, {ID: "call_initiated_at"}, {ID: "talk_time"}},
	}
	got, stats, err := lines(t, table, "call_id,call_initiated_at,talk_time\nc1,1795500000123,12.5\nc2,1795503600987,\"1,234\"\nc3,1795507200000,\"0,5\"\n", csv.Window{})
	want := `{"call_id":"c1","call_initiated_at":"2026-11-24 06:00:00.123","talk_time":12.5}
{"call_id":"c2","call_initiated_at":"2026-11-24 07:00:00.987","unparsed_values":"{\"talk_time\":\"1,234\"}"}
{"call_id":"c3","call_initiated_at":"2026-11-24 08:00:00","talk_time":0.5}
`
	if err != nil || got != want || !slices.Equal(stats.Unparsed, []int64{0, 0, 1}) {
		t.Errorf("%v, %v\n%s", stats.Unparsed, err, got)
	}
	table.Columns[2].Kind, table.Columns[2].Name, table.Header[2].ID = csv.String, "title", "title"
	got, stats, err = lines(t, table, "call_id,call_initiated_at,title\nc1,2026-11-24T08:00:00,\"two\r\nlines\"\nc2,2026-11-24 08:00:00Z,In\"bound\"\nc3,2026-11-24 10:00:00.987,plain", csv.Window{})
	want = `{"call_id":"c1","call_initiated_at":"2026-11-24 08:00:00","title":"two\r\nlines"}
{"call_id":"c2","call_initiated_at":"2026-11-24 08:00:00","title":"In\"bound\""}
{"call_id":"c3","call_initiated_at":"2026-11-24 10:00:00.987","title":"plain"}
`
	if err != nil || got != want || !stats.Unterminated {
		t.Errorf("%+v, %v\n%s", stats, err, got)
	}
}
