package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkDownload measures whole downloads over loopback, as sent.
func BenchmarkDownload(b *testing.B) {
	for _, form := range []BodyForm{Plain, GzipBody} {
		b.Run(string(form), func(b *testing.B) {
			s := New(Options{Now: at(morning), RowsPerDay: 20_000, Body: form, JobTime: instant, RateLimit: 1 << 30})
			server := httptest.NewServer(s)
			defer server.Close()
			j := enqueueTwenty(b, server)
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/download/reporting_data/"+j, nil)
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
			b.ReportMetric(float64(s.Stats().RowsExported)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// enqueueTwenty starts an export of ten days and twenty attributes.
func enqueueTwenty(b *testing.B, server *httptest.Server) (id string) {
	b.Helper()
	call := func(method, path, body string, into any) {
		r, err := http.NewRequestWithContext(b.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+defaultToken)
		answer, err := server.Client().Do(r)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
			b.Fatal(err)
		}
	}
	var list datasetList
	call("GET", "/export/reporting_data/get_datasets", "", &list)
	var job jobView
	call("POST", "/export/reporting_data/enqueue", exportBody("conversation", morning.Add(-10*day), morning, list.keys("conversation")[:20]...), &job)
	return job.ID
}
