package csv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom-connector/connector/export/csv/blocks"
)

// echo is an encoding that writes texts, and counts rows.
type echo struct {
	room     []byte
	ordinals []int64
}

func (e *echo) Arrange([]Target)                              {}
func (e *echo) Begin() []byte                                 { return e.room[:0] }
func (e *echo) Plain(out, _ []byte, _ int) ([]byte, int, int) { return out, 0, 0 }
func (e *echo) Null(out []byte, _ int) []byte                 { return out }
func (e *echo) String(out []byte, _ int, text []byte) []byte  { return append(out, text...) }
func (e *echo) Long(out []byte, _ int, _ int64) []byte        { return out }
func (e *echo) Double(out []byte, _ int, _ float64) []byte    { return out }
func (e *echo) Instant(out []byte, _ int, _ Instant) []byte   { return out }
func (e *echo) Break(out []byte)                              { e.room = out }
func (e *echo) Hold(out []byte, row *Row) bool                { return true }
func (e *echo) Flush() error                                  { return nil }
func (e *echo) Take(out []byte, row *Row) error {
	e.room, e.ordinals = out, append(e.ordinals, row.Ordinal)
	return nil
}

// notes is a table of a text and a number.
func notes(tb testing.TB) (*Reader, *echo) {
	tb.Helper()
	e := &echo{}
	r, err := NewReader(Table{
		Name: "t", TimeField: -1,
		Columns: []Column{{Name: "note", Field: 1}, {Name: "hops", Kind: Long, Field: 2}},
		Header:  []Field{{ID: "id"}, {ID: "Note", QualifiedID: "people.Note"}, {ID: "hops"}},
	}, e)
	if err != nil {
		tb.Fatal(err)
	}
	return r, e
}

const notesHeader = "id,Note,hops\n"

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
		r, _ := notes(t)
		source := &endless{head: notesHeader + "1,,\n2," + quote}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		stats, err := r.Read(t.Context(), source, Window{})
		runtime.ReadMemStats(&after)
		want := `t: row 2, column "people.Note": longer than 16 MB`
		if err == nil || err.Error() != want || stats.Rows != 1 {
			t.Errorf("%v after %d rows, want %s", err, stats.Rows, want)
		}
		if source.given > blocks.MaxField+1<<20 {
			t.Errorf("read %d bytes", source.given)
		}
		// What was allocated in all, since each growth leaves the room before
		// behind.
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*blocks.MaxField {
			t.Errorf("allocated %d MB", grown>>20)
		}
	}
}

