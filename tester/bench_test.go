package tester

import (
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	sdk "intercom-connector/proto"
	"intercom-connector/tester/protocol"
	"intercom-connector/tester/screen"
	"intercom-connector/tester/script"
	"intercom-connector/tester/warehouse"
)

// shape is a table as a benchmark has it: a key, then texts, times and numbers in
// the proportion of an export.
type shape struct {
	name          string
	columns, rows int
	filled        int // one value of so many is not null
}

var shapes = []shape{
	{"20 columns", 20, 500_000, 1},
	{"60 sparse columns", 60, 200_000, 10},
	{"400 columns", 400, 20_000, 1},
}

func (s shape) table() *sdk.Table {
	columns := []string{"id STRING key"}
	for i := 1; i < s.columns; i++ {
		columns = append(columns, fmt.Sprintf("c%d %s", i, s.kind(i)))
	}
	return script.TableOf("bench", columns...)
}

func (s shape) kind(i int) sdk.DataType {
	switch i % 5 {
	case 3:
		return sdk.DataType_UTC_DATETIME
	case 4:
		return sdk.DataType_DOUBLE
	}
	return sdk.DataType_STRING
}

// messages encodes the shape's rows, 100 a message, as a connector of constant
// bytes sends them.
func (s shape) messages() (messages [][]byte) {
	bytesOf := func(to []byte, num protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(to, num, protowire.BytesType), b)
	}
	texts := []string{"conversation", "Customer support, tier 1", "", "email"}
	var record, entry, val, at, body []byte
	for n := range s.rows {
		record = bytesOf(record[:0], 2, []byte("bench"))
		for i := range s.columns {
			name := fmt.Appendf(nil, "c%d", i)
			switch kind := s.kind(i); {
			case i == 0:
				name, val = []byte("id"), bytesOf(val[:0], protowire.Number(protocol.KindString), fmt.Appendf(nil, "2155%012d", n))
			case (n+i)%s.filled > 0 || i == 5 && n%3 == 0:
				val = append(val[:0], byte(protocol.KindNull)<<3, 1)
			case kind == sdk.DataType_UTC_DATETIME:
				at = protowire.AppendVarint(append(at[:0], 1<<3), uint64(1_767_323_045+n/10))
				val = bytesOf(val[:0], protowire.Number(protocol.KindUTCDatetime), at)
			case kind == sdk.DataType_DOUBLE:
				val = protowire.AppendFixed64(append(val[:0], byte(protocol.KindDouble)<<3|1), math.Float64bits(float64(n)/4))
			default:
				val = bytesOf(val[:0], protowire.Number(protocol.KindString), []byte(texts[(n+i)%len(texts)]))
			}
			entry = bytesOf(bytesOf(entry[:0], 1, name), 2, val)
			record = bytesOf(record, 4, entry)
		}
		body = bytesOf(body, 1, record)
		if n%100 == 99 || n == s.rows-1 {
			messages = append(messages, bytesOf(nil, protocol.FieldRecords, body))
			body = body[:0]
		}
	}
	return messages
}

// BenchmarkLand measures rows from a message's bytes into the warehouse, closed:
// decoded, checked, staged and merged, with checkpoints every so many rows. "again"
// lands rows whose keys are all there.
func BenchmarkLand(b *testing.B) {
	for _, s := range shapes {
		messages := s.messages()
		for _, every := range []int{s.rows / 50, s.rows / 5, s.rows} {
			b.Run(fmt.Sprintf("%s/checkpoint every %d", s.name, every), func(b *testing.B) {
				perRow(b, s.rows, func() { land(b, filepath.Join(b.TempDir(), "w.db"), s, messages, every) })
			})
		}
		b.Run(s.name+"/again", func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "w.db")
			land(b, path, s, messages, s.rows)
			b.ResetTimer()
			perRow(b, s.rows, func() { land(b, path, s, messages, s.rows/5) })
		})
	}
}

