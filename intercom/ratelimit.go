package intercom

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// pace keeps the workspace's budget of calls, as the X-RateLimit headers of
// Intercom's answers tell it: calls go at full speed until it is spent, then
// wait for its renewal. All calls of a client and of its copies share one.
type pace struct {
	mu        sync.Mutex
	known     bool // remaining and renewal mean something
	guessed   bool // they stand for a period that no answer has told of yet
	limit     int  // of a period, 0 if unknown
	remaining int
	renewal   time.Time // by our clock
	hold      time.Time // no call starts before this, whatever the budget
}

// The longest wait for a renewal before one call asks again, lest a wrong
// header stop everything for hours; and the wait after a refusal that does not
// say how long to wait, or names a time that has passed.
const (
	maxRenewal  = time.Minute
	defaultWait = 10 * time.Second
	maxAsked    = 24 * time.Hour   // of an Error's Wait: a header may say anything
	period      = 10 * time.Second // Intercom spreads a minute's calls over periods this long
)

// take spends one call of the budget and returns 0, or returns how long to
// wait before asking again.
func (p *pace) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.hold.Sub(now); wait > 0 {
		return wait
	}
	if p.known && !now.Before(p.renewal) {
		// A new period, with a new budget as large as the last one. Without
		// this guess all calls that waited would start at once.
		p.known, p.guessed = p.limit > 0, true
		p.remaining, p.renewal = p.limit, now.Add(period)
	}
	if !p.known {
		return 0 // full speed until an answer tells the budget
	}
	if p.remaining <= 0 {
		return p.renewal.Sub(now)
	}
	p.remaining--
	return 0
}

// wait blocks until a call may start, telling onWait before it does.
func (p *pace) wait(ctx context.Context, onWait func(time.Duration)) error {
	for {
		d := p.take(time.Now())
		if d <= 0 {
			return nil
		}
		onWait(d)
		if err := Sleep(ctx, d); err != nil {
			return err
		}
	}
}

// learn reads the budget from an answer's headers.
func (p *pace) learn(h http.Header, now time.Time) {
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	left, ok := untilReset(h, now)
	if err != nil || !ok || left <= 0 {
		return
	}
	limit, _ := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	renewal := now.Add(min(left, maxRenewal))
	p.mu.Lock()
	defer p.mu.Unlock()
	// Answers may come out of order. Within one period the budget only
	// shrinks; the header's times are whole seconds, hence the tolerance.
	const tolerance = 1500 * time.Millisecond
	switch shift := renewal.Sub(p.renewal); {
	case p.known && p.guessed, p.known && shift.Abs() < tolerance:
		p.remaining = min(p.remaining, remaining)
		if p.guessed {
			p.renewal = renewal
		}
	case p.known && shift < 0:
		return // an answer from a period that is over
	default:
		p.remaining, p.renewal = remaining, renewal
	}
	p.known, p.guessed, p.limit = true, false, limit
}

// pause holds every call back for d.
func (p *pace) pause(d time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(d); until.After(p.hold) {
		p.hold = until
	}
}

// retryWait is how long an answer that refuses a call asks to wait: the longer
// of Retry-After and the budget's renewal; 0 when it says nothing of use.
func retryWait(h http.Header, now time.Time) time.Duration {
	left, _ := untilReset(h, now)
	return min(max(retryAfter(h, now), left, 0), maxAsked)
}

// retryAfter reads Retry-After in both of its forms, seconds and a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil {
		return min(time.Duration(min(max(n, 0), 1e6))*time.Second, maxAsked)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(serverTime(h, now)), 0), maxAsked)
}

// untilReset is the time until the budget's renewal by Intercom's own clock,
// the Date header, so that a clock of ours that is wrong does no harm.
func untilReset(h http.Header, now time.Time) (time.Duration, bool) {
	epoch, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || epoch < 0 || epoch > 1<<40 {
		return 0, false // no time that anyone means
	}
	return time.Unix(epoch, 0).Sub(serverTime(h, now)), true
}

// serverTime reads the Date header, or returns fallback.
func serverTime(h http.Header, fallback time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return fallback
}

// spread lengthens a wait by up to a tenth, at most two seconds, so that calls
// which were held back together do not all return in one instant.
func spread(d time.Duration) time.Duration {
	return d + rand.N(min(d/10, 2*time.Second)+1)
}

// Budget is what Intercom's last answers tell of the rate limit: the calls that
// are left in the present period of ten seconds, and how many it has in all.
// ok is false before an answer has told.
func (c *Client) Budget() (remaining, limit int, ok bool) {
	p := c.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remaining, p.limit, p.known
}
