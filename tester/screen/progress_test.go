package screen

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlainProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown strings.Builder
		s := New(&shown, nil)
		var p Progress
		p.Tables.Store(13)
		stop := s.Watch(&p)
		time.Sleep(plainEvery + 1) // on synctest's clock
		table := "conversation"
		p.Table.Store(&table)
		p.Begun.Store(2)
		p.Rows.Store(1_234_567)
		p.Checkpoints.Store(3)
		time.Sleep(plainEvery)
		stop()
		want := "waiting for the first rows (30s)\n1,234,567 rows, 41,152/s, table 2 of 13 (conversation), 3 checkpoints, 1m0s\n"
		if diff := cmp.Diff(want, shown.String()); diff != "" {
			t.Error(diff)
		}
	})
}

// The live line stands below all others, never wraps, and is gone in the end.
func TestLiveProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown strings.Builder
		s := New(&shown, func() int { return 50 })
		var p Progress
		stop := s.Watch(&p)
		table := "conversation"
		p.Table.Store(&table)
		p.Rows.Store(41)
		time.Sleep(liveEvery + 1)
		synctest.Wait()
		s.Printf("a line \x1b[2J above")
		stop()
		line := "\r\x1b[2K41 rows, 0/s, table 0 of 0, 0 checkpoints, 0s"
		want := line + "\r\x1b[2K" + "a line \\u001b[2J above\n" + line + "\r\x1b[2K"
		if diff := cmp.Diff(want, shown.String()); diff != "" {
			t.Error(diff)
		}
	})
}

// A connector that tells of its jobs makes the end foreseeable.
func TestJobs(t *testing.T) {
	table := "call"
	var p Progress
	p.Table.Store(&table)
	p.Tables.Store(1)
	p.Begun.Store(1)
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	m := meter{started: start}
	jobs := &Jobs{}
	p.Jobs = jobs
	var shown []string
	show := func(at time.Duration) { shown = append(shown, m.line(&p, start.Add(at), 0)) }
	show(time.Second)
	jobs.Note(9, 90, start.Add(2*time.Second))
	show(3 * time.Second)
	jobs.Note(8, 82, start.Add(10*time.Second))
	show(10 * time.Second) // 8 days of 90 say too little
	jobs.Note(6, 60, start.Add(12*time.Second))
	show(12 * time.Second)
	want := []string{
		"0 rows, 0/s, table 1 of 1 (call), 0 checkpoints, 1s",
		"0 rows, 0/s, table 1 of 1 (call), 1 of about 10 jobs, 3s",
		"0 rows, 0/s, table 1 of 1 (call), 2 of about 10 jobs, 10s",
		"0 rows, 0/s, table 1 of 1 (call), 3 of about 9 jobs, 12s, about 20s left",
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error(diff)
	}
}

// A narrow line keeps the jobs, the rows and the time that is left.
func TestProgressFits(t *testing.T) {
	table := "teammate_handling_conversation"
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	m, jobs := meter{started: start}, &Jobs{}
	p := Progress{Jobs: jobs}
	p.Table.Store(&table)
	p.Tables.Store(17)
	p.Begun.Store(16)
	p.Rows.Store(101_205)
	line := func(columns int) string { return m.line(&p, start.Add(12*time.Second), columns) }
	without := line(39)
	jobs.Note(90, 90, start.Add(2*time.Second))
	early := m.line(&p, start.Add(3*time.Second), 39)
	jobs.Note(60, 60, start.Add(12*time.Second))
	want := []string{
		"101,205 rows, 12s",
		"1/91 jobs, 101,205 rows, 3s",
		"101,205 rows, 8,433/s, table 16 of 17 (teammate_handling_conversation), 2 of about 62 jobs, 12s, about 20s left",
		"101,205 rows, 8,433/s, table 16 of 17, 2 of about 62 jobs, 12s, about 20s left",
		"2/62 jobs, 101,205 rows, 20s left",
	}
	if diff := cmp.Diff(want, []string{without, early, line(120), line(79), line(39)}); diff != "" {
		t.Error(diff)
	}
}

// A connector's warnings come by the protocol and most of them by its log, too; what
// its log alone says is shown as well.
func TestWarningsAreShownOnce(t *testing.T) {
	var b strings.Builder
	shown := New(&b, nil)
	log := new(Jobs).Listen(slog.New(slog.NewTextHandler(shown, &slog.HandlerOptions{Level: slog.LevelWarn})), shown)
	log.Warn("rows are not fetched")
	shown.Warn("rows are not fetched") // by the protocol
	shown.Warn("by the protocol alone")
	log.Warn("by the log alone")
	log.Warn("the download broke off", "dataset", "call")
	log.Error("dataset stopped")
	quiet := new(Jobs).Listen(slog.New(slog.NewTextHandler(shown, &slog.HandlerOptions{Level: slog.LevelError})), shown)
	quiet.Warn("not asked for")
	got := b.String()
	for text, times := range map[string]int{"not fetched": 1, "WARNING: by the protocol alone\n": 1, "WARNING: by the log alone\n": 1, "broke off": 1, "stopped": 1, "not asked for": 0} {
		if strings.Count(got, text) != times {
			t.Errorf("%q is shown %d times, not %d, in:\n%s", text, strings.Count(got, text), times, got)
		}
	}
}
