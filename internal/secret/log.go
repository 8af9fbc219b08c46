package secret

import (
	"context"
	"fmt"
	"log/slog"
)

// Log is a handler whose records reach next without the tokens: in messages, names
// and values of every kind.
func (s *Set) Log(next slog.Handler) slog.Handler { return handler{s, next} }

type handler struct {
	set  *Set
	next slog.Handler
}

func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, h.set.Scrub(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.set, h.next.WithAttrs(h.attrs(attrs))}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.set, h.next.WithGroup(h.set.Scrub(name))}
}

func (h handler) attrs(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return clean
}

func (h handler) attr(a slog.Attr) slog.Attr {
	a.Key = h.set.Scrub(a.Key)
	switch a.Value = a.Value.Resolve(); a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(h.set.Scrub(a.Value.String()))
	case slog.KindGroup:
		a.Value = slog.GroupValue(h.attrs(a.Value.Group())...)
	case slog.KindAny: // an error, a list: as text only where it holds one
		text := fmt.Sprint(a.Value.Any())
		if clean := h.set.Scrub(text); clean != text {
			a.Value = slog.StringValue(clean)
		}
	}
	return a
}
