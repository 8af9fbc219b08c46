package metrics

import (
	"context"
	"log/slog"
	"strings"
)

// Log is a handler that counts what the connector's log tells, and passes every
// record on to next.
func (m *Metrics) Log(next slog.Handler) slog.Handler { return log{m, next} }

type log struct {
	*Metrics
	next slog.Handler
}

// Enabled takes in everything from Info on, whether next wants it or not.
func (l log) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || l.next.Enabled(ctx, level)
}

// Handle counts a record and passes it on if next wants it.
func (l log) Handle(ctx context.Context, record slog.Record) error {
	l.count(record)
	if !l.next.Enabled(ctx, record.Level) {
		return nil
	}
	return l.next.Handle(ctx, record)
}

func (l log) WithAttrs(attrs []slog.Attr) slog.Handler {
	return log{l.Metrics, l.next.WithAttrs(attrs)}
}

func (l log) WithGroup(name string) slog.Handler { return log{l.Metrics, l.next.WithGroup(name)} }

// The messages of the connector's log that are counted, as it writes them.
const (
	windowSent   = "window"
	jobFailed    = "the job failed; its window is split"
	windowAgain  = "the window is asked for again"
	datasetEnded = "dataset stopped; the others go on"
	slotWait     = "waiting for a free export slot"
	callWait     = "waiting before an intercom call"
)

func (l log) count(record slog.Record) {
	if record.Level >= slog.LevelWarn {
		l.problems.Inc()
	}
	a := attributes(record)
	dataset := a["dataset"].String()
	switch message, _, _ := strings.Cut(record.Message, ":"); message {
	case windowSent:
		what := a["what"].String()
		l.rows.WithLabelValues(dataset, what).Add(number(a["rows"]))
		l.bytes.WithLabelValues(dataset).Add(number(a["bytes"]))
		l.windows.WithLabelValues(dataset, what).Inc()
		l.jobs.WithLabelValues(dataset, "delivered").Inc()
		l.jobSeconds.WithLabelValues(dataset).Observe(number(a["job_seconds"]))
	case jobFailed:
		l.jobs.WithLabelValues(dataset, "failed").Inc()
	case windowAgain:
		l.jobs.WithLabelValues(dataset, "again").Inc()
	case datasetEnded:
		l.jobs.WithLabelValues(dataset, "given_up").Inc()
	case slotWait:
		l.slotWaits.WithLabelValues(dataset).Inc()
	case callWait:
		l.waits.WithLabelValues(a["op"].String()).Inc()
		l.waited.WithLabelValues(a["op"].String()).Add(number(a["wait"]))
	}
}

func attributes(record slog.Record) map[string]slog.Value {
	found := map[string]slog.Value{}
	record.Attrs(func(a slog.Attr) bool {
		found[a.Key] = a.Value.Resolve()
		return true
	})
	return found
}

// number is a value as Prometheus counts it; a duration in seconds, and 0 for
// what is no number.
func number(v slog.Value) float64 {
	switch v.Kind() {
	case slog.KindInt64:
		return float64(v.Int64())
	case slog.KindFloat64:
		return v.Float64()
	case slog.KindDuration:
		return v.Duration().Seconds()
	default:
		return 0
	}
}
