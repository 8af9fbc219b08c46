// Package screen shows a sync to a person: lines, and below them one live line
// with the progress (progress.go) when it is a terminal. Elsewhere the progress is
// a plain line now and then.
//
// What it shows is harmless: secrets of the configuration are hidden (secrets.go),
// and what a terminal would act on is made visible.
package screen

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"intercom-connector/internal/printable"
	"intercom-connector/internal/terminal"
)

// Screen is safe for concurrent use; as an io.Writer it takes a log's lines.
type Screen struct {
	mu      sync.Mutex
	w       io.Writer
	width   func() int // of the live line; nil: there is none
	live    string     // the live line as it stands there
	secrets Secrets
	warned  map[string]bool
}

// New writes to w. width is that of a terminal, asked for each time since it may
// change; nil says that w is none.
func New(w io.Writer, width func() int) *Screen { return &Screen{w: w, width: width} }

// Printf writes a line, or several.
func (s *Screen) Printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s, format+"\n", args...) // a screen that is gone stops no sync
}

// Warn shows a warning, each sentence once: a connector's come by the protocol, and
// most of them in its log, too.
func (s *Screen) Warn(sentence string) {
	sentence = printable.Line(sentence)
	s.mu.Lock()
	if s.warned == nil {
		s.warned = map[string]bool{}
	}
	was := s.warned[sentence]
	s.warned[sentence] = true
	s.mu.Unlock()
	if !was {
		s.Printf("WARNING: %s", sentence)
	}
}

// Write writes whole lines above the live line.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	live := s.live
	s.draw("")
	if _, err := io.WriteString(s.w, printable.Text(s.secrets.Hide(string(p)))); err != nil {
		return 0, err
	}
	s.draw(live)
	return len(p), nil
}

// Hide keeps secrets out of all that follows.
func (s *Screen) Hide(secrets Secrets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = secrets
}

// show replaces the live line; an empty one takes it away.
func (s *Screen) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw(line)
}

// columns are those of the live line: never the last one, so that it cannot wrap.
func (s *Screen) columns() int { return max(s.width(), 20) - 1 }

// draw never wraps.
func (s *Screen) draw(line string) {
	if s.width == nil || line == s.live {
		return
	}
	s.live = line
	line = terminal.Clip(printable.Line(s.secrets.Hide(line)), s.columns())
	_, _ = io.WriteString(s.w, "\r\x1b[2K"+strings.TrimRight(line, " "))
}
