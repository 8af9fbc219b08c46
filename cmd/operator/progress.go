package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"intercom-connector/internal/terminal"
	"intercom-connector/operator/lake"
)

// progress tells a person how far things are: a line that moves on a terminal,
// plain lines elsewhere. It is also where the log goes, so that the two do not
// write over each other.
type progress struct {
	mu     sync.Mutex
	to     io.Writer
	moving io.Writer                // the terminal; nil without one
	bar    *progressbar.ProgressBar // nil without a terminal, or with nothing under way
	what   string
	rows   int64
	start  time.Time
	told   time.Time
}

// Without a terminal, a line at most this often.
const tellEvery = 10 * time.Second

func newProgress(c console) *progress { return &progress{to: c.problems, moving: c.moving} }

// begin names what is under way.
func (p *progress) begin(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.rows, p.start = what, 0, time.Now()
	p.told = p.start
	if p.moving != nil {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(p.moving), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSpinnerType(14))
	}
}

func (p *progress) row(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows++
	if p.bar != nil {
		p.bar.Add(1)
		return
	}
	if p.rows%1000 == 0 && time.Since(p.told) > tellEvery {
		p.told = time.Now()
		fmt.Fprintf(p.to, "%s: %s so far\n", p.what, terminal.Count(p.rows, "row"))
	}
}

// done tells what was published; err is what kept the rest from it.
func (p *progress) done(published []lake.Publication, err error) {
	p.end()
	if err != nil && len(published) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var rows int64
	complete := "complete"
	for _, t := range published {
		rows += t.Rows
		if !t.Complete {
			complete = "in part not complete"
		}
	}
	if err != nil {
		complete = "not finished"
	}
	fmt.Fprintf(p.to, "%s: %s, %s, %v\n", p.what, terminal.Count(rows, "row"), complete, time.Since(p.start).Round(10*time.Millisecond))
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}

// Write writes a line of the log.
func (p *progress) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Clear()
	}
	return p.to.Write(line)
}
