package metrics

import (
	"context"
	"log/slog"
)

// Log is a handler that counts the warnings and errors of a log, and passes every
// record on to next.
func (m *Metrics) Log(next slog.Handler) slog.Handler { return log{m, next} }

type log struct {
	metrics *Metrics
	next    slog.Handler
}

// Enabled takes in warnings, whether next wants them or not.
func (l log) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || l.next.Enabled(ctx, level)
}

func (l log) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelWarn {
		l.metrics.problems.Inc()
	}
	if !l.next.Enabled(ctx, record.Level) {
		return nil
	}
	return l.next.Handle(ctx, record)
}

func (l log) WithAttrs(attrs []slog.Attr) slog.Handler {
	return log{l.metrics, l.next.WithAttrs(attrs)}
}

func (l log) WithGroup(name string) slog.Handler { return log{l.metrics, l.next.WithGroup(name)} }
