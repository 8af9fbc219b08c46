// Package ratelimit keeps to the rate limit that Intercom's answers tell of, so that
// it is seldom hit.
package ratelimit

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"intercom-connector/intercom/transport"
)

// Budget keeps the workspace's budget of calls, as the X-RateLimit headers of
// Intercom's answers tell it: calls go at full speed until it is spent, then
// wait for its renewal. All calls of a client and of its copies share one.
type Budget struct {
	mu        sync.Mutex
	known     bool // remaining and renewal mean something
	guessed   bool // they stand for a period that no answer has told of yet
	limit     int  // of a period, 0 if unknown
	remaining int
	renewal   time.Time // by our clock
	hold      time.Time // no call starts before this, whatever the budget
}

const (
	// MaxRenewal is the longest wait for a renewal before one call asks again, lest a
	// wrong header stop everything for hours.
	MaxRenewal = time.Minute
	// DefaultWait is that after a refusal that does not say how long to wait, or names
	// a time that has passed.
	DefaultWait = 10 * time.Second

	maxAsked = 24 * time.Hour   // of an error's wait: a header may say anything
	latest   = 100_000_000_000  // the last second that a time may mean, in the year 5138
	period   = 10 * time.Second // Intercom spreads a minute's calls over periods this long
)

// take spends one call of the budget and returns 0, or returns how long to
// wait before asking again.
func (b *Budget) take(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.hold.Sub(now); wait > 0 {
		return wait
	}
	if b.known && !now.Before(b.renewal) {
		// A new period, with a new budget as large as the last one. Without
		// this guess all calls that waited would start at once.
		b.known, b.guessed = b.limit > 0, true
		b.remaining, b.renewal = b.limit, now.Add(period)
	}
	if !b.known {
		return 0 // full speed until an answer tells the budget
	}
	if b.remaining <= 0 {
		return b.renewal.Sub(now)
	}
	b.remaining--
	return 0
}

// Wait blocks until a call may start, telling onWait before it does.
func (b *Budget) Wait(ctx context.Context, onWait func(time.Duration)) error {
	for {
		d := b.take(time.Now())
		if d <= 0 {
			return nil
		}
		onWait(d)
		if err := transport.Sleep(ctx, d); err != nil {
			return err
		}
	}
}

// Learn reads the budget from an answer's headers.
func (b *Budget) Learn(h http.Header, now time.Time) {
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	left, ok := untilReset(h, now)
	if err != nil || !ok || left <= 0 {
		return
	}
	limit, _ := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	renewal := now.Add(min(left, MaxRenewal))
	b.mu.Lock()
	defer b.mu.Unlock()
	// Answers may come out of order. Within one period the budget only
	// shrinks; the header's times are whole seconds, hence the tolerance.
	const tolerance = 1500 * time.Millisecond
	switch shift := renewal.Sub(b.renewal); {
	case b.known && b.guessed, b.known && shift.Abs() < tolerance:
		b.remaining = min(b.remaining, remaining)
		if b.guessed {
			b.renewal = renewal
		}
	case b.known && shift < 0:
		return // an answer from a period that is over
	default:
		b.remaining, b.renewal = remaining, renewal
	}
	b.known, b.guessed, b.limit = true, false, limit
}

// Pause holds every call back for d.
func (b *Budget) Pause(d time.Duration, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := now.Add(d); until.After(b.hold) {
		b.hold = until
	}
}

// RetryWait is how long an answer that refuses a call asks to wait: the longer
// of Retry-After and the budget's renewal; 0 when it says nothing of use.
func RetryWait(h http.Header, now time.Time) time.Duration {
	left, _ := untilReset(h, now)
	return min(max(RetryAfter(h, now), left, 0), maxAsked)
}

// RetryAfter reads Retry-After in both of its forms, seconds and a date.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil {
		return min(time.Duration(min(max(n, 0), 1e6))*time.Second, maxAsked)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(ServerTime(h, now)), 0), maxAsked)
}

// untilReset is the time until the budget's renewal by Intercom's own clock,
// the Date header, so that a clock of ours that is wrong does no harm.
func untilReset(h http.Header, now time.Time) (time.Duration, bool) {
	epoch, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if epoch > latest && epoch < 100*latest {
		epoch /= 1000 // they are milliseconds
	}
	if err != nil || epoch < 0 || epoch > latest {
		return 0, false // no time that anyone means
	}
	return time.Unix(epoch, 0).Sub(ServerTime(h, now)), true
}

// ServerTime reads the Date header, or returns fallback.
func ServerTime(h http.Header, fallback time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return fallback
}

// Left is what Intercom's last answers tell: the calls that are left in the present
// period of ten seconds, and how many it has in all. ok is false before an answer has
// told.
func (b *Budget) Left() (remaining, limit int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.remaining, b.limit, b.known
}
