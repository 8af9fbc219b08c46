package reporting

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/random"
	"intercom-connector/sandbox/workspace"
)

// download answers with an export's rows, made as they are sent.
func (s *API) download(w http.ResponseWriter, r *http.Request, _ api.Request) error {
	if !strings.Contains(r.Header.Get("Accept"), "application/octet-stream") {
		return api.BadRequest("The Accept header must be application/octet-stream")
	}
	j, err := s.job(r.PathValue("job_identifier"))
	switch {
	case err != nil:
		return err
	case j.fate.Expired != 0:
		api.WriteExpired(w, j.fate.Expired)
		return nil
	case j.fate.Ended != "" || j.fate.Pending(s.now()) || s.tooLong(&j):
		return api.NotFound("Export job not found for identifier: %s", j.id)
	}
	if s.options.Speaks("result-late") && s.countAsked(j.id, func(j *job) *int { return &j.fetched }) < lateAnswers {
		return api.NotFound("Export job not found for identifier: %s", j.id)
	}
	s.mu.Lock()
	s.downloads++
	s.mu.Unlock()
	if err := s.writeBody(w, r, &j); err != nil {
		// The client is gone, or the body broke; either way the answer must
		// not look whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// refuseFile answers for a download_url that a dialect lets lead nowhere.
func (s *API) refuseFile(w http.ResponseWriter, _ *http.Request, _ api.Request) error {
	status := http.StatusNotFound
	if s.options.Speaks("url-403") {
		status = http.StatusForbidden
	}
	api.WriteExpired(w, status)
	return nil
}

func (s *API) writeBody(w http.ResponseWriter, r *http.Request, j *job) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+path.Base(s.options.EntryName)+`"`)
	switch s.options.Body {
	case workspace.ContentEncodingGzip:
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			return s.writeCSV(w, j, 0)
		}
		h.Set("Content-Encoding", "gzip")
		return s.compressed(w, func(w io.Writer) error { return s.writeCSV(w, j, 0) })
	case workspace.GzipBody:
		return s.compressed(w, func(w io.Writer) error { return s.writeCSV(w, j, 0) })
	case workspace.TarGz:
		return s.compressed(w, func(w io.Writer) error { return s.writeTar(w, j) })
	case workspace.Zip:
		return s.writeZip(w, j)
	default:
		h.Set("Content-Type", "text/csv; charset=utf-8")
		return s.writeCSV(w, j, 0)
	}
}

func (s *API) compressed(w io.Writer, write func(io.Writer) error) error {
	z, err := gzip.NewWriterLevel(w, s.options.GzipLevel)
	if err != nil {
		return err
	}
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}

// writeTar makes each CSV twice: a tar header wants the size first, and the
// rows are the same every time.
func (s *API) writeTar(w io.Writer, j *job) error {
	archive := tar.NewWriter(w)
	for part := range s.options.Parts {
		var size byteCounter
		if err := s.writeCSV(&size, j, part); err != nil {
			return err
		}
		header := &tar.Header{Name: s.entryName(part), Mode: 0o644, Size: int64(size), ModTime: j.fate.Done, Format: tar.FormatPAX}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if err := s.writeCSV(archive, j, part); err != nil {
			return err
		}
	}
	return archive.Close()
}

type byteCounter int64

func (c *byteCounter) Write(p []byte) (int, error) {
	*c += byteCounter(len(p))
	return len(p), nil
}

func (s *API) writeZip(w io.Writer, j *job) error {
	archive := zip.NewWriter(w)
	for part := range s.options.Parts {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: s.entryName(part), Method: zip.Deflate, Modified: j.fate.Done})
		if err != nil {
			return err
		}
		if err := s.writeCSV(entry, j, part); err != nil {
			return err
		}
	}
	return archive.Close()
}

// entryName is the name of a part's file: the given one, numbered from the
// second part on.
func (s *API) entryName(part int) string {
	name := s.options.EntryName
	if part == 0 {
		return name
	}
	extension := path.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, extension), part+1, extension)
}

// downloadURL is where a finished job's rows are.
func (s *API) downloadURL(r *http.Request, j *job) string {
	if s.options.NoDownloadURL {
		return ""
	}
	base, query := s.options.DownloadBase, url.Values{"app_id": {s.options.AppID}, "job_identifier": {j.id}}
	if base == "" {
		base = "http://" + r.Host
	} else {
		query.Set("signature", s.signature(j.id))
	}
	path := "/download/reporting_data/"
	if s.options.Speaks("url-403") || s.options.Speaks("url-404") {
		path = "/files/reporting_data/"
	}
	return strings.TrimSuffix(base, "/") + path + j.id + "?" + query.Encode()
}

// signature stands for the token in a download_url of another host.
func (s *API) signature(id string) string {
	draw := random.Source(s.options.Seed).At(random.SaltOf(id), 0x51)
	return fmt.Sprintf("%016x", draw.Next())
}

// Signed says whether a request carries a job's signature.
func (s *API) Signed(r *http.Request) bool {
	id, ok := strings.CutPrefix(r.URL.Path, "/download/reporting_data/")
	return ok && s.options.DownloadBase != "" && r.URL.Query().Get("signature") == s.signature(id)
}
