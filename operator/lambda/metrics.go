package lambda

import (
	"encoding/json"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// Namespace is where the metrics are in CloudWatch, by FunctionName.
const Namespace = "IntercomOperator"

// The metrics of an invocation, and their units.
const (
	Rows       = "Rows"       // written
	Calls      = "Calls"      // to Intercom, repeated ones too
	Seconds    = "Seconds"    // that the invocation took
	HandOvers  = "HandOvers"  // to a next turn: 0 or 1
	Published  = "Published"  // tables
	Incomplete = "Incomplete" // tables that were published without proof of being complete
	ExportDays = "ExportDays" // days of exports that were published
	Exported   = "Exported"   // 1 where the exports are read up to now, else 0
	Failures   = "Failures"   // 0 or 1
)

type metric struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// metrics is an invocation's count of what it did.
type metrics struct {
	began                            time.Time
	rows, calls                      atomic.Int64
	handOvers, published, incomplete int64
	exportDays, exported, failures   int64
}

// write writes a line in CloudWatch's embedded metric format.
func (m *metrics) write(to io.Writer, function string, now time.Time) error {
	names := []metric{
		{Rows, "Count"},
		{Calls, "Count"},
		{Seconds, "Seconds"},
		{HandOvers, "Count"},
		{Published, "Count"},
		{Incomplete, "Count"},
		{ExportDays, "Count"},
		{Exported, "Count"},
		{Failures, "Count"},
	}
	line, err := json.Marshal(map[string]any{
		"_aws": map[string]any{
			"Timestamp": now.UnixMilli(),
			"CloudWatchMetrics": []any{map[string]any{
				"Namespace": Namespace, "Dimensions": [][]string{{"FunctionName"}}, "Metrics": names,
			}},
		},
		"FunctionName": function,
		Rows:           m.rows.Load(), Calls: m.calls.Load(), Seconds: now.Sub(m.began).Seconds(),
		HandOvers: m.handOvers, Published: m.published, Incomplete: m.incomplete,
		ExportDays: m.exportDays, Exported: m.exported, Failures: m.failures,
	})
	if err != nil {
		return err
	}
	_, err = to.Write(append(line, '\n'))
	return err
}

// counting counts the calls that pass.
type counting struct {
	next  http.RoundTripper
	calls *atomic.Int64
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls.Add(1)
	return c.next.RoundTrip(r)
}