func TestLimits(t *testing.T) {
	most := strings.Repeat("x", blocks.MaxField)
	tests := []struct {
		name, rows, want string
	}{
		{"16 MB", "1," + most + ",\n", ""},
		{"16 MB in quotes", "1,\"" + most + "\",\n", ""},
		{"a byte more", "1," + most + "x,\n", `t: row 1, column "people.Note": longer than 16 MB`},
		{"a byte more at the end", "1,," + most + "x", `t: row 1, column "hops": longer than 16 MB`},
		{"many", strings.Repeat(most+",", 5), "t: row 1: the row is longer than 64 MB"},
	}
	for _, test := range tests {
		r, _ := notes(t)
		_, err := r.Read(t.Context(), FromReader(strings.NewReader(notesHeader+test.rows)), Window{})
		if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// TestRecordTooLong: a row that becomes longer than Fivetran takes is refused,
// however short it is.
func TestRecordTooLong(t *testing.T) {
	tests := []struct {
		row  string
		want string
	}{
		{"1," + strings.Repeat("x", 650) + ",", ""},
		{"1," + strings.Repeat("x", 651) + ",", "t: row 2: the row's record is longer than 96 MB"},
		{"1," + strings.Repeat("\xffx", 160) + ",", ""},
		{"1," + strings.Repeat("\xffx", 170) + ",", "t: row 2: the row's record is longer than 96 MB"}, // four bytes for two
		{"1,," + strings.Repeat("\x01", 100), ""},
		{"1,," + strings.Repeat("\x01", 110), "t: row 2: the row's record is longer than 96 MB"}, // six bytes for one
		{"1," + strings.Repeat("x", 400) + "," + strings.Repeat("\x01", 50), "t: row 2: the row's record is longer than 96 MB"},
	}
	for _, test := range tests {
		for _, lengths := range [][]int{nil, {1}} {
			r, e := notes(t)
			r.limit = 650
			stats, err := r.Read(t.Context(), &cuts{data: []byte(notesHeader + "1,,\n" + test.row + "\n"), lengths: lengths}, Window{})
			if test.want == "" && (err != nil || len(e.ordinals) != 2) || test.want != "" && (err == nil || err.Error() != test.want || stats.Rows != 1) {
				t.Errorf("%.20q: %d rows, %v, want %s", test.row, stats.Rows, err, test.want)
			}
		}
	}
}

// TestTooManyKeys: a caller can tell the error, and the window before it does
// no harm to the next.
func TestTooManyKeys(t *testing.T) {
	e := &echo{}
	r, err := NewReader(Table{Name: "t", Columns: []Column{{Name: "a", Key: true}}, Header: []Field{{ID: "a"}}, TimeField: -1, Occurrence: true}, e)
	if err != nil {
		t.Fatal(err)
	}
	r.occurrences.limit = 3
	for range 2 {
		stats, err := r.Read(t.Context(), &cuts{data: []byte("a\n1\n2\n2\n3\n1\n4\n")}, Window{})
		if !errors.Is(err, ErrTooManyKeys) || stats.Rows != 5 {
			t.Errorf("%v after %d rows", err, stats.Rows)
		}
	}
	e.ordinals = nil
	_, err = r.Read(t.Context(), &cuts{data: []byte("a\n1\n1\n2\n1\n3\n")}, Window{})
	if err != nil || !slices.Equal(e.ordinals, []int64{0, 1, 0, 2, 0}) {
		t.Errorf("%v, %v", e.ordinals, err)
	}
}

// TestMemoryOfKeys: keys take no more than is promised, which is 128 MB for as
// many as may be.
func TestMemoryOfKeys(t *testing.T) {
	before := heap()
	o := newOccurrences()
	o.limit = maxKeys >> 4
	var err error
	for i := 0; err == nil; i++ {
		_, err = o.next(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	}
	grown := heap() - before
	if o.used != maxKeys>>4 || grown > 8<<20+64<<10 {
		t.Errorf("%d keys take %d MB: %v", o.used, grown>>20, err)
	}
}

// Many keys are counted as few are, whatever room they need, and the room of a
// large window is let go.
func TestManyKeys(t *testing.T) {
	o := newOccurrences()
	const n = 200_000
	for round := range int64(3) {
		for i := range uint64(n) {
			if got, err := o.next(binary.LittleEndian.AppendUint64(nil, i)); got != round || err != nil {
				t.Fatalf("key %d comes as number %d in round %d: %v", i, got, round, err)
			}
		}
	}
	o.reset()
	if got, err := o.next(binary.LittleEndian.AppendUint64(nil, 7)); got != 0 || err != nil || len(o.seen) > keptPlaces {
		t.Errorf("in the next window %d, %v, with %d places", got, err, len(o.seen))
	}
}

// heap is how much is in use after a collection.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestNewReaderRefuses(t *testing.T) {
	spoil := map[string]func(*Table){
		"csv: table without a name":                           func(t *Table) { t.Name = "" },
		"csv: table call: nothing was asked for":              func(t *Table) { t.Header = nil },
		"csv: table call: time field 3 of 3":                  func(t *Table) { t.TimeField = 3 },
		"csv: table call: time field -2 of 3":                 func(t *Table) { t.TimeField = -2 },
		"csv: table call: column without a name":              func(t *Table) { t.Columns[2].Name = "" },
		"csv: table call: two columns named at":               func(t *Table) { t.Columns[2].Name = "at" },
		"csv: table call: two columns named unparsed_values":  func(t *Table) { t.Columns[2].Name = UnparsedColumn },
		"csv: table call: two columns named occurrence":       func(t *Table) { t.Columns[2].Name = OccurrenceColumn },
		"csv: table call: column note takes field 3 of 3":     func(t *Table) { t.Columns[2].Field = 3 },
		"csv: table call: two columns take field 1":           func(t *Table) { t.Columns[2].Field = 1 },
		"csv: table call: column note is of unknown kind 4":   func(t *Table) { t.Columns[2].Kind = 4 },
		"csv: table call: a row id of 2 columns":              func(t *Table) { t.RowID = true },
		"csv: table call: column call_id takes field -1 of 3": func(t *Table) { t.Columns[0].Field = Absent },
	}
	for want, change := range spoil {
		table := Table{
			Name: "call", Occurrence: true, TimeField: 1,
			Columns: []Column{{Name: "call_id", Key: true}, {Name: "at", Kind: UTCDatetime, Field: 1, Key: true}, {Name: "note", Field: 2}},
			Header:  []Field{{ID: "call_id"}, {ID: "at"}, {ID: "note"}},
		}
		if _, err := NewReader(table, &echo{}); err != nil {
			t.Fatal(err)
		}
		change(&table)
		if _, err := NewReader(table, &echo{}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestRowErrors(t *testing.T) {
	const good = "1,note,3\n"
	tests := []struct {
		rows string
		want string
		read int64
	}{
		{good + "1,2\n", "t: row 2: 2 fields and not 3 as in the header", 1},
		{good + good + "1,2,3,4,5,6,7,8,9\n" + good, "t: row 3: 9 fields and not 3 as in the header", 2},
		{"\n" + good + "\"1\" ,2,3\n", `t: row 2, column "id": text after the closing quote`, 1},
		{"1,\"2,3\n", `t: row 1, column "people.Note": the input ends inside quotes`, 0},
		{good + "1,2", "t: row 2: 2 fields and not 3 as in the header", 1},
		{good + "1", "t: row 2: 1 field and not 3 as in the header", 1},
	}
	for _, test := range tests {
		r, _ := notes(t)
		stats, err := r.Read(t.Context(), &cuts{data: []byte(notesHeader + test.rows)}, Window{})
		if _, ok := errors.AsType[*RowError](err); !ok || err.Error() != test.want || stats.Rows != test.read {
			t.Errorf("%q: %v after %d rows, want %s", test.rows, err, stats.Rows, test.want)
		}
	}
	r, _ := notes(t)
	if _, err := r.Read(t.Context(), &cuts{data: []byte("id,\"Note")}, Window{}); err == nil || err.Error() != "t: the header: the input ends inside quotes" {
		t.Error(err)
	}
}

func TestNoRows(t *testing.T) {
	for _, input := range []string{"", "\n", "\r\n\n", notesHeader, strings.TrimSuffix(notesHeader, "\n"), "\n" + notesHeader + "\n"} {
		r, e := notes(t)
		stats, err := r.Read(t.Context(), &cuts{data: []byte(input)}, Window{Start: time.Unix(1, 0), End: time.Unix(2, 0)})
		if err != nil || len(e.ordinals) != 0 || stats.Rows != 0 || !stats.FirstTime.IsZero() {
			t.Errorf("%q: %+v, %v", input, stats, err)
		}
	}
}

// TestOneColumn: a blank line may be a row only where a row is one field.
func TestOneColumn(t *testing.T) {
	e := &echo{}
	r, err := NewReader(Table{Name: "t", Columns: []Column{{Name: "a"}}, Header: []Field{{ID: "a"}}, TimeField: -1}, e)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := r.Read(t.Context(), &cuts{data: []byte("\na\n\nb\r\n\r\n\"\"\n")}, Window{})
	if err != nil || stats.Rows != 4 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// Row ids that come twice are counted, all of them while there are few: at most one
// less than are held. Another window begins anew.
func TestRowIDsThatComeTwice(t *testing.T) {
	r := readerOfIDs(t)
	r.rowIDs.limit = 5
	for range 2 {
		stats, err := r.Read(t.Context(), &cuts{data: []byte("a,b\n1,\n\"2\",\n2,\n1,x\n3,\n3,\n4,\n")}, Window{})
		if err != nil || stats.Twice != 3 || stats.FirstTwice != 3 || stats.Untold != 0 {
			t.Errorf("%d come twice, the first is row %d, %d are not looked at, %v", stats.Twice, stats.FirstTwice, stats.Untold, err)
		}
	}
}

// Row ids that are one only once they are repaired come twice as well.
func TestRepairedRowIDsThatComeTwice(t *testing.T) {
	for _, ids := range [][2]string{
		{"1\x00", "1"},
		{"1234567890123456789\x00", "1234567890123456789"},
		{"\xff\xfe", "\xfe\xff"},
		{"a\xff", "a\ufffd"},
		{"\"a\"\"\"", "\"a\"\"\""},
		{"\"1\"", "1"},
	} {
		r := readerOfIDs(t)
		stats, err := r.Read(t.Context(), &cuts{data: []byte("a,b\n" + ids[0] + ",x\n" + ids[1] + ",y\n")}, Window{})
		if err != nil || stats.Rows != 2 || stats.Twice != 1 {
			t.Errorf("%q: %d rows, %d come twice, %v", ids, stats.Rows, stats.Twice, err)
		}
	}
}

// Of many row ids a sample is looked at, of all of the window: rows that come twice
// are found though many went before, and never one that did not.
func TestRowIDsThatComeTwiceAmongMany(t *testing.T) {
	const once, twice, limit = 20_000, 8000, 1 << 11
	r := readerOfIDs(t)
	r.rowIDs.limit = limit
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range once + twice {
		fmt.Fprintf(&text, "%d,\n", i)
	}
	for i := range twice {
		fmt.Fprintf(&text, "\"%d\",\n", i)
	}
	for range 2 {
		stats, err := r.Read(t.Context(), &cuts{data: []byte(text.String())}, Window{})
		if err != nil || stats.Rows != once+2*twice {
			t.Fatalf("%+v, %v", stats, err)
		}
		// At the end a 64th of the ids are in the sample, 125 of 8,000: so few or many
		// have odds of less than one in a million.
		if stats.Twice < 60 || stats.Twice > 200 || stats.FirstTwice <= once+twice || stats.Untold < stats.Rows/2 {
			t.Errorf("%d come twice, the first is row %d, %d are not looked at", stats.Twice, stats.FirstTwice, stats.Untold)
		}
		if r.rowIDs.used >= limit {
			t.Errorf("%d ids are held", r.rowIDs.used)
		}
	}
	stats, err := r.Read(t.Context(), &cuts{data: []byte("a,b\n1,\n2,\n1,\n2,\n")}, Window{})
	if err != nil || stats.Twice != 2 || stats.Untold != 0 {
		t.Errorf("a small window after it: %d come twice, %d are not looked at, %v", stats.Twice, stats.Untold, err)
	}
}

func readerOfIDs(t *testing.T) *Reader {
	t.Helper()
	r, err := NewReader(Table{Name: "t", Columns: []Column{{Name: "a", Key: true, Field: 0}, {Name: "b", Field: 1}}, Header: []Field{{ID: "a"}, {ID: "b"}}, TimeField: -1, RowID: true}, &echo{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// An id is the same wherever it lies and however long it is.
func TestHashOfRowIDs(t *testing.T) {
	s := newRowIDs()
	for n := range 40 {
		id := strings.Repeat("x", n)
		for _, after := range []string{",", ",a,b,c,,,,,,,,,,,,,,,,,,,,,\n"} {
			if s.hashField([]byte(id+after)) != s.hash([]byte(id)) {
				t.Errorf("an id of %d bytes before %q is another", n, after)
			}
		}
	}
}