// BenchmarkBound measures what landing cannot be faster than: decoding alone;
// decoding and staging; what DuckDB takes to store the same rows from its own
// memory; and, from Go, its chunks, duckdb-go's Appender and INSERT.
func BenchmarkBound(b *testing.B) {
	for _, s := range shapes {
		messages := s.messages()
		b.Run(s.name+"/decode", func(b *testing.B) {
			perRow(b, s.rows, func() { decodeBench(b, s, messages) })
		})
		w, path := benchWarehouse(b)
		b.Run(s.name+"/stage", func(b *testing.B) {
			perRow(b, s.rows, func() {
				rows := stageBench(b, w, s, messages)
				b.ReportMetric(float64(rows.Rows.Size())/float64(s.rows), "staged-B/row")
				rows.Drop()
			})
		})
		b.Run(s.name+"/store", func(b *testing.B) {
			rows := stageBench(b, w, s, messages)
			db, err := sql.Open("duckdb", path)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1) // the source is the connection's
			if _, err := db.Exec("CREATE OR REPLACE TEMP TABLE source AS FROM " + rows.Rows.SQL()); err != nil {
				b.Fatal(err)
			}
			rows.Drop()
			b.ResetTimer()
			perRow(b, s.rows, func() {
				if _, err := db.ExecContext(b.Context(), "CREATE OR REPLACE TABLE stored AS FROM source"); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

func decodeBench(b *testing.B, s shape, messages [][]byte) {
	tables := &catalog{tables: map[warehouse.TableName]*table{}}
	if err := tables.add("", []*sdk.Table{s.table()}); err != nil {
		b.Fatal(err)
	}
	t, n := tables.order[0], 0
	var rec protocol.Record
	take := func(r []byte) error {
		n++
		t.record++
		if err := rec.Decode(r); err != nil {
			return err
		}
		return t.fill(&rec)
	}
	for _, m := range messages {
		_, body, err := protocol.Operation(m)
		if err == nil {
			_, err = protocol.EachRecord(body, take)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if n != s.rows {
		b.Fatalf("%d rows", n)
	}
}

// stageBench stages all messages as one group.
func stageBench(b *testing.B, w *warehouse.Warehouse, s shape, messages [][]byte) *warehouse.StagedRows {
	tables := &catalog{tables: map[warehouse.TableName]*table{}}
	if err := tables.add("", []*sdk.Table{s.table()}); err != nil {
		b.Fatal(err)
	}
	r := &reader{catalog: tables, warehouse: w, stager: &stager{now: time.Now}, count: new(Counts), progress: &screen.Progress{}, maxStaged: math.MaxInt64}
	for _, m := range messages {
		if err := r.message(m); err != nil {
			b.Fatal(err)
		}
	}
	if len(r.staged) != 1 {
		b.Fatalf("%d groups", len(r.staged))
	}
	return r.staged[0].staged
}

// perRow runs f and reports rows a second, and the CPU time of all threads.
func perRow(b *testing.B, rows int, f func()) {
	before := cpuTime(b)
	for b.Loop() {
		f()
	}
	n := float64(rows) * float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric((cpuTime(b)-before).Seconds()*1e6/n, "cpu-µs/row")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchWarehouse(b *testing.B) (w *warehouse.Warehouse, path string) {
	path = filepath.Join(b.TempDir(), "warehouse.db")
	w, err := warehouse.Open(b.Context(), path, "2GB")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	return w, path
}

// land runs a whole stream into the warehouse at path.
func land(b *testing.B, path string, shape shape, messages [][]byte, every int) {
	w, err := warehouse.Open(b.Context(), path, "2GB")
	if err != nil {
		b.Fatal(err)
	}
	tables := &catalog{tables: map[warehouse.TableName]*table{}}
	if err := tables.add("", []*sdk.Table{shape.table()}); err != nil {
		b.Fatal(err)
	}
	var sum Summary
	landed, err := w.CheckState(b.Context(), "tester", "{}")
	if err != nil {
		b.Fatal(err)
	}
	l := warehouse.NewLander(w, landed, func(state string) error { return writeState(path+".json", state) }, func(error) {})
	if err := l.Prepare(b.Context(), tables.order[0].name, tables.order[0].columns); err != nil {
		b.Fatal(err)
	}
	go l.Run(b.Context())
	r := &reader{
		catalog: tables, warehouse: w, stager: &stager{now: time.Now}, count: &sum.Counts, progress: &screen.Progress{},
		lander: l, warn: func(string) {}, pace: defaultPace, maxStaged: defaultMaxStaged,
		due: time.Now().Add(defaultPace),
	}
	for i, m := range messages {
		if err := r.message(m); err != nil {
			b.Fatal(err)
		}
		if (i+1)%max(1, every/100) == 0 {
			if err := r.reach(`{}`); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := r.end(true); err != nil {
		b.Fatal(err)
	}
	if err := l.Finish(); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
