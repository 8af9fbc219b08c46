package engagement_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/engagement"
	"intercom-connector/connector/export/record"
	"intercom-connector/intercom"
)

// packed is an export of so many receipts and half as many opens, and its rows and
// bytes.
func packed(b *testing.B, receipts int) (body []byte, rows, size int) {
	b.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	create := func(name, header string) io.Writer {
		f, err := w.Create(name + "_2026-01-01_2026-02-01.csv")
		if err != nil {
			b.Fatal(err)
		}
		size += len(header)
		_, _ = io.WriteString(f, header)
		return f
	}
	var names, firsts []string
	for _, c := range engagement.Tables()[0].Columns {
		if strings.HasPrefix(c.Name, "first_") {
			firsts = append(firsts, c.Name)
		} else {
			names = append(names, c.Name)
		}
	}
	f := create("receipt", strings.Join(append(names, firsts...), ",")+"\n")
	for i := range receipts {
		sent := 1767225600 + i
		line := fmt.Sprintf("%d,%d,66d50af5e854e808a586%04x,user-%d,-1,,person.%d@example.com,\"Person, %d\",4100101,41001011,email,\"Welcome, and a first step\",workflow,web,410010101,,-1,,", 88100000000+i, sent, i%65536, i, i, i)
		line += strings.Repeat(",", 10)
		if i%2 == 0 {
			line += fmt.Sprint(sent + 3600)
		}
		line += strings.Repeat(",", len(firsts)-10) + "\n"
		size += len(line)
		_, _ = io.WriteString(f, line)
	}
	f = create("open", "receipt_id,opened_at\n")
	for i := 0; i < receipts; i += 2 {
		line := fmt.Sprintf("%d,%d\n", 88100000000+i, 1767225600+i+3600)
		size += len(line)
		_, _ = io.WriteString(f, line)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return file.Bytes(), receipts + (receipts+1)/2, size
}

// sink encodes rows and throws them away.
type sink struct{}

func (sink) Rows(ctx context.Context, t csv.Table, w csv.Window, from csv.Source) (csv.Stats, error) {
	encoder, err := record.NewEncoder(t)
	if err != nil {
		return csv.Stats{}, err
	}
	return encoder.Encode(ctx, from, w, func(batch *record.Batch) error { batch.Free(); return nil })
}
func (sink) Begin(context.Context) error                     { return nil }
func (sink) End(context.Context, time.Time, time.Time) error { return nil }
func (sink) Keep(context.Context) error                      { return nil }
func (sink) Warn(context.Context, string) error              { return nil }

// BenchmarkEngagement reads an export from a real server into records, beside the
// decompression alone that bounds it.
func BenchmarkEngagement(b *testing.B) {
	body, rows, size := packed(b, 200_000)
	report := func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("engagement", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/download") {
				_, _ = w.Write(body)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"job_identifier":"j1","status":"completed"}`)
		}))
		defer server.Close()
		client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: server.URL})
		if err != nil {
			b.Fatal(err)
		}
		now := time.Unix(1767225600, 0).Add(25 * 24 * time.Hour)
		b.ReportAllocs()
		for b.Loop() {
			run := engagement.New(engagement.Config{
				Client: client, Sink: sink{}, Now: now, Zone: time.UTC, LookbackDays: 30,
				State: engagement.NewState(1767225600, 1767225600),
			})
			if err := run.Do(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		report(b)
	})
	b.Run("inflate", func(b *testing.B) {
		for b.Loop() {
			archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
			if err != nil {
				b.Fatal(err)
			}
			archive.RegisterDecompressor(zip.Deflate, flate.NewReader)
			for _, f := range archive.File {
				r, err := f.Open()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 128<<10)); err != nil {
					b.Fatal(err)
				}
			}
		}
		report(b)
	})
}
