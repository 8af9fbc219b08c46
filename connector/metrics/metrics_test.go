package metrics

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"intercom-connector/connector"
	"intercom-connector/connector/export/dataset"
	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
	"intercom-connector/sandbox/faults"
)

// counted drives a real connector through one sync of a workspace, and returns
// what it sent and what a scrape then says.
func counted(t *testing.T, options sandbox.Options) (rows int, samples map[string]float64) {
	t.Helper()
	base, stop, err := sandbox.New(options).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	m := New()
	log := slog.New(m.Log(slog.DiscardHandler))
	server := grpc.NewServer(grpc.ForceServerCodecV2(record.ServerCodec()), grpc.StatsHandler(m.Calls()))
	sdk.RegisterSourceConnectorServer(server, connector.New(connector.Options{AllowBaseURL: true, Log: log, Observer: m, OnWait: m.Wait}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	conn, err := grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := sdk.NewSourceConnectorClient(conn).Update(t.Context(), &sdk.UpdateRequest{Configuration: map[string]string{
		"access_token": "sandbox-token", "base_url": base, "dataset_id": "conversation, call",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range response.GetRecords().GetRecords() {
			if slices.Contains(dataset.IDs(), record.GetTableName()) { // teammates and teams are no export's
				rows++
			}
		}
	}
	server.GracefulStop() // the call's end is counted before the server is still
	<-served
	return rows, scrape(t, m)
}

// scrape reads what Prometheus would: the value of each sample.
func scrape(t *testing.T, m *Metrics) map[string]float64 {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	samples := map[string]float64{}
	lines := bufio.NewScanner(recorder.Body)
	for lines.Scan() {
		at := strings.LastIndexByte(lines.Text(), ' ')
		if strings.HasPrefix(lines.Text(), "#") || at < 0 {
			continue
		}
		value, err := strconv.ParseFloat(lines.Text()[at+1:], 64)
		if err != nil {
			t.Errorf("%q: %v", lines.Text(), err)
		}
		samples[lines.Text()[:at]] = value
	}
	return samples
}

func TestSyncIsCounted(t *testing.T) {
	rows, samples := counted(t, sandbox.Options{RowsPerDay: 500})
	var sum float64
	for name, value := range samples {
		if strings.HasPrefix(name, "intercom_connector_rows_total") {
			sum += value
		}
	}
	if rows == 0 || int(sum) != rows {
		t.Errorf("%v rows counted, %d sent", sum, rows)
	}
	for name, want := range map[string]float64{
		`intercom_connector_calls_total{method="Update",status="OK"}`:    1,
		`intercom_connector_calls_running{method="Update"}`:              0,
		`intercom_connector_call_seconds_count{method="Update"}`:         1,
		`intercom_connector_log_problems_total`:                          0,
		`intercom_connector_jobs_total{dataset="call",outcome="failed"}`: 0,
		`intercom_connector_intercom_waits_total{op="list datasets"}`:    0,
		`intercom_connector_export_slot_waits_total{dataset="call"}`:     0,
	} {
		if samples[name] != want {
			t.Errorf("%s: %v, want %v", name, samples[name], want)
		}
	}
	for _, name := range []string{
		`intercom_connector_csv_bytes_total{dataset="conversation"}`,
		`intercom_connector_jobs_total{dataset="call",outcome="delivered"}`,
		`intercom_connector_windows_total{dataset="call",what="new rows"}`,
		`intercom_connector_job_seconds_count{dataset="call"}`,
		`intercom_connector_sent_bytes_total{method="Update"}`,
		`go_goroutines`,
	} {
		if samples[name] <= 0 {
			t.Errorf("%s: %v", name, samples[name])
		}
	}
}

// Each trouble moves its own count.
func TestTroublesAreCounted(t *testing.T) {
	tests := []struct{ fault, sample string }{
		{"GET /export/reporting_data/get_datasets#0:503", `intercom_connector_intercom_waits_total{op="list datasets"}`},
		{"GET /export/reporting_data/get_datasets#0:429-rate=retry-after", `intercom_connector_intercom_waited_seconds_total{op="list datasets"}`},
		{"POST /export/reporting_data/enqueue#0:429-jobs", `intercom_connector_export_slot_waits_total{dataset="*"}`},
		{"GET /export/reporting_data/{job_identifier}#0:job-failed", `intercom_connector_jobs_total{dataset="*",outcome="failed"}`},
		{"GET /export/reporting_data/{job_identifier}#0:job-failed", `intercom_connector_log_problems_total`},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			choose, err := faults.ParseFault(test.fault)
			if err != nil {
				t.Fatal(err)
			}
			_, samples := counted(t, sandbox.Options{RowsPerDay: 50, Faults: choose})
			for _, dataset := range []string{"conversation", "call"} {
				if samples[strings.Replace(test.sample, "*", dataset, 1)] > 0 {
					return
				}
			}
			t.Errorf("%s did not move", test.sample)
		})
	}
}

func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var health error
	stop := New().Serve(listener, func(context.Context) error { return health })
	check := func(path string, want int) {
		t.Helper()
		response, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
	check("/metrics", http.StatusOK)
	check("/", http.StatusOK)
	check("/other", http.StatusNotFound)
	check("/healthz", http.StatusOK)
	health = errors.New("draining")
	check("/healthz", http.StatusServiceUnavailable)
	stop()
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// What the log's own handler does not want is counted all the same, and what it
// wants reaches it.
func TestLogPassesOn(t *testing.T) {
	var out strings.Builder
	m := New()
	log := slog.New(m.Log(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))).With("a", 1).WithGroup("g")
	log.Info("window", "dataset", "call")
	if out.String() != "" {
		t.Errorf("passed on: %q", out.String())
	}
	log.Warn("hello", "b", 2)
	if !strings.HasSuffix(out.String(), "level=WARN msg=hello a=1 g.b=2\n") {
		t.Errorf("passed on: %q", out.String())
	}
	if n := scrape(t, m)["intercom_connector_log_problems_total"]; n != 1 {
		t.Errorf("%v problems", n)
	}
	if !log.Handler().Enabled(context.Background(), slog.LevelWarn) || log.Handler().Enabled(context.Background(), slog.LevelInfo) {
		t.Error("warnings, and what next wants")
	}
}
