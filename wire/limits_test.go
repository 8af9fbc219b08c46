package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestBatches: at most 100 records and 100,000 bytes, more only for a record
// alone, in order.
func TestBatches(t *testing.T) {
	sizes := []int{10, 900, 1100, 30_000, 49_900, 50_100, 99_800, 200_000, 10, 2 << 20, 10}
	var input strings.Builder
	input.WriteString(callsHeader)
	n := 0
	for _, size := range sizes {
		for range 250 * 1000 / (size + 1000) * 2 {
			fmt.Fprintf(&input, "%d,,,,%s,\n", n, strings.Repeat("x", size))
			n++
		}
		fmt.Fprintf(&input, "%d,,,,%s,\n", n, strings.Repeat("x", size))
		n++
	}
	seen, full, alone := 0, 0, 0
	e := mustEncoder(t, calls(nil))
	_, err := e.Encode(t.Context(), FromReader(strings.NewReader(input.String())), january, func(b *Batch) error {
		records := decode(t, b)
		for _, r := range records {
			if got := r.Data["call_id"].GetString_(); got != fmt.Sprint(seen) {
				t.Fatalf("row %s, want %d", got, seen)
			}
			seen++
		}
		switch {
		case len(records) == 100:
			full++
		case len(records) == 1:
			alone++
		}
		b.Free()
		return nil
	})
	if err != nil || seen != n || full < 4 || alone < 5 {
		t.Errorf("%d of %d rows, %d batches of 100, %d of one: %v", seen, n, full, alone, err)
	}
}

// endless is a source of a row that does not end: head, then more and more of
// a letter.
type endless struct {
	head  string
	more  []byte
	given int
}

func (s *endless) Next() ([]byte, error) {
	if s.given == 0 {
		s.more = []byte(strings.Repeat("x", 64<<10))
		s.given = len(s.head)
		return []byte(s.head), nil
	}
	if s.given > 1<<30 {
		return nil, io.EOF
	}
	s.given += len(s.more)
	return s.more, nil
}

// TestHugeFields: a field over 16 MB is refused by name before it takes much
// more memory than that.
func TestHugeFields(t *testing.T) {
	for _, quote := range []string{"", `"`} {
		e := mustEncoder(t, calls(nil))
		source := &endless{head: callsHeader + "1,,,,,\n2,,,," + quote}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, stats, err := encodeAll(t, e, source, january)
		runtime.ReadMemStats(&after)
		want := `call: row 2, column "people.Note": longer than 16 MB`
		if err == nil || err.Error() != want || stats.Rows != 1 {
			t.Errorf("%v after %d rows, want %s", err, stats.Rows, want)
		}
		if source.given > maxField+1<<20 {
			t.Errorf("read %d bytes", source.given)
		}
		// What was allocated in all, since each growth leaves the room before
		// behind.
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*maxField {
			t.Errorf("allocated %d MB", grown>>20)
		}
	}
}

