//go:build cgo

package main

import (
	"context"
	"log/slog"

	"intercom-connector/connector/export"
	"intercom-connector/tester/screen"
)

// jobLog is a log that also hears of every export job, for the progress.
type jobLog struct {
	next slog.Handler
	jobs *screen.Jobs
}

// Enabled lets windows through, whatever is shown.
func (l jobLog) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || l.next.Enabled(ctx, level)
}

// Handle notes what is left.
func (l jobLog) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if left, is := a.Value.Any().(export.Left); is {
			l.jobs.Note(left.Jobs, left.Days, r.Time)
		}
		return true
	})
	return l.next.Handle(ctx, r)
}

// WithAttrs is slog's.
func (l jobLog) WithAttrs(a []slog.Attr) slog.Handler { return jobLog{l.next.WithAttrs(a), l.jobs} }

// WithGroup is slog's.
func (l jobLog) WithGroup(name string) slog.Handler { return jobLog{l.next.WithGroup(name), l.jobs} }
