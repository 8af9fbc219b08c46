// Package fivetranlog writes logs as Fivetran reads them.
package fivetranlog

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync"

	"intercom-connector/internal/printable"
)

// NewHandler writes log records as Fivetran reads them: one JSON object a
// line with level (INFO, WARNING or SEVERE and nothing else), message and
// message-origin. Attributes follow the message as key=value. What is below
// the level is dropped. It is safe for concurrent use.
func NewHandler(w io.Writer, level slog.Leveler) slog.Handler {
	out := &lines{w: w}
	return &logHandler{out: out, text: slog.NewTextHandler(&out.text, &slog.HandlerOptions{
		Level:       level,
		ReplaceAttr: onlyAttributes,
	})}
}

// lines is where all handlers of one log meet.
type lines struct {
	mu   sync.Mutex
	w    io.Writer
	text bytes.Buffer
}

type logHandler struct {
	out  *lines
	text slog.Handler // writes the attributes into out.text
}

func onlyAttributes(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return a
}

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.text.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.text.Reset()
	if err := h.text.Handle(ctx, record); err != nil {
		return err
	}
	message := strings.TrimSpace(record.Message + " " + strings.TrimSpace(h.out.text.String()))
	line, err := json.Marshal(struct {
		Level   string `json:"level"`
		Message string `json:"message"`
		Origin  string `json:"message-origin"`
	}{levelName(record.Level), message, "sdk_connector"})
	if err != nil {
		return err
	}
	_, err = io.WriteString(h.out.w, printable.Line(string(line))+"\n") // a terminal may show it
	return err
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{out: h.out, text: h.text.WithAttrs(attrs)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{out: h.out, text: h.text.WithGroup(name)}
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "SEVERE"
	case level >= slog.LevelWarn:
		return "WARNING"
	default:
		return "INFO"
	}
}
