package workspace

import (
	"testing"
	"time"
)

// TestNextDay goes by Intercom's clock and the workspace's zone, however far from it the
// machine's clock is.
func TestNextDay(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, ahead := range []time.Duration{0, 5 * time.Hour, -5 * time.Hour} {
		intercoms := time.Date(2026, 5, 4, 22, 0, 0, 0, zone)
		w := &Workspace{Now: intercoms.Add(-max(ahead, 0)), Zone: zone, Ahead: ahead}
		next := w.NextDay(func() time.Time { return intercoms.Add(-ahead) })
		for _, c := range []struct {
			at   time.Time
			want bool
		}{
			{intercoms, false},
			{time.Date(2026, 5, 4, 23, 59, 59, 0, zone), false},
			{time.Date(2026, 5, 5, 0, 0, 0, 0, zone), true},
			{time.Date(2026, 5, 6, 0, 0, 0, 0, zone), true},
		} {
			intercoms = c.at
			if got := next(); got != c.want {
				t.Errorf("%v ahead, at %v: %t", ahead, c.at, got)
			}
		}
	}
}
