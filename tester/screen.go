package tester

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Screen shows a sync to a person: lines, and below them one live line with the
// progress when it is a terminal. Elsewhere the progress is a plain line every
// few seconds. It hides the configuration's secrets. It is safe for concurrent
// use; as an io.Writer it takes a log's lines.
type Screen struct {
	mu      sync.Mutex
	w       io.Writer
	live    bool
	bar     *progressbar.ProgressBar
	secrets secrets
}

// NewScreen writes to w; live says that w is a terminal.
func NewScreen(w io.Writer, live bool) *Screen { return &Screen{w: w, live: live} }

// How often the progress is shown on a terminal and elsewhere.
const (
	liveEvery  = 100 * time.Millisecond
	plainEvery = 5 * time.Second
)

// Printf writes a line.
func (s *Screen) Printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s, format+"\n", args...) // a screen that is gone stops no sync
}

// Write writes whole lines above the live line.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear()
	}
	if _, err := io.WriteString(s.w, s.secrets.string(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (s *Screen) hide(secrets secrets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = secrets
}

// done ends the live line.
func (s *Screen) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear()
		s.bar = nil
	}
}

// progress is how far a sync has come. The reader writes it, the screen reads it.
type progress struct {
	rows, checkpoints atomic.Int64
	table             atomic.Pointer[string]
}

// watch shows the progress until the answer is called.
func (s *Screen) watch(p *progress) (stop func()) {
	every := plainEvery
	if s.live {
		every = liveEvery
		s.mu.Lock()
		s.bar = newBar(s.w)
		s.mu.Unlock()
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		started := time.Now()
		var last int64
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				rows := p.rows.Load()
				s.show(p, rows, rows-last, every, time.Since(started))
				last = rows
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
		s.done()
	}
}

func newBar(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("rows"),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // the watcher turns it
		progressbar.OptionClearOnFinish(),
	)
}

// show draws the progress: fresh rows came in the last span.
func (s *Screen) show(p *progress, rows, fresh int64, span, since time.Duration) {
	if s.live {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.bar.Describe(p.where())
		_ = s.bar.Set64(rows)
		return
	}
	if rows == 0 {
		s.Printf("waiting for the first rows (%s)", since.Round(time.Second))
		return
	}
	s.Printf("%s rows, %s rows/s, %s", thousands(rows), thousands(int64(float64(fresh)/span.Seconds())), p.where())
}

// where says which table is coming, and how many checkpoints have been reached.
func (p *progress) where() string {
	table := p.table.Load()
	if table == nil {
		return "waiting for rows"
	}
	return fmt.Sprintf("%s, %d checkpoints", *table, p.checkpoints.Load())
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && c != '-' && s[i-1] != '-' && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
