package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
)

// TestRecordBytes is the example in encoder.go's comment.
func TestRecordBytes(t *testing.T) {
	e := mustEncoder(t, csv.Table{
		Name:      "call",
		Columns:   []csv.Column{{Name: "call_id", Key: true}, {Name: "talk_time", Kind: csv.Double, Field: 1}},
		Header:    []csv.Field{{ID: "call_id"}, {ID: "talk_time"}},
		RowID:     true,
		TimeField: -1,
	})
	var got string
	_, err := e.Encode(t.Context(), &csvtest.Cuts{Data: []byte("call_id,talk_time\n7,1.5\n")}, csv.Window{}, func(b *Batch) error {
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

// What nobody asked for is one JSON column, a constant is in every row, and rows
// that others know more of are left to them.
func TestRestConstantAndUntil(t *testing.T) {
	e := mustEncoder(t, csv.Table{
		Name: "event", TimeField: 1, Rest: "details", Occurrence: true,
		Columns: []csv.Column{
			{Name: "id", Key: true},
			{Name: "event", Field: csv.Absent, Key: true, Constant: "click"},
			{Name: "at", Kind: csv.UTCDatetime, Field: 1, Key: true},
			{Name: "gone", Field: csv.Absent},
		},
		Header: []csv.Field{{ID: "id"}, {ID: "at"}, {ID: "unwanted"}},
	})
	input := "url,id,at,unwanted,url,\"a \"\"b\"\"\"\n" +
		"\"x,\"\"y\"\"\",7,1735787045,no,,z\n" +
		",7,1735787045,no,,\n" +
		",8,1735787046,no,second,\n" +
		",9,1735787047,no,,\n"
	var got []string
	stats, err := e.Encode(t.Context(), &csvtest.Cuts{Data: []byte(input), Lengths: []int{7}}, csv.Window{
		Start: time.Unix(1735787000, 0), End: time.Unix(1735787100, 0), Until: time.Unix(1735787046, 0),
	}, func(b *Batch) error {
		for _, r := range decode(t, b) {
			d := r.Data
			got = append(got, fmt.Sprint(d["id"].GetString_(), " ", d["event"].GetString_(), " ", d["at"].GetUtcDatetime().GetSeconds(), " ", d["occurrence"].GetLong(), " ", d["details"].GetJson(), " ", d["gone"].GetNull(), d["details"].GetNull(), len(d)))
		}
		b.Free()
		return nil
	})
	want := []string{
		`7 click 1735787045 0 {"url":"x,\"y\"","a \"b\"":"z"} true false 7`,
		`7 click 1735787045 1  true true 7`,
		`8 click 1735787046 0 {"url_2":"second"} true false 7`,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || stats.Rows != 3 || stats.Left != 1 {
		t.Errorf("%d rows, %d left, %v\n%s", stats.Rows, stats.Left, err, diff)
	}
}

// TestBatches: at most 100 records and 100,000 bytes, more only for a record
// alone, in order.
func TestBatches(t *testing.T) {
	sizes := []int{10, 900, 1100, 30_000, 49_900, 50_100, 99_800, 200_000, 10, 2 << 20, 10}
	var input strings.Builder
	input.WriteString(csvtest.CallsHeader)
	n := 0
	for _, size := range sizes {
		for range 250 * 1000 / (size + 1000) * 2 {
			fmt.Fprintf(&input, "%d,2025-01-02,,,%s,\n", n, strings.Repeat("x", size))
			n++
		}
		fmt.Fprintf(&input, "%d,2025-01-02,,,%s,\n", n, strings.Repeat("x", size))
		n++
	}
	seen, full, alone := 0, 0, 0
	e := mustEncoder(t, csvtest.Calls(nil))
	_, err := e.Encode(t.Context(), csv.FromReader(strings.NewReader(input.String())), csvtest.January, func(b *Batch) error {
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

// TestReuse: what a window leaves behind does no harm to the next.
func TestReuse(t *testing.T) {
	table := csvtest.Calls(nil)
	encode := start(t, table)
	csvtest.Same(t, encode, table, []byte(csvtest.CallsHeader+"1,2025-01-02 03:04:05,,,,\n1,2025-01-02 03:04:05,,,x,soon\n"), csvtest.January)
	if _, _, err := encode(t, &csvtest.Cuts{Data: []byte(csvtest.CallsHeader + "1,2025-01-02 03:04:05,,x,x,x\n1,x,y,z,\"")}, csvtest.January); err == nil {
		t.Fatal("no error")
	}
	csvtest.Same(t, encode, table, []byte(csvtest.CallsHeader+"1,2025-01-02 03:04:05,,,,\n"), csvtest.January)
}

func TestSourceErrors(t *testing.T) {
	broken := errors.New("broken")
	source := sourceFunc(func() ([]byte, error) { return []byte(csvtest.CallsHeader + "1,2025-01-02,,,,\n"), broken })
	_, stats, err := start(t, csvtest.Calls(nil))(t, source, csvtest.January)
	if err != broken || stats.Rows != 1 || stats.Batches != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	_, err = mustEncoder(t, csvtest.Calls(nil)).Encode(t.Context(), &csvtest.Cuts{Data: []byte(csvtest.CallsHeader + "1,2025-01-02,,,,\n")}, csvtest.January,
		func(*Batch) error { return broken })
	if err != broken {
		t.Errorf("send's error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows := strings.Repeat("1,2025-01-02,,,,\n", 1000)
	sent := 0
	_, err = mustEncoder(t, csvtest.Calls(nil)).Encode(ctx, &csvtest.Cuts{Data: []byte(csvtest.CallsHeader + rows)}, csvtest.January, func(b *Batch) error {
		sent++
		cancel()
		b.Free()
		return nil
	})
	if !errors.Is(err, context.Canceled) || sent != 1 {
		t.Errorf("%v after %d batches", err, sent)
	}
	_, err = mustEncoder(t, csvtest.Calls(nil)).Encode(ctx, source, csvtest.January, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

type sourceFunc func() ([]byte, error)

func (f sourceFunc) Next() ([]byte, error) { return f() }

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
		source := &pausing{blocks: []string{csvtest.CallsHeader + "1,2025-01-02,,,,\n2,,,", ",,\n"}, ready: ready, sent: &sent, t: t}
		stats, err := mustEncoder(t, csvtest.Calls(nil)).Encode(t.Context(), source, csvtest.January, func(b *Batch) error {
			sent += b.Records()
			b.Free()
			return nil
		})
		if want := map[bool]int64{false: 2, true: 1}[ready]; err != nil || stats.Batches != want {
			t.Errorf("ready %v: %d batches, %v", ready, stats.Batches, err)
		}
	}
}

// TestHeldBack: no batch is sent before a row is inside its window, not even when
// the source pauses; what a batch holds is not lost.
func TestHeldBack(t *testing.T) {
	const outside, inside = "1,2024-01-02,,,,\n", "1,2025-01-02,,,,\n"
	tests := []struct {
		rows string
		sent int64
		err  error
	}{
		{strings.Repeat(outside, 99) + inside, 100, nil},
		{strings.Repeat(outside, 99) + inside + outside, 101, nil},
		{strings.Repeat(outside, 100) + inside, 0, csv.ErrReadAgain},
		{strings.Repeat(outside, 1234) + inside, 0, csv.ErrReadAgain},
		{strings.Repeat(",,,,\""+strings.Repeat("x", 60_000)+"\",\n", 2) + inside, 0, csv.ErrReadAgain},
		{strings.Repeat(",,,,,\n", 50) + inside, 51, nil},
	}
	for _, test := range tests {
		var sent int64
		sourceBlocks := []string{csvtest.CallsHeader + test.rows[:len(test.rows)/2], test.rows[len(test.rows)/2:]}
		source := waiting(func() ([]byte, error) {
			if len(sourceBlocks) == 0 {
				return nil, io.EOF
			}
			block := sourceBlocks[0]
			sourceBlocks = sourceBlocks[1:]
			return []byte(block), nil
		})
		stats, err := mustEncoder(t, csvtest.Calls(nil)).Encode(t.Context(), source, csvtest.January, func(b *Batch) error {
			sent += int64(b.Records())
			b.Free()
			return nil
		})
		if sent != test.sent || !errors.Is(err, test.err) {
			t.Errorf("%d rows: %d sent, %v; want %d, %v", stats.Rows, sent, err, test.sent, test.err)
		}
	}
	var outsideError *csv.OutsideError
	_, err := mustEncoder(t, csvtest.Calls(nil)).Encode(t.Context(), &csvtest.Blocks{Data: []byte(csvtest.CallsHeader + outside)}, csvtest.January, func(*Batch) error {
		t.Error("sent")
		return nil
	})
	if !errors.As(err, &outsideError) || outsideError.Rows != 1 {
		t.Error(err)
	}
}

// waiting is a source that always pauses.
type waiting func() ([]byte, error)

func (w waiting) Next() ([]byte, error) { return w() }
func (w waiting) Ready() bool           { return false }

// TestAllocations: a row allocates nothing, whatever is in it. What a batch
// may allocate is what a collection, or the race detector, takes out of the
// pool.
func TestAllocations(t *testing.T) {
	for _, x := range csvtest.Shapes {
		const rows = 1000
		x.Rows = rows
		table, input := x.Export()
		for _, occurrence := range []bool{false, true} {
			table.RowID, table.Occurrence = !occurrence, occurrence
			allocationFree(t, table, input, rows)
		}
	}
	// Everything that is not the usual case.
	var input strings.Builder
	input.WriteString(csvtest.CallsHeader)
	const rows = 4000
	for range rows / 2 {
		input.WriteString("7,2025-11-02 01:30:00.5,0.30000000000000004,x,\"say \"\"\xff\x00\"\"\",soon\n,,-,-,—,-\n")
	}
	allocationFree(t, csvtest.Calls(csvtest.Location(t, "America/New_York")), []byte(input.String()), rows)
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
	if stats.Rows != rows || allocated > 20+float64(stats.Batches) {
		t.Errorf("%d columns: %v allocations in %d rows and %d batches", len(table.Columns), allocated, stats.Rows, stats.Batches)
	}
}
