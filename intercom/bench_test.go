package intercom

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// BenchmarkDownload reads an export from a real server, beside the decompression
// alone that bounds it.
func BenchmarkDownload(b *testing.B) {
	var csv strings.Builder
	csv.WriteString("id,started_at,state,team,text\n")
	for i := range 200_000 {
		fmt.Fprintf(&csv, "%d,2026-01-%02d 10:%02d:%02d,closed,Team %d,\"row %x, and more\"\n", i*7919, i%28+1, i%60, i*7%60, i%17, i*i)
	}
	body := gz(csv.String())
	b.Run("download", func(b *testing.B) {
		c := serve(b, say(200, body))
		b.SetBytes(int64(csv.Len()))
		b.ReportAllocs()
		for b.Loop() {
			d, err := c.Download(context.Background(), doneJob)
			if err != nil {
				b.Fatal(err)
			}
			for err == nil {
				_, err = d.Next()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
			d.Close()
		}
	})
	b.Run("gunzip", func(b *testing.B) {
		b.SetBytes(int64(csv.Len()))
		for b.Loop() {
			z, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{z}, make([]byte, blockSize)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