func TestLimits(t *testing.T) {
	most := strings.Repeat("x", maxField)
	tests := []struct {
		name, rows, want string
	}{
		{"16 MB", "1,,,," + most + ",\n", ""},
		{"16 MB in quotes", "1,,,,\"" + most + "\",\n", ""},
		{"a byte more", "1,,,," + most + "x" + ",\n", `call: row 1, column "people.Note": longer than 16 MB`},
		{"a byte more at the end", "1,,,,," + most + "x", `call: row 1, column "timestamp.ended_at": longer than 16 MB`},
		{"many", strings.Repeat(most+",", 5), "call: row 1: the row is longer than 64 MB"},
	}
	for _, test := range tests {
		source := &blocks{[]byte(callsHeader + test.rows)}
		_, err := mustEncoder(t, calls(nil)).Encode(t.Context(), source, january, discard)
		if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// TestRecordTooLong: a record that Fivetran would not take is refused, however
// short its row.
func TestRecordTooLong(t *testing.T) {
	tests := []struct {
		row  string
		want string
	}{
		{"1,,,," + strings.Repeat("x", 500), ""},
		{"1,,,," + strings.Repeat("x", 600), "call: row 2: the row's record is longer than 96 MB"},
		{"1,,,," + strings.Repeat("\xffx", 100), ""},
		{"1,,,," + strings.Repeat("\xffx", 150), "call: row 2: the row's record is longer than 96 MB"}, // four bytes for two
		{"1,,," + strings.Repeat("\x01", 80) + ",", ""},
		{"1,,," + strings.Repeat("\x01", 100) + ",", "call: row 2: the row's record is longer than 96 MB"}, // six bytes for one
		{"1,,," + strings.Repeat("\x01", 50) + "," + strings.Repeat("x", 300), "call: row 2: the row's record is longer than 96 MB"},
	}
	for _, test := range tests {
		for _, lengths := range [][]int{nil, {1}} {
			e := mustEncoder(t, calls(nil))
			e.limit = 650
			input := callsHeader + "1,,,,,\n" + test.row + ",\n"
			records, stats, err := encodeAll(t, e, &cuts{data: []byte(input), lengths: lengths}, january)
			if test.want == "" && (err != nil || len(records) != 2) || test.want != "" && (err == nil || err.Error() != test.want || stats.Rows != 1) {
				t.Errorf("%.20q: %d rows, %v, want %s", test.row, stats.Rows, err, test.want)
			}
		}
	}
}

// TestManyColumns: rows of 5,000 columns are rows like others.
func TestManyColumns(t *testing.T) {
	table, input := export(5000, 5, 0.5, 30)
	sameAsOracle(t, mustEncoder(t, table), table, input, january, 100_000)
}

// TestTooManyKeys: a caller can tell the error, and the window before it does
// no harm to the next.
func TestTooManyKeys(t *testing.T) {
	table := Table{Name: "t", Columns: []Column{{Name: "a", Key: true}}, Header: []Field{{ID: "a"}}, TimeField: -1, Occurrence: true}
	e := mustEncoder(t, table)
	e.occurrences.limit = 3
	for range 2 {
		_, stats, err := encodeAll(t, e, &cuts{data: []byte("a\n1\n2\n2\n3\n1\n4\n")}, Window{})
		if !errors.Is(err, ErrTooManyKeys) || stats.Rows != 5 {
			t.Errorf("%v after %d rows", err, stats.Rows)
		}
	}
	records, _, err := encodeAll(t, e, &cuts{data: []byte("a\n1\n1\n2\n1\n3\n")}, Window{})
	var ordinals []int64
	for _, r := range records {
		ordinals = append(ordinals, r.Data[OccurrenceColumn].GetLong())
	}
	if err != nil || !slices.Equal(ordinals, []int64{0, 1, 0, 2, 0}) {
		t.Errorf("%v, %v", ordinals, err)
	}
}

// TestMemoryOfKeys: as many keys as may be take no more than is promised.
func TestMemoryOfKeys(t *testing.T) {
	before := heap()
	o := newOccurrences()
	var err error
	for i := 0; err == nil; i++ {
		_, err = o.next(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	}
	grown := heap() - before
	if len(o.seen) != maxKeys || grown > 64<<20 {
		t.Errorf("%d keys take %d MB: %v", len(o.seen), grown>>20, err)
	}
}

// heap is how much is in use after a collection.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestAllocations: a row allocates nothing, whatever is in it. What a batch
// may allocate is what a collection, or the race detector, takes out of the
// pool.
func TestAllocations(t *testing.T) {
	for _, x := range exports {
		const rows = 1000
		table, input := export(x.columns, rows, x.empty, x.text)
		for _, occurrence := range []bool{false, true} {
			table.RowID, table.Occurrence = !occurrence, occurrence
			allocationFree(t, table, input, rows)
		}
	}
	// Everything that is not the usual case.
	var input strings.Builder
	input.WriteString(callsHeader)
	const rows = 4000
	for range rows / 2 {
		input.WriteString("7,2025-11-02 01:30:00.5,0.30000000000000004,x,\"say \"\"\xff\x00\"\"\",soon\n,,-,-,—,-\n")
	}
	allocationFree(t, calls(location(t, "America/New_York")), []byte(input.String()), rows)
}

func allocationFree(t *testing.T, table Table, input []byte, rows int64) {
	t.Helper()
	e := mustEncoder(t, table)
	var stats Stats
	allocated := testing.AllocsPerRun(5, func() {
		var err error
		if stats, err = e.Encode(t.Context(), &blocks{input}, january, discard); err != nil {
			t.Fatal(err)
		}
	})
	if stats.Rows != rows || allocated > 20+float64(stats.Batches) {
		t.Errorf("%d columns: %v allocations in %d rows and %d batches", len(table.Columns), allocated, stats.Rows, stats.Batches)
	}
}
