package sandbox

import (
	"fmt"
	"maps"
	"net/http"

	"intercom-connector/sandbox/api"
)

// Stats is what a workspace has been through.
type Stats struct {
	Calls        map[string]int // by pattern, such as "GET /contacts/{id}/tags"; "" for unknown paths
	Total        int            // all calls
	RateLimited  int            // calls over the rate limit, each answered with 429
	JobLimited   int            // enqueue calls over the job limit, each answered with 429
	Faults       int            // answers that a fault has spoilt
	Bytes        int64          // of bodies, as sent
	Jobs         int            // export jobs enqueued
	PeakPending  int            // most jobs that ran at once
	MeanInFlight float64        // jobs running on average, from the first enqueue to the last completion
	Scrolls      int            // company scrolls begun
	RowsExported int64          // rows written into downloads
}

type traffic struct {
	calls       map[string]int
	total       int
	faults      int
	rateLimited int
	bytes       int64
	window      int64 // ten-second window of the workspace's clock
	used        int   // calls in it
}

func (s *Sandbox) admit(r *http.Request, pattern string) api.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.traffic
	q := api.Request{Index: t.total, Nth: t.calls[pattern], Path: r.URL.Path, Pattern: pattern}
	t.total++
	t.calls[pattern]++
	return q
}

func (s *Sandbox) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.traffic
	jobs := s.reporting.Stats()
	return Stats{
		Calls: maps.Clone(t.calls), Total: t.total, RateLimited: t.rateLimited,
		Faults: t.faults, Bytes: t.bytes, Scrolls: s.people.ScrollsBegun(),
		Jobs: jobs.Jobs, PeakPending: jobs.PeakPending, JobLimited: jobs.JobLimited,
		MeanInFlight: jobs.MeanInFlight, RowsExported: jobs.RowsExported,
	}
}

// String is one line for people.
func (s Stats) String() string {
	return fmt.Sprintf("%d calls, %d jobs (at most %d at once), %d rows exported, %d bytes sent, %d calls over the rate limit",
		s.Total, s.Jobs, s.PeakPending, s.RowsExported, s.Bytes, s.RateLimited)
}

func (s *Sandbox) sent(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.bytes += bytes
}

type countingWriter struct {
	http.ResponseWriter
	bytes int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
