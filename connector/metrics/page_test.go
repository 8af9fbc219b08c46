package metrics

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// The page that tells of the metrics has each of them, and no other.
func TestPageNamesEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../../docs/every-day.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(intercom_connector_[a-z_]+)`").FindAllStringSubmatch(string(text), -1) {
		told = append(told, m[1])
	}
	m := New()
	descriptions := make(chan *prometheus.Desc, 100)
	for _, c := range []prometheus.Collector{
		m.rows, m.bytes, m.windows, m.jobs, m.slotWaits, m.waits, m.waited, m.jobSeconds, m.problems, m.calls, m.sent, m.running, m.callSeconds,
	} {
		c.Describe(descriptions)
	}
	close(descriptions)
	var all []string
	for d := range descriptions {
		all = append(all, regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1])
	}
	slices.Sort(all)
	slices.Sort(told)
	if !slices.Equal(all, told) {
		t.Errorf("the page tells of %q, there are %q", told, all)
	}
}
