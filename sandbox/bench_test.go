package sandbox

import (
	"io"
	"testing"
	"time"
)

// BenchmarkRows measures how fast rows of twenty columns are made and written.
func BenchmarkRows(b *testing.B) {
	s := New(Options{Now: at(morning), RowsPerDay: 20_000})
	j := job{table: s.tables[0], columns: s.tables[0].columns[:20], selection: selection{
		from: morning.Add(-10 * day).Unix(), to: morning.Unix(), at: morning,
	}}
	rows := s.count(&j)
	var size byteCounter
	if err := s.writeCSV(&size, &j, 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.writeCSV(io.Discard, &j, 0); err != nil {
			b.Fatal(err)
		}
	}
	perRun := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(rows)/perRun.Seconds(), "rows/s")
	b.ReportMetric(float64(size)/perRun.Seconds()/1e6, "MB/s")
	b.ReportMetric(0, "ns/op")
}
