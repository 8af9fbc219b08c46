package terminal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// NewLog writes a connector's log for a person: "INFO window dataset=call rows=12".
// A wait of some seconds is told whatever the level: what for, why, until when.
func NewLog(w io.Writer, level slog.Level) *slog.Logger {
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
	told time.Time // of a wait
}

// logHandler puts level and message before what slog's own handler makes of the
// attributes.
type logHandler struct {
	out        *logLines
	attributes slog.Handler
}

// Waits from longWait on are told, one in tellEvery: several calls may wait at once.
const (
	longWait  = 2 * time.Second
	tellEvery = 5 * time.Second
)

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || h.attributes.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	if !h.attributes.Enabled(ctx, r.Level) {
		return h.out.wait(r)
	}
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

// wait tells of a long one, which a record has as its attributes.
func (l *logLines) wait(r slog.Record) error {
	var long time.Duration
	var op, reason string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "wait":
			if a.Value.Kind() == slog.KindDuration {
				long = a.Value.Duration()
			}
		case "op":
			op = a.Value.String()
		case "reason":
			reason = a.Value.String()
		}
		return true
	})
	if long < longWait || r.Time.Sub(l.told) < tellEvery {
		return nil
	}
	l.told = r.Time
	reason = strings.TrimPrefix(reason, "intercom: "+op+": ")
	_, err := fmt.Fprintf(l.w, "trying again at %s (in %s), %s: %s\n", r.Time.Add(long).Format(time.TimeOnly), long.Round(time.Second), op, strings.Join(strings.Fields(reason), " "))
	return err
}

func (h *logHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return &logHandler{h.out, h.attributes.WithAttrs(a)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.out, h.attributes.WithGroup(name)}
}
