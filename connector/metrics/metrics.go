// Package metrics counts for Prometheus what the connector does.
//
// Everything is counted where it happens. What a sync does, the engine tells
// [Metrics] as its observer, and the client of Intercom tells of its waits
// (syncs.go). What Fivetran asked for, how long it took and how it ended is
// gRPC's to tell (calls.go). Of the log only the level of its records counts
// (log.go).
//
// Names begin with intercom_connector_. Labels hold ids of datasets, names of
// calls and a few fixed words: never a token, a workspace, a row or an address.
package metrics

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the counts of one process. They are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	rows, bytes, windows, jobs, slotWaits, waits, waited *prometheus.CounterVec
	jobSeconds                                           *prometheus.HistogramVec
	problems                                             prometheus.Counter

	calls, sent *prometheus.CounterVec
	running     *prometheus.GaugeVec
	callSeconds *prometheus.HistogramVec
}

const prefix = "intercom_connector_"

// seconds are buckets from a tenth of a second to a day: a setup test takes the
// first, a backfill of years the last.
var seconds = []float64{.1, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400}

// New makes counts that are all zero, with those of Go's runtime and of the
// process beside them.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),

		rows:       counter("rows_total", "Rows sent, by dataset and by why they were read.", "dataset", "what"),
		bytes:      counter("csv_bytes_total", "Bytes of CSV read, unpacked, by dataset.", "dataset"),
		windows:    counter("windows_total", "Windows sent whole, by dataset and by why they were read.", "dataset", "what"),
		jobs:       counter("jobs_total", "Export jobs by dataset and outcome: delivered, failed, again (asked for again) or given_up.", "dataset", "outcome"),
		slotWaits:  counter("export_slot_waits_total", "How often a job had to wait for one of Intercom's export slots; counted again about every half minute.", "dataset"),
		waits:      counter("intercom_waits_total", "Pauses before calls to Intercom, for its rate limit or after an error, by what was to be done.", "op"),
		waited:     counter("intercom_waited_seconds_total", "Seconds of those pauses.", "op"),
		jobSeconds: histogram("job_seconds", "How long delivered export jobs ran.", "dataset"),
		problems:   prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + "log_problems_total", Help: "Warnings and errors in the log."}),

		calls:       counter("calls_total", "Calls of Fivetran that ended, by method and gRPC status.", "method", "status"),
		sent:        counter("sent_bytes_total", "Bytes of answers, before compression, by method.", "method"),
		running:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + "calls_running", Help: "Calls of Fivetran under way, by method."}, []string{"method"}),
		callSeconds: histogram("call_seconds", "How long calls of Fivetran took; Update is a sync.", "method"),
	}
	m.registry.MustRegister(
		m.rows, m.bytes, m.windows, m.jobs, m.slotWaits, m.waits, m.waited, m.jobSeconds, m.problems,
		m.calls, m.sent, m.running, m.callSeconds,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Handler answers a scrape, at whatever path it is served.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Serve answers scrapes at /metrics, to which / leads, until stop is called, which
// returns when the listener is closed. /healthz answers 200 while healthy returns nil,
// else 503 and why.
func (m *Metrics) Serve(listener net.Listener, healthy func(context.Context) error) (stop func()) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := healthy(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.Handle("GET /{$}", http.RedirectHandler("/metrics", http.StatusFound))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with stop
	}()
	return func() {
		_ = server.Close()
		<-ended
	}
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
}

func histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: seconds}, labels)
}
