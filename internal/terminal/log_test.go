package terminal

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestLog(t *testing.T) {
	var b strings.Builder
	log := NewLog(&b, slog.LevelInfo).With("dataset", "call").WithGroup("job")
	log.Debug("not shown")
	log.Info("window", "rows", 3)
	log.Warn("slow\nline", "seconds", 1.5)
	log = NewLog(&b, slog.LevelError)
	log.Info("waiting", "op", "get_datasets", "wait", time.Second, "reason", "not told")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := slog.NewRecord(at, slog.LevelInfo, "waiting", 0)
	r.AddAttrs(slog.String("op", "get_datasets"), slog.Duration("wait", 8*time.Second), slog.String("reason", "no such\nhost"))
	for range 2 {
		if err := log.Handler().Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	want := "INFO window dataset=call job.rows=3\nWARNING slow line dataset=call job.seconds=1.5\n" +
		"trying again at 03:04:13 (in 8s), get_datasets: no such host\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
