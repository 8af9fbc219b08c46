package export

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// files is the process that stands for Intercom: as much of its API as a sync
// of one dataset asks for, and the export as a file. Its CSV is compressed
// once; an export of many rows repeats it as further members of the gzip.
type files struct {
	shape        Shape
	rows         atomic.Int64 // of the export
	header, body []byte
	began        atomic.Int64 // when the file was last asked for, in nanoseconds
}

// Serve serves an export, of as many rows as was last asked of /offer, until the
// process ends. listening is told where.
func Serve(s Shape, listening func(net.Listener)) error {
	f := &files{shape: s}
	header, body := s.CSV()
	size := len(body)
	var err error
	if f.header, err = gzipped(header); err != nil {
		return err
	}
	if f.body, err = gzipped(body); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /me", f.me)
	mux.HandleFunc("GET /export/reporting_data/get_datasets", f.datasets)
	mux.HandleFunc("POST /export/reporting_data/enqueue", f.job)
	mux.HandleFunc("GET /export/reporting_data/{id}", f.job)
	mux.HandleFunc("GET /download/reporting_data/{id}", f.download)
	mux.HandleFunc("GET /conversations/deleted", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"conversations": []any{}, "pages": map[string]any{"page": 1, "total_pages": 0}, "total_count": 0})
	})
	mux.HandleFunc("GET /began", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, f.began.Load()) })
	mux.HandleFunc("GET /offer", func(_ http.ResponseWriter, r *http.Request) {
		rows, _ := strconv.ParseInt(r.URL.Query().Get("rows"), 10, 64)
		f.rows.Store(rows)
	})
	mux.HandleFunc("GET /size", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%d %d %d", len(header), size, len(f.body))
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	listening(listener)
	return http.Serve(listener, mux)
}

func (f *files) me(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"type": "admin", "app": map[string]any{"id_code": "bench", "timezone": Timezone, "region": "US"}})
}

func (f *files) datasets(w http.ResponseWriter, _ *http.Request) {
	var attributes []map[string]string
	for _, a := range f.shape.attributes() {
		attributes = append(attributes, map[string]string{"id": a.ID, "qualified_id": a.QualifiedID, "name": a.ID})
	}
	writeJSON(w, map[string]any{"type": "list", "data": []any{map[string]any{
		"id": "conversation", "name": "Conversation", "default_time_attribute_id": "conversation_started_at", "attributes": attributes,
	}}})
}

// job is an export that is always ready.
func (f *files) job(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{"job_identifier": "job1", "status": "complete"})
}

func writeJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func (f *files) download(w http.ResponseWriter, r *http.Request) {
	f.began.Store(time.Now().UnixNano())
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Content-Encoding", "gzip")
	if _, err := w.Write(f.header); err != nil {
		return
	}
	for rows := int(f.rows.Load()); rows > 0; rows -= f.shape.Chunk {
		if _, err := w.Write(f.body); err != nil {
			return
		}
	}
}
