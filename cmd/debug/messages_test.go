package main

import (
	"strings"
	"testing"
)

// Message engagement lands where it is asked for; state tells of it, and reset
// forgets both of its tables.
func TestMessages(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := debug(t, "--engagement", "on", "--sandbox-days", "1", "-d", dir)
	if code != 0 {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	contains(t, out, "tester.message_receipt", "Messages: sent, opened, clicked, answered")
	if code, out, _ := debug(t, "query", "-d", dir, "SELECT count(*) > 0 AS enough FROM message_event WHERE occurred_at IS NOT NULL"); code != 0 || !strings.Contains(out, "true") {
		t.Errorf("%d: %s", code, out)
	}
	_, out, _ = debug(t, "state", "-d", dir)
	contains(t, out, "Messages are read from ")
	code, out, errs = debug(t, "reset", "message_event", "--yes", "-d", dir)
	if code != 0 {
		t.Fatalf("%d: %s%s", code, out, errs)
	}
	contains(t, out, "Forgot the tables of message engagement, which are read together")
	if _, out, _ := debug(t, "state", "-d", dir); strings.Contains(out, "Messages are read") {
		t.Error(out)
	}
	if code, _, errs := debug(t, "--engagement", "yes", "--sandbox-days", "1", "-d", dir); code != 2 || !strings.Contains(errs, "none") {
		t.Errorf("%d: %s", code, errs)
	}
}
