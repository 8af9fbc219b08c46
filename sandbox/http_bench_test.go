package sandbox

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// BenchmarkDownload measures whole downloads over loopback, as sent.
func BenchmarkDownload(b *testing.B) {
	for _, form := range []BodyForm{Plain, GzipBody} {
		b.Run(string(form), func(b *testing.B) {
			s := New(Options{Now: at(morning), RowsPerDay: 20_000, Body: form, JobTime: instant, RateLimit: 1 << 30})
			server := httptest.NewServer(s)
			defer server.Close()
			table := s.tables[0]
			j, err := s.startJob(job{table: table, columns: table.columns[:20], selection: selection{
				from: morning.Add(-10 * day).Unix(), to: morning.Unix(),
			}})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/download/reporting_data/"+j.id, nil)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+defaultToken)
				r.Header.Set("Accept", "application/octet-stream")
				answer, err := server.Client().Do(r)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, answer.Body); err != nil {
					b.Fatal(err)
				}
				_ = answer.Body.Close()
			}
			perRun := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(s.count(j))/perRun.Seconds(), "rows/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
