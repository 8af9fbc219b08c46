package operator

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"intercom-connector/membership/tables"
	"intercom-connector/operator/lake"
)

// halfRead writes so many contacts as an earlier run does.
func halfRead(t testing.TB, l *lake.Lake, rows int) []lake.Publication {
	t.Helper()
	r, err := l.Begin(t.Context(), []string{tables.Contact}, "2026-03-31", "2026-03-31")
	if err != nil {
		t.Fatal(err)
	}
	var w *lake.TableWriter
	for _, table := range tables.All() {
		if table.Name == tables.Contact {
			w = r.Table(table.Name, "2026-03-31", table.Columns, false)
		}
	}
	seen := time.Date(2026, 3, 31, 7, 0, 0, 0, time.UTC)
	for i := range rows {
		id := fmt.Sprintf("%024x", uint64(i)*0x9e3779b97f4a7c15)
		err := w.Row(t.Context(), []any{
			id, "customer-" + id[8:14], "user", fmt.Sprintf("person%d@example.com", i), fmt.Sprintf("Person %d", i), seen, seen, seen, "sandbox",
			fmt.Sprintf(`{"plan":"pro","seats":%d,"city":"Zürich"}`, i%97), nil,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.EndPart(); err != nil {
		t.Fatal(err)
	}
	return []lake.Publication{w.SoFar()}
}

// countBack counts the rows that come back.
func countBack(t testing.TB, l *lake.Lake, kept []lake.Publication) (rows int) {
	t.Helper()
	for key, err := range readBack(l, kept)(t.Context(), tables.Contact) {
		if err != nil || len(key) != 1 || len(key[0]) != 24 {
			t.Fatalf("%q, %v", key, err)
		}
		rows++
	}
	return rows
}

// TestReadingBackHoldsNothing bounds the heap while ids come back: one row and
// some buffers, however many rows there are.
func TestReadingBackHoldsNothing(t *testing.T) {
	w := &world{root: t.TempDir()}
	kept := halfRead(t, w.lake(t), 30_000)
	var before, within runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rows := 0
	for _, err := range readBack(w.lake(t), kept)(t.Context(), tables.Contact) {
		if err != nil {
			t.Fatal(err)
		}
		if rows++; rows == 27_000 {
			runtime.GC()
			runtime.ReadMemStats(&within)
		}
	}
	if held := int64(within.HeapAlloc) - int64(before.HeapAlloc); rows != 30_000 || held > 2<<20 {
		t.Errorf("after %d rows %d bytes are held", rows, held)
	}
}

// BenchmarkReadingBack reads the ids of contacts that an earlier run has kept.
func BenchmarkReadingBack(b *testing.B) {
	w := &world{root: b.TempDir()}
	kept := halfRead(b, w.lake(b), 200_000)
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		rows += countBack(b, w.lake(b), kept)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
