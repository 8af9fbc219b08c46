package wire

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// output is all that an encoding leaves behind.
type output struct {
	Batches []string
	Stats   Stats
	Err     string
}

func outputOf(tb testing.TB, e *Encoder, input string, lengths ...int) (o output) {
	tb.Helper()
	var err error
	o.Stats, err = e.Encode(tb.Context(), &cuts{data: []byte(input), lengths: lengths}, january, func(b *Batch) error {
		decode(tb, b)
		o.Batches = append(o.Batches, string(b.Bytes()))
		b.Free()
		return nil
	})
	if err != nil {
		o.Err = err.Error()
		o.Stats.Bytes = 0 // of the blocks that were read
	}
	return o
}

// TestEveryCut: where blocks end makes no difference to the batches, the stats
// or the error.
func TestEveryCut(t *testing.T) {
	const rows = "7,2025-01-02 03:04:05,1.5,3,\"say \"\"hi\"\"\",2025-01-02T03:04:05.25Z\r\n" +
		"7,2025-01-02 03:04:05,soon,x,bad \xff\xfe nul \x00,never\n" +
		",2026-01-02 03:04:05,\"1,5\",\"a\n\"\"b\r\nc\",\"\xff\x00\",-\n\n\r\n" +
		"\"\",,,,,\n" +
		"Zoë,1735787045,—,9223372036854775808,a\rb\r,1735787045123\n"
	one := Table{
		Name: "t", TimeField: -1, Occurrence: true,
		Columns: []Column{{Name: "a", Kind: Long, Key: true}}, Header: []Field{{ID: "a"}},
	}
	rowID := calls(nil)
	rowID.Columns = slices.Clone(rowID.Columns)
	rowID.RowID, rowID.Occurrence, rowID.Columns[1].Key = true, false, false
	idLast := rowID
	idLast.Columns = slices.Clone(rowID.Columns)
	idLast.Columns[0].Field, idLast.Columns[5].Field = 5, 0
	few := calls(nil)
	few.Columns = []Column{few.Columns[5], few.Columns[1]}
	tests := []struct {
		name  string
		table Table
		input string
		err   string
	}{
		{"rows", calls(nil), callsHeader + rows, ""},
		{"few columns in another order", few, callsHeader + rows, ""},
		{"no newline at the end", calls(nil), callsHeader + rows + "1,,,,,\"2\"", ""},
		{"one column", one, "\r\na\r\n1\n\n\"1\"\r\n\r\nx\n-\n\r", ""},
		{"too few", calls(nil), callsHeader + rows + "1,2,\"3\"\n" + rows, "call: row 6: 3 fields and not 6 as in the header"},
		{"too many", calls(nil), callsHeader + rows + "1,soon,\"3\",4,5,6,7,\"8\"\n" + rows, "call: row 6: 8 fields and not 6 as in the header"},
		{"too many, the last wrong", calls(nil), callsHeader + "1,,,,,,\"7\" ,8\n", "call: row 1: text after the closing quote"},
		{"text after quotes", calls(nil), callsHeader + rows + "1,soon,\xff,\"4\" ,5,6\n" + rows, `call: row 6, column "hops": text after the closing quote`},
		{"no closing quote", calls(nil), callsHeader + rows + "1,soon,\xff,4,\"5,6\n", `call: row 6, column "people.Note": the input ends inside quotes`},
		{"no row id", rowID, callsHeader + "1,,,,,\n,soon,\xff,\"4\n\",5,6\n" + rows, `call: row 2, column "call.call_id": no row id`},
		{"no row id, at the end", idLast, callsHeader + ",,,,,1\nx,soon,\xff,\"4\n\",5,\n" + rows, `call: row 2, column "timestamp.ended_at": no row id`},
		{"no row id and ragged", rowID, callsHeader + ",soon,\xff,\"4\n\",5,6,7\n", "call: row 1: 7 fields and not 6 as in the header"},
		{"no row id and a wrong quote", rowID, callsHeader + ",soon,\xff,\"4\n\",\"5\"x,6,7\n", `call: row 1, column "people.Note": text after the closing quote`},
		{"another header", calls(nil), "call_id,\"initiated_at\",talk time,hops,Note,ended_at\r\n" + rows, `call: column 3 of the CSV is "talk time" and not "duration.talk_time" as asked for`},
		{"a wrong quote in the header", calls(nil), "call_id,\"initiated_at\"x,hops\r\n" + rows, `call: the header, column "timestamp.initiated_at": text after the closing quote`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := mustEncoder(t, test.table)
			want := outputOf(t, e, test.input)
			if want.Err != test.err {
				t.Fatalf("got %q, want %q", want.Err, test.err)
			}
			same := func(lengths ...int) {
				if diff := cmp.Diff(want, outputOf(t, e, test.input, lengths...)); diff != "" {
					t.Fatalf("in blocks of %v (-whole +cut):\n%.2000s", lengths, diff)
				}
			}
			for length := range len(test.input) {
				same(length+1, len(test.input))
				same(length + 1)
				same(length+1, 1)
			}
		})
	}
}

// quote is a value in quotes.
func quote(v string) string { return `"` + strings.ReplaceAll(v, `"`, `""`) + `"` }

// TestQuotesMakeNoDifference: values in quotes are read in the general way, most
// others in the quick one. The bytes are the same.
func TestQuotesMakeNoDifference(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 2))
		table := randomTable(r, location(t, "America/New_York"))
		table.RowID = false
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
				v, sep := values[r.IntN(len(values))], ","
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
		e := mustEncoder(t, table)
		want, got := outputOf(t, e, quoted.String()), outputOf(t, e, bare.String())
		got.Stats.Bytes = want.Stats.Bytes
		if diff := cmp.Diff(want, got); diff != "" || want.Stats.Rows != 100 {
			t.Fatalf("seed %d, %d rows (-in quotes +not):\n%.2000s", seed, want.Stats.Rows, diff)
		}
	}
}
