package screen

import (
	"fmt"
	"sync/atomic"
	"time"

	"intercom-connector/internal/terminal"
)

// How often the progress is shown on a terminal and elsewhere.
const (
	liveEvery  = 200 * time.Millisecond
	plainEvery = 30 * time.Second
)

// Progress is how far a sync has come. The reader writes it, the screen reads it.
type Progress struct {
	Rows, Checkpoints atomic.Int64
	Table             atomic.Pointer[string]
	Begun, Tables     atomic.Int64 // tables that have got rows, of how many
	Jobs              *Jobs        // nil where the connector does not tell
}

// Watch shows the progress until the answer is called.
func (s *Screen) Watch(p *Progress) (stop func()) {
	every := plainEvery
	if s.width != nil {
		every = liveEvery
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		m := meter{started: time.Now()}
		for {
			select {
			case <-quit:
				return
			case now := <-tick.C:
				if s.width != nil {
					s.show(m.line(p, now, s.columns()))
				} else {
					s.Printf("%s", m.line(p, now, 0))
				}
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
		s.show("")
	}
}

// meter turns counts into a rate: that of the newest second at least.
type meter struct {
	started time.Time
	at      time.Time
	rows    int64
	rate    int64
}

// line says what goes on, in so many columns; 0 is without bound. Where that is too
// little the table's name goes first, then all but the jobs, the rows and the time.
func (m *meter) line(p *Progress, now time.Time, columns int) string {
	rows, since := p.Rows.Load(), now.Sub(m.started).Round(time.Second)
	if m.at.IsZero() {
		m.at = m.started
	}
	if span := now.Sub(m.at); span >= time.Second {
		m.rate = int64(float64(rows-m.rows) / span.Seconds())
		m.at, m.rows = now, rows
	}
	table := p.Table.Load()
	if table == nil {
		return fmt.Sprintf("waiting for the first rows (%s)", since)
	}
	count := terminal.Count(rows, "row")
	of := fmt.Sprintf("%s, %s/s, table %d of %d", count, terminal.Number(m.rate), p.Begun.Load(), p.Tables.Load())
	steps, short := fmt.Sprintf("%s, %s", terminal.Count(p.Checkpoints.Load(), "checkpoint"), since), fmt.Sprintf("%s, %s", count, since)
	if p.Jobs != nil && p.Jobs.Done.Load() > 0 {
		done := p.Jobs.Done.Load()
		all := done + p.Jobs.Left.Load()
		steps = fmt.Sprintf("%d of about %s, %s", done, terminal.Count(all, "job"), since)
		short = fmt.Sprintf("%d/%s, %s, %s", done, terminal.Count(all, "job"), count, since)
		if left, known := p.Jobs.remaining(now); known {
			remaining := left.Round(time.Second).String() + " left"
			steps += ", about " + remaining
			short = fmt.Sprintf("%d/%s, %s, %s", done, terminal.Count(all, "job"), count, remaining)
		}
	}
	for _, line := range []string{fmt.Sprintf("%s (%s), %s", of, *table, steps), of + ", " + steps} {
		if columns == 0 || terminal.Cells(line) <= columns {
			return line
		}
	}
	return short
}
