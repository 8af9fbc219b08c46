package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// newLog writes a connector's log for a person: "INFO window dataset=call rows=12".
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	out := &logLines{w: w}
	return slog.New(&logHandler{out: out, attributes: slog.NewTextHandler(&out.line, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		},
	})})
}

type logLines struct {
	mu   sync.Mutex
	w    io.Writer
	line bytes.Buffer
}

// logHandler puts level and message before what slog's own handler makes of the
// attributes.
type logHandler struct {
	out        *logLines
	attributes slog.Handler
}

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.attributes.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.line.Reset()
	if err := h.attributes.Handle(ctx, r); err != nil {
		return err
	}
	level := r.Level.String()
	if r.Level == slog.LevelWarn {
		level = "WARNING"
	}
	message := strings.Join(strings.Fields(r.Message), " ") // one line
	line := strings.TrimSpace(level + " " + message + " " + strings.TrimSpace(h.out.line.String()))
	_, err := io.WriteString(h.out.w, line+"\n")
	return err
}

func (h *logHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return &logHandler{h.out, h.attributes.WithAttrs(a)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.out, h.attributes.WithGroup(name)}
}
