package sandbox

import (
	"bytes"
	"encoding/binary"
	"maps"
	"net/http"
	"strconv"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/engagement"
	"intercom-connector/sandbox/reporting"
)

// recorded is an answer kept in memory, to be spoilt before it is sent. Only
// faults need it; whole answers are never held.
type recorded struct {
	header http.Header
	status int
	body   []byte
}

func (a *recorded) Header() http.Header { return a.header }

func (a *recorded) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorded) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, p...)
	return len(p), nil
}

// record answers a request into memory.
func (s *Sandbox) record(r *http.Request) *recorded {
	answer := &recorded{header: http.Header{}}
	s.routes.ServeHTTP(answer, r)
	return answer
}

// head sends the status and the headers.
func (a *recorded) head(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(max(a.status, http.StatusOK))
}

func (a *recorded) replay(w http.ResponseWriter) {
	a.head(w)
	_, _ = w.Write(a.body)
}

// half sends the first half of the body and makes sure that it is on its way.
func (a *recorded) half(w http.ResponseWriter) {
	a.head(w)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
}

// injectBody sends an answer that is right at first and then goes wrong.
func (s *Sandbox) injectBody(name, arg string, w http.ResponseWriter, r *http.Request, q api.Request) bool {
	switch name {
	case "truncated-json", "truncated-body", "bad-gzip-crc", "clock-skew", "reset-middle", "stall-body":
	default:
		return false
	}
	answer := s.record(r)
	isDownload := (q.Pattern == reporting.DownloadPattern || q.Pattern == engagement.DownloadPattern) && answer.status == http.StatusOK
	switch name {
	case "reset-middle":
		answer.half(w)
		reset(w)
		return true
	case "stall-body":
		answer.half(w)
		s.stall(r)
	case "truncated-json":
		if !isDownload {
			answer.body = answer.body[:len(answer.body)/2]
		}
	case "truncated-body":
		if isDownload && isCompressed(answer.body) {
			answer.body = answer.body[:len(answer.body)/2]
		} else if isDownload {
			answer.header.Set("Content-Length", strconv.Itoa(len(answer.body)))
			answer.half(w)
			panic(http.ErrAbortHandler)
		}
	case "bad-gzip-crc":
		if isDownload {
			spoilChecksum(answer.body)
		}
	case "clock-skew":
		s.skew(answer, w.Header(), arg)
	}
	answer.replay(w)
	return true
}

func (s *Sandbox) skew(answer *recorded, h http.Header, arg string) {
	by, err := time.ParseDuration(arg)
	if err != nil {
		by = defaultSkew
	}
	h.Set("Date", s.now().Add(s.options.ClockSkew+by).UTC().Format(http.TimeFormat))
	if reset, err := strconv.ParseInt(answer.header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		answer.header.Set("X-RateLimit-Reset", strconv.FormatInt(reset+int64(by/time.Second), 10))
	}
}

var (
	gzipMagic      = []byte{0x1f, 0x8b}
	zipMagic       = []byte("PK\x03\x04")
	zipCentral     = []byte("PK\x01\x02")
	zipDescriptor  = []byte("PK\x07\x08")
	centralCRC     = 16 // place of the checksum in a central header
	descriptorCRC  = 4  // and in a data descriptor
	gzipTrailerLen = 8  // checksum and size
)

func isCompressed(body []byte) bool {
	return bytes.HasPrefix(body, gzipMagic) || bytes.HasPrefix(body, zipMagic)
}

// spoilChecksum changes the checksum at the end of a gzip or zip body.
func spoilChecksum(body []byte) {
	flip := func(at int) {
		binary.LittleEndian.PutUint32(body[at:], ^binary.LittleEndian.Uint32(body[at:]))
	}
	switch {
	case bytes.HasPrefix(body, gzipMagic):
		flip(len(body) - gzipTrailerLen)
	case bytes.HasPrefix(body, zipMagic):
		flip(bytes.LastIndex(body, zipCentral) + centralCRC)
		flip(bytes.LastIndex(body, zipDescriptor) + descriptorCRC)
	}
}
