package terminal

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPromptEnds(t *testing.T) {
	p := PromptFrom(strings.NewReader(""), io.Discard, nil)
	if _, err := p.Line(t.Context(), "?", ""); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, hush := io.Pipe()
	defer hush.Close()
	p = PromptFrom(silent, io.Discard, nil)
	if _, err := p.Line(ctx, "?", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
