package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// interrupter cancels when a text has been written so many times.
type interrupter struct {
	mu     sync.Mutex // out and err are one here
	shown  strings.Builder
	text   string
	times  int32
	cancel context.CancelFunc
	seen   atomic.Int32
}

func (i *interrupter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), i.text) && i.seen.Add(1) == i.times {
		i.cancel()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.shown.Write(p)
}

// An interrupt in the middle ends the sync with code 1; the next one goes on,
// and lands what one sync would have.
func TestInterruptedInTheMiddle(t *testing.T) {
	good, rows := ownWorkspace(t, "one", "token-one")
	dir := t.TempDir()
	before := rows()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &interrupter{text: "INFO window", times: 6, cancel: cancel}
	if code := run(ctx, []string{"-c", good, "-d", dir, "--log-level", "info"}, strings.NewReader(""), out, out); code != 1 {
		t.Fatalf("exit %d:\n%s", code, out.shown.String())
	}
	contains(t, out.shown.String(), "interrupted", "Sync FAILED")
	if b, err := os.ReadFile(filepath.Join(dir, "state.json")); err != nil || len(b) < 10 {
		t.Errorf("the state is %q, %v\n%s", b, err, out.shown.String())
	}
	if code, out, errs := debug(t, "-c", good, "-d", dir); code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	_, n, _ := debug(t, "query", "-d", dir, "--format", "csv", "SELECT count(*) >= "+strconv.Itoa(before)+" AND count(*) <= "+strconv.Itoa(rows())+" FROM conversation")
	if !strings.Contains(n, "true") {
		t.Errorf("%s: the workspace has %d to %d rows", n, before, rows())
	}
}
