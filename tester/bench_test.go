package tester

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// benchColumns is a table of 20 columns as an export has them: a key, texts,
// times and numbers.
func benchTable() *sdk.Table {
	columns := []string{"id STRING key"}
	for i := range 11 {
		columns = append(columns, fmt.Sprintf("text_%d STRING", i))
	}
	for i := range 4 {
		columns = append(columns, fmt.Sprintf("at_%d UTC_DATETIME", i))
	}
	for i := range 4 {
		columns = append(columns, fmt.Sprintf("seconds_%d DOUBLE", i))
	}
	return tableOf("bench", columns...)
}

func benchRow(n int) data {
	d := data{"id": text(fmt.Sprintf("2155%012d", n))}
	for i := range 11 {
		d[fmt.Sprintf("text_%d", i)] = text([]string{"conversation", "Customer support, tier 1", "", "email"}[(n+i)%4])
	}
	for i := range 4 {
		d[fmt.Sprintf("at_%d", i)] = utc("2026-01-02T03:04:05Z")
		d[fmt.Sprintf("seconds_%d", i)] = double(float64(n) / 4)
	}
	if n%3 == 0 {
		d["text_5"] = null()
	}
	return d
}

// benchMessages encodes rows first to last, 100 a message, with the columns in
// the table's order as a connector of constant bytes sends them.
func benchMessages(b *testing.B, first, last int) [][]byte {
	var messages [][]byte
	for n := first; n < last; n += 100 {
		var records []*sdk.Record
		for i := n; i < min(n+100, last); i++ {
			records = append(records, upsert("bench", benchRow(i)))
		}
		m, err := proto.MarshalOptions{Deterministic: true}.Marshal(batch(records...))
		if err != nil {
			b.Fatal(err)
		}
		messages = append(messages, m)
	}
	return messages
}

// BenchmarkLand measures rows from a message's bytes into the warehouse: decoded,
// checked, staged and merged, with a checkpoint every so many rows.
func BenchmarkLand(b *testing.B) {
	const rows = 500_000
	messages := benchMessages(b, 0, rows)
	for _, every := range []int{10_000, 100_000, rows} {
		b.Run(fmt.Sprint("checkpoint every ", every), func(b *testing.B) {
			for b.Loop() {
				landBench(b, messages, every)
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkAppend holds the ways to bring rows into a DuckDB table against each
// other: this package's chunks, duckdb-go's Appender, INSERT statements.
func BenchmarkAppend(b *testing.B) {
	const rows = 20_000
	b.Run("Appender", func(b *testing.B) {
		conn := benchTarget(b)
		values := make([]driver.Value, 20)
		for i := range values {
			values[i] = benchText
			if i >= 12 {
				values[i] = float64(1)
			}
		}
		for b.Loop() {
			err := conn.Raw(func(c any) error {
				a, err := duckdb.NewAppender(c.(driver.Conn), "", "main", "b")
				if err != nil {
					return err
				}
				for range rows {
					if err := a.AppendRow(values...); err != nil {
						return err
					}
				}
				return a.Close()
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("INSERT", func(b *testing.B) {
		conn := benchTarget(b)
		values := make([]any, 20)
		marks := ""
		for i := range values {
			values[i] = string(benchText)
			if i >= 12 {
				values[i] = float64(1)
			}
			marks += ", ?"
		}
		insert, err := conn.PrepareContext(b.Context(), "INSERT INTO b VALUES ("+marks[2:]+")")
		if err != nil {
			b.Fatal(err)
		}
		defer insert.Close()
		const rows = 2_000
		for b.Loop() {
			for range rows {
				if _, err := insert.Exec(values...); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

var benchText = []byte("Customer support, tier 1")

func benchWarehouse(b *testing.B) *warehouse {
	w, err := openWarehouse(b.Context(), filepath.Join(b.TempDir(), "warehouse.db"), "2GB")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.close() })
	return w
}

// benchTarget is a table in memory, as a staging table is.
func benchTarget(b *testing.B) *sql.Conn {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ddl := ""
	for i := range 20 {
		if i < 12 {
			ddl += fmt.Sprintf(", c%d VARCHAR", i)
		} else {
			ddl += fmt.Sprintf(", c%d DOUBLE", i)
		}
	}
	if _, err := conn.ExecContext(b.Context(), "CREATE TABLE b ("+ddl[2:]+")"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close(); db.Close() })
	return conn
}

func landBench(b *testing.B, messages [][]byte, every int) {
	path := filepath.Join(b.TempDir(), "warehouse.db")
	w, err := openWarehouse(b.Context(), path, "2GB")
	if err != nil {
		b.Fatal(err)
	}
	tables := &catalog{tables: map[tableName]*table{}}
	if err := tables.add("", []*sdk.Table{benchTable()}); err != nil {
		b.Fatal(err)
	}
	var sum Summary
	s := &session{Config: Config{Schema: "tester", StatePath: path + ".json"}}
	l := newLander(s, w, func(error) {}, func(int64) {})
	if err := l.prepare(b.Context(), tables); err != nil {
		b.Fatal(err)
	}
	go l.run(b.Context())
	r := &reader{
		catalog: tables, stager: &stager{warehouse: w, now: time.Now}, count: &sum.counts,
		lander: l, warn: func(string) {}, pace: defaultPace, maxStaged: defaultMaxStaged,
		due: time.Now().Add(defaultPace),
	}
	for i, m := range messages {
		if err := r.message(m); err != nil {
			b.Fatal(err)
		}
		if (i+1)%(every/100) == 0 {
			if err := r.reach(`{}`); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := r.end(true); err != nil {
		b.Fatal(err)
	}
	close(l.jobs)
	if <-l.done; l.err != nil {
		b.Fatal(l.err)
	}
	if err := w.close(); err != nil {
		b.Fatal(err)
	}
}
