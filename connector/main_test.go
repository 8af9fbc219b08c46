package connector

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain collects garbage more seldom: a third of the histories' time is the
// collector's, which begins anew with every few megabytes.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
