package screen

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Jobs is how far a connector says that it is, where it tells: its export jobs, and
// the days of data that they cover.
type Jobs struct {
	Done, Left atomic.Int64
	mu         sync.Mutex
	began      time.Time
	most, days float64
}

// Note takes what is left after a job: others, and the days that they cover.
func (j *Jobs) Note(left int, days float64, now time.Time) {
	j.Done.Add(1)
	j.Left.Store(int64(left))
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.began.IsZero() {
		j.began, j.most = now, days
	}
	j.days = days
}

// remaining guesses the time that is left: what is left takes as long as what is done.
// It reports false until there is something to go by: the first windows are small and
// say little of those that come.
func (j *Jobs) remaining(now time.Time) (time.Duration, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	done, since := j.most-j.days, now.Sub(j.began)
	if done <= 0 || since < 5*time.Second || done < j.most/10 && since < 2*time.Minute {
		return 0, false
	}
	return time.Duration(float64(since) * j.days / done), true
}

// Listen is a log that also hears of every export job. Warnings that tell nothing but
// their sentence go to the screen, which shows them once.
func (j *Jobs) Listen(log *slog.Logger, shown *Screen) *slog.Logger {
	return slog.New(jobLog{log.Handler(), j, shown})
}

// jobLog notes the attributes that tell what is left after a job.
type jobLog struct {
	next  slog.Handler
	jobs  *Jobs
	shown *Screen
}

// left is what a connector's log gives of a job that is done.
type left interface {
	Left() (jobs int, days float64)
}

// Enabled is slog's. What goes by is noted, whatever is shown.
func (l jobLog) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || l.next.Enabled(ctx, level)
}

// Handle is slog's.
func (l jobLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn && r.NumAttrs() == 0 {
		if l.next.Enabled(ctx, r.Level) {
			l.shown.Warn(r.Message)
		}
		return nil
	}
	r.Attrs(func(a slog.Attr) bool {
		if of, is := a.Value.Any().(left); is {
			jobs, days := of.Left()
			l.jobs.Note(jobs, days, r.Time)
		}
		return true
	})
	return l.next.Handle(ctx, r)
}

// WithAttrs is slog's.
func (l jobLog) WithAttrs(a []slog.Attr) slog.Handler {
	return jobLog{l.next.WithAttrs(a), l.jobs, l.shown}
}

// WithGroup is slog's.
func (l jobLog) WithGroup(name string) slog.Handler {
	return jobLog{l.next.WithGroup(name), l.jobs, l.shown}
}
