package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits are the longest waits of one exchange.
type Limits struct {
	Headers time.Duration // from the call's beginning to the answer's headers
	Idle    time.Duration // for the next bytes of the answer's body
	Whole   time.Duration // for all of the body, while it is read; 0 for ever
}

// A body that drips is no better than one that has stopped: of each stretch of
// waiting for it, so much must have come.
const (
	stretch = 5 * time.Minute
	least   = 100 * int(stretch/time.Second) // bytes
)

// Do sends a request. A wait beyond its limit ends the exchange with an error
// that says what was waited for. The answer's body has the same deadline on
// every read, and must be closed.
func Do(client *http.Client, req *http.Request, limits Limits) (*http.Response, error) {
	caller := req.Context()
	ctx, cancel := context.WithCancelCause(caller)
	x := &exchange{cancel: cancel, host: req.URL.Host, idle: limits.Idle, whole: limits.Whole}
	x.ended = func() error {
		if caller.Err() != nil {
			return Ended(caller)
		}
		if s, ok := context.Cause(ctx).(stall); ok {
			return s
		}
		return nil
	}
	headers := x.deadline("the answer's headers", limits.Headers)
	res, err := client.Do(req.WithContext(ctx))
	headers.Stop()
	if err != nil {
		err = x.explain(bare(err))
		cancel(nil)
		return nil, err
	}
	x.body = res.Body
	x.timer = x.deadline("more of the answer's body", limits.Idle)
	x.timer.Stop()
	res.Body = x
	return res, nil
}

// exchange is one request and the body of its answer.
type exchange struct {
	ended       func() error // why the call has; nil if it has not
	cancel      context.CancelCauseFunc
	host        string
	body        io.ReadCloser
	idle, whole time.Duration
	timer       *time.Timer
	err         error

	waited, waitedSince time.Duration // for the body: in all, and since enough had come
	cameSince           int
}

// deadline ends the exchange unless it is stopped in time.
func (x *exchange) deadline(what string, after time.Duration) *time.Timer {
	return time.AfterFunc(after, func() { x.cancel(stall(fmt.Sprintf("waited %v for %s from %s", after, what, x.host))) })
}

// Read reads the body. Its first error stays, so that a reader which looks
// twice sees a failure, not an end.
func (x *exchange) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	x.timer.Reset(x.idle)
	began := time.Now()
	n, err := x.body.Read(p)
	x.timer.Stop()
	switch {
	case err != nil && err != io.EOF:
		err = x.explain(err)
	case err == nil:
		err = x.checkPace(time.Since(began), n)
	}
	x.err = err
	return n, err
}

// checkPace counts what came, and fails where a body comes too slowly. Only waiting
// for it counts, not what its reader does in between.
func (x *exchange) checkPace(waited time.Duration, came int) error {
	x.waited, x.waitedSince, x.cameSince = x.waited+waited, x.waitedSince+waited, x.cameSince+came
	switch {
	case x.whole > 0 && x.waited > x.whole:
		return stall(fmt.Sprintf("waited %v for the whole of the answer's body from %s", x.whole, x.host))
	case x.cameSince >= least:
		x.waitedSince, x.cameSince = 0, 0
	case x.waitedSince > stretch:
		return stall(fmt.Sprintf("waited %v for %d bytes of the answer's body from %s", stretch, x.cameSince, x.host))
	}
	return nil
}

func (x *exchange) Close() error {
	x.timer.Stop()
	x.cancel(nil)
	return x.body.Close()
}

// explain says why an exchange ended, where its own error says only that it
// did. A timeout below is one that time may heal: it must not look like the
// caller's own deadline, as those of package net do.
func (x *exchange) explain(err error) error {
	if ended := x.ended(); ended != nil {
		return ended
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return stall("connecting to " + x.host + ": " + err.Error())
	}
	return err
}

// stall says what was waited for in vain.
type stall string

func (s stall) Error() string { return string(s) }

// Timeout makes a stall a timeout in the sense of package net.
func (s stall) Timeout() bool { return true }

// bare takes the address, with its query, off an error of net/http.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if err != nil && Mentions(err.Error(), "location header") {
		return Refusal("the answer redirects to an address that is not a URL")
	}
	return err
}

// Ended says why a context that has ended did: by its own error, so that it is
// known for an end, and by its cause where there is another.
func Ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == cause {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Sleep waits for d or for the end of ctx, and returns why ctx ended.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return Ended(ctx)
	}
}
