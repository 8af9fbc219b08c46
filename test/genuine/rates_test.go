//go:build genuine

package genuine

import (
	"flag"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

var rowsADay = flag.Int("rows", 5_000, "how many rows TestRates moves; make bench takes more, for steadier figures")

// The project's rows a second beside a plain Python connector's, of the same
// rows, on the same SDK, to the same client. The figures are told; that all
// bring every row is tested.
func TestRates(t *testing.T) {
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	start := noon.Add(-24 * time.Hour)
	base, stop, err := sandbox.New(sandbox.Options{
		Now: func() time.Time { return noon }, Contacts: 10, Companies: 2, RowsPerDay: *rowsADay, Timezone: "UTC",
		JobTime: func(string, int, time.Duration) time.Duration { return 0 },
	}).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	configuration := map[string]string{
		"access_token": "sandbox-token", "base_url": base, "dataset_id": "conversation", "lookback_days": "0", "lookups": "none",
		"initial_start_time": strconv.FormatInt(start.Unix(), 10), "window_seconds": "86400",
	}
	window := map[string]string{
		"access_token": "sandbox-token", "base_url": base,
		"start": strconv.FormatInt(start.Unix(), 10), "end": strconv.FormatInt(noon.Unix(), 10),
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.CopyFS(plain, os.DirFS("python/plain")); err != nil {
		t.Fatal(err)
	}
	contestants := []struct {
		name          string
		client        func() sdk.SourceConnectorClient
		configuration map[string]string
		goal          float64 // of a plain one's rows a second
	}{
		{"a plain Python connector", func() sdk.SourceConnectorClient { return started(t, plain, newest).client }, window, 1},
		{"the project, through operations", func() sdk.SourceConnectorClient { return operations(t, newest) }, configuration, 1},
		{"the project, handed on", func() sdk.SourceConnectorClient { return started(t, written(t), newest).client }, configuration, 3.5},
	}
	var want int
	var measure float64
	for _, c := range contestants {
		nothing := "{}"
		client := c.client()
		if _, err := client.Schema(t.Context(), &sdk.SchemaRequest{Configuration: c.configuration}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		rows := counted(t, client, &sdk.UpdateRequest{Configuration: c.configuration, StateJson: &nothing})
		rate := float64(rows) / time.Since(began).Seconds()
		if want == 0 {
			want, measure = rows, rate
		}
		if rows != want || rows < 1000 {
			t.Errorf("%s: %d rows, want %d", c.name, rows, want)
		}
		reached := map[bool]string{true: "reached", false: "missed"}[rate/measure >= c.goal]
		t.Logf("%-32s %6.0f rows a second, %.1f of a plain one; the goal of %.1f is %s", c.name, rate, rate/measure, c.goal, reached)
	}
	// What a client in Python can take, whatever serves it.
	_, port, err := net.SplitHostPort(serving(t))
	if err != nil {
		t.Fatal(err)
	}
	got := askedInPython(t, port, configuration)
	if got.Rows["conversation"] != want {
		t.Errorf("a client in Python: %d rows, want %d", got.Rows["conversation"], want)
	}
	rate := float64(want) / got.Seconds
	t.Logf("%-32s %6.0f rows a second, %.1f of a plain one", "the server, to a Python client", rate, rate/measure)
}
