package record

import (
	"testing"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/csv/csvtest"
)

func BenchmarkEncode(b *testing.B) {
	for _, s := range csvtest.Shapes {
		b.Run(s.Name, func(b *testing.B) {
			table, input := s.Export()
			e := mustEncoder(b, table)
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Encode(b.Context(), &csvtest.Blocks{Data: input}, csv.Window{}, discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(s.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkOccurrence(b *testing.B) {
	table, input := csvtest.Shapes[0].Export()
	table.RowID, table.Occurrence = false, true
	e := mustEncoder(b, table)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(b.Context(), &csvtest.Blocks{Data: input}, csv.Window{}, discard); err != nil {
			b.Fatal(err)
		}
	}
}

func discard(b *Batch) error {
	b.Free()
	return nil
}

func mustEncoder(tb testing.TB, t csv.Table) *Encoder {
	tb.Helper()
	e, err := NewEncoder(t)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}
