package csvtest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
)

// everyCut: where blocks end makes no difference to the rows, the stats or the
// error.
func everyCut(t *testing.T, start New) {
	const rows = "7,2025-01-02 03:04:05,1.5,3,\"say \"\"hi\"\"\",2025-01-02T03:04:05.25Z\r\n" +
		"7,2025-01-02 03:04:05,soon,x,bad \xff\xfe nul \x00,never\n" +
		",2026-01-02 03:04:05,\"1,5\",\"a\n\"\"b\r\nc\",\"\xff\x00\",-\n\n\r\n" +
		"\"\",,,,,\n" +
		CallsHeader + "\xef\xbb\xbf" + CallsHeader +
		"Zoë,1735787045,—,9223372036854775808,a\rb\r,1735787045123\n"
	one := csv.Table{
		Name: "t", TimeField: -1, Occurrence: true,
		Columns: []csv.Column{{Name: "a", Kind: csv.Long, Key: true}}, Header: []csv.Field{{ID: "a"}},
	}
	rowID := Calls(nil)
	rowID.Columns = slices.Clone(rowID.Columns)
	rowID.RowID, rowID.Occurrence, rowID.Columns[1].Key = true, false, false
	idLast := rowID
	idLast.Columns = slices.Clone(rowID.Columns)
	idLast.Columns[0].Field, idLast.Columns[5].Field = 5, 0
	few := Calls(nil)
	few.Columns = []csv.Column{few.Columns[5], few.Columns[1]}
	tests := []struct {
		name  string
		table csv.Table
		input string
		err   string
	}{
		{"rows", Calls(nil), CallsHeader + rows, ""},
		{"few columns in another order", few, CallsHeader + rows, ""},
		{"no newline at the end", Calls(nil), CallsHeader + rows + "1,,,,,\"2\"", ""},
		{"the header at the end", Calls(nil), CallsHeader + rows + strings.TrimSuffix(CallsHeader, "\n") + "\r", ""},
		{"one column", one, "\r\na\r\n1\n\n\"1\"\r\n\r\nx\n-\n\r", ""},
		{"too few", Calls(nil), CallsHeader + rows + "1,2,\"3\"\n" + rows, "call: row 6: 3 fields and not 6 as in the header"},
		{"too many", Calls(nil), CallsHeader + rows + "1,soon,\"3\",4,5,6,7,\"8\"\n" + rows, "call: row 6: 8 fields and not 6 as in the header"},
		{"too many, the last wrong", Calls(nil), CallsHeader + "1,,,,,,\"7\" ,8\n", "call: row 1: text after the closing quote"},
		{"text after quotes", Calls(nil), CallsHeader + rows + "1,soon,\xff,\"4\" ,5,6\n" + rows, `call: row 6, column "hops": text after the closing quote`},
		{"no closing quote", Calls(nil), CallsHeader + rows + "1,soon,\xff,4,\"5,6\n", `call: row 6, column "people.Note": the input ends inside quotes`},
		{"no row id", rowID, CallsHeader + "1,,,,,\n,soon,\xff,\"4\n\",5,6\n" + rows, ""},
		{"no row id, at the end", idLast, CallsHeader + ",,,,,1\nx,soon,\xff,\"4\n\",5,\n" + rows, ""},
		{"no row id and ragged", rowID, CallsHeader + ",soon,\xff,\"4\n\",5,6,7\n", "call: row 1: 7 fields and not 6 as in the header"},
		{"no row id and a wrong quote", rowID, CallsHeader + ",soon,\xff,\"4\n\",\"5\"x,6,7\n", `call: row 1, column "people.Note": text after the closing quote`},
		{"another header", Calls(nil), "call_id,\"initiated_at\",talk,hops,Note,ended_at\r\n" + rows, `call: the CSV has no column "duration.talk_time", asked for as number 3 of 6; it has 6 columns, and what stands there has 4 bytes`},
		{"a header of other order and names", Calls(nil), "ended_at,\"Note \",Talk time,more,initiated_at,call_id,hops\n,x,1.5,more,2025-01-02,7,3\n", ""},
		{"a wrong quote in the header", Calls(nil), "call_id,\"initiated_at\"x,hops\r\n" + rows, `call: the header: text after the closing quote`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			encode := start(t, test.table)
			want := outputOf(t, encode, test.table, test.input)
			if want.Err != test.err {
				t.Fatalf("got %q, want %q", want.Err, test.err)
			}
			same := func(lengths ...int) {
				if got := outputOf(t, encode, test.table, test.input, lengths...); !reflect.DeepEqual(want, got) {
					t.Fatalf("in blocks of %v (-whole +cut):\n%.2000s", lengths, cmp.Diff(want, got))
				}
			}
			for length := 0; length < len(test.input); length++ {
				same(length+1, len(test.input))
				same(length + 1)
				same(length+1, 1)
			}
		})
	}
}
