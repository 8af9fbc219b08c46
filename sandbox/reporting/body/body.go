package body

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"intercom-connector/sandbox/workspace"
)

// fileName is an export's, in its headers and in an archive.
const fileName = "reporting_data.csv"

// Body is the result of an export.
type Body struct {
	Options *workspace.Options
	Time    time.Time // of the files in an archive
	// CSV writes one of the parts, the same bytes each time.
	CSV func(w io.Writer, part int) error
}

type Counter int64

func (c *Counter) Write(p []byte) (int, error) {
	*c += Counter(len(p))
	return len(p), nil
}

func (b *Body) Write(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+fileName+`"`)
	switch b.Options.Body {
	case workspace.ContentEncodingGzip:
		return b.writeEncoded(w, r)
	case workspace.GzipBody:
		return b.writeGzip(w)
	case workspace.TarGz:
		return b.compressed(w, b.writeTar)
	case workspace.Zip:
		return b.writeZip(w)
	default:
		return b.writePlain(w)
	}
}

// part writes one CSV file.
func (b *Body) part(w io.Writer, part int) error {
	if b.Options.Speaks("utf-16") {
		w = &utf16Writer{to: w}
	}
	return b.CSV(w, part)
}

// writeEncoded is CSV with HTTP's own compression, where the client takes it.
func (b *Body) writeEncoded(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return b.part(w, 0)
	}
	h.Set("Content-Encoding", "gzip")
	csv := func(w io.Writer) error { return b.part(w, 0) }
	if b.Options.Speaks("packed-twice") {
		return b.compressed(w, func(w io.Writer) error { return b.compressed(w, csv) })
	}
	return b.compressed(w, csv)
}

// writePlain is CSV as it is.
func (b *Body) writePlain(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	switch b.Options.Answer("packed") {
	case "packed-mislabelled":
		h.Set("Content-Encoding", "gzip")
	case "packed-short":
		var size Counter
		if err := b.part(&size, 0); err != nil {
			return err
		}
		h.Set("Content-Length", strconv.Itoa(int(size)+1))
	}
	return b.part(w, 0)
}

func (b *Body) compressed(w io.Writer, write func(io.Writer) error) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}
