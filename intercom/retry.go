package intercom

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"

	"intercom-connector/intercom/transport"
)

// retry makes a call until it succeeds, fails for good, or has used up
// Timeouts.Retry; a spent rate limit has a budget of its own, Timeouts.Limited.
// Between attempts it waits exponentially longer, with jitter, and at least as
// long as Intercom asks. The error is always an *Error.
func retry[T any](ctx context.Context, c *Client, k Call, attempt func(*Call) (T, error)) (T, error) {
	pauses := backoff.ExponentialBackOff{
		InitialInterval:     500 * time.Millisecond,
		RandomizationFactor: 0.5,
		Multiplier:          2,
		MaxInterval:         30 * time.Second,
	}
	began := time.Now()
	failing := began // since when nothing but faults came, of a call as it is
	for {
		v, err := attempt(&k)
		if err == nil {
			return v, nil
		}
		e := c.failed(&k, err)
		if !repeatable(&k, e) || c.timeouts.Retry < 0 {
			return v, e
		}
		d := pauses.NextBackOff()
		if e.Wait > 0 {
			d = max(d, spread(e.Wait))
		}
		since, budget := failing, c.timeouts.Retry
		if e.RateLimited() {
			since, budget = began, c.timeouts.Limited
		}
		if time.Since(since)+d > budget {
			return v, e
		}
		c.waiting(&k, d, e)
		adapted := k.Adapt != nil && k.Adapt(&k, e)
		if err := transport.Sleep(ctx, d); err != nil {
			return v, c.failed(&k, err)
		}
		if adapted || e.RateLimited() {
			failing = time.Now()
		}
	}
}

// repeatable reports whether the call may be made again. One that must not
// take effect twice may only be when it was turned away at the door. Others
// may always: an export that was enqueued without our hearing of it costs a
// slot for a while and nothing else.
func repeatable(k *Call, e *Error) bool {
	if k.Once && !e.RateLimited() {
		return false
	}
	return e.Transient() && !e.Empty() // which Download waits for by itself
}

// waiting tells of a wait before it begins.
func (c *Client) waiting(k *Call, d time.Duration, e *Error) {
	w := Wait{Op: k.Op, For: d}
	reason := errors.New("the rate limit's budget is spent")
	if e != nil {
		w.Err, reason = e, e
	}
	c.log.Info("waiting before an intercom call", "op", k.Op, "wait", d.Round(time.Millisecond), "reason", reason.Error())
	if c.onWait != nil {
		c.onWait(w)
	}
}

// spread lengthens a wait by up to a tenth, at most two seconds, so that calls
// which were held back together do not all return in one instant.
func spread(d time.Duration) time.Duration {
	return d + rand.N(min(d/10, 2*time.Second)+1)
}
