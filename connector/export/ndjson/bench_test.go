package ndjson

import (
	"io"
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

func discard(int64, bool, []byte) error { return nil }

func mustEncoder(tb testing.TB, t csv.Table) *Encoder {
	tb.Helper()
	e, err := NewEncoder(t)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// BenchmarkPack encodes and packs, beside encoding alone.
func BenchmarkPack(b *testing.B) {
	s := csvtest.Shapes[0]
	table, input := s.Export()
	e := mustEncoder(b, table)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		p := NewPacker(io.Discard)
		if _, err := e.Encode(b.Context(), &csvtest.Blocks{Data: input}, csv.Window{}, func(_ int64, _ bool, line []byte) error {
			_, err := p.Write(line)
			return err
		}); err != nil {
			b.Fatal(err)
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
