package staging

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// BenchmarkAppend holds the ways to bring rows of 20 columns from Go into a DuckDB
// table in memory against each other: the C interface's chunks, filled beforehand;
// duckdb-go's Appender; INSERT statements.
func BenchmarkAppend(b *testing.B) {
	const rows = 200 * chunkRows
	b.Run("chunks", func(b *testing.B) {
		_, c := open(b)
		if err := c.Exec("CREATE TABLE b (" + benchDDL() + ")"); err != nil {
			b.Fatal(err)
		}
		chunk, free := benchChunk()
		defer free()
		perRow(b, rows, func() {
			var a mapping.Appender
			if mapping.AppenderCreate(c.conn, "main", "b", &a) == mapping.StateError {
				b.Fatal("no appender")
			}
			for range rows / chunkRows {
				if mapping.AppendDataChunk(a, chunk) == mapping.StateError {
					b.Fatal("not appended")
				}
			}
			if mapping.AppenderDestroy(&a) == mapping.StateError {
				b.Fatal("not flushed")
			}
		})
	})
	b.Run("Appender", func(b *testing.B) {
		conn := benchTarget(b)
		values := make([]driver.Value, 20)
		for i := range values {
			values[i] = benchText
			if i >= 12 {
				values[i] = float64(1)
			}
		}
		const rows = 20_000
		perRow(b, rows, func() {
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
		})
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
		const rows = 1_000
		perRow(b, rows, func() {
			for range rows {
				if _, err := insert.Exec(values...); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

var benchText = []byte("Customer support, tier 1")

// perRow runs f and reports rows a second.
func perRow(b *testing.B, rows int, f func()) {
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
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
	if _, err := conn.ExecContext(b.Context(), "CREATE TABLE b ("+benchDDL()+")"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close(); db.Close() })
	return conn
}

// benchDDL is a table of 12 texts and 8 numbers.
func benchDDL() string {
	columns := append(slices.Repeat([]string{"VARCHAR"}, 12), slices.Repeat([]string{"DOUBLE"}, 8)...)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d %s", i, columns[i])
	}
	return strings.Join(columns, ", ")
}

// benchChunk is a full chunk for such a table.
func benchChunk() (chunk mapping.DataChunk, free func()) {
	s := New(make([]Column, 20))
	var types []mapping.LogicalType
	for i := range s.columns {
		if s.columns[i].Class = Float; i < 12 {
			s.columns[i].Class = Text
		}
		types = append(types, mapping.CreateLogicalType(classes[s.columns[i].Class].typ))
	}
	s.rows = chunkRows // so that the first chunk is a full one
	s.Begin()
	for range chunkRows {
		for i := range 12 {
			s.SetBytes(i, benchText)
		}
		for i := 12; i < 20; i++ {
			s.SetFloat(i, 1)
		}
		s.Next()
	}
	chunk = mapping.CreateDataChunk(types)
	for i, v := range s.chunks[0].vectors {
		v.copy(mapping.DataChunkGetVector(chunk, mapping.IdxT(i)), s.columns[i].Class, chunkRows)
	}
	mapping.DataChunkSetSize(chunk, chunkRows)
	return chunk, func() {
		mapping.DestroyDataChunk(&chunk)
		for i := range types {
			mapping.DestroyLogicalType(&types[i])
		}
		s.Drop()
	}
}
