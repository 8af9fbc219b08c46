package intercom

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"sync"
	"time"
)

// watch ends an exchange that has stopped moving. It follows one call through
// connection, headers and body, whatever transport carries it, and cancels it
// with a stall that says what was waited for.
type watch struct {
	ctx    context.Context // of the exchange
	caller context.Context // what it was derived from
	cancel context.CancelCauseFunc
	host   string
	timer  *time.Timer

	mu        sync.Mutex
	what      string
	limit     time.Duration
	connected bool
	keep      []func() bool // each spares a dialled connection from being closed
}

type watchKey struct{}

// stall says what was waited for in vain.
type stall struct {
	what, host string
	after      time.Duration
}

func (s *stall) Error() string {
	return fmt.Sprintf("waited %v for %s %s", s.after, s.what, s.host)
}

// Timeout makes a stall a timeout in the sense of package net.
func (s *stall) Timeout() bool { return true }

// newWatch starts to watch an exchange with host.
func newWatch(ctx context.Context, t Timeouts, host string) *watch {
	w := &watch{caller: ctx, host: host, what: "the answer's headers from", limit: t.Headers}
	ctx, w.cancel = context.WithCancelCause(context.WithValue(ctx, watchKey{}, w))
	w.timer = time.AfterFunc(t.Headers, w.expire)
	w.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Only these two are called on the request's own goroutine: the others
		// may come late, from a dial that another connection has overtaken.
		GetConn: func(string) {
			w.connect(false)
			w.expect("a connection to", t.Connect)
		},
		GotConn: func(httptrace.GotConnInfo) {
			w.connect(true)
			w.expect("the answer's headers from", t.Headers)
		},
	})
	return w
}

// expect starts the clock for the next thing to happen.
func (w *watch) expect(what string, limit time.Duration) {
	w.mu.Lock()
	w.what, w.limit = what, limit
	w.mu.Unlock()
	w.timer.Reset(limit)
}

// closeUnlessConnected closes conn when the exchange ends before it has got a
// connection: this one, or another that was faster.
func (w *watch) closeUnlessConnected(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.connected {
		w.keep = append(w.keep, context.AfterFunc(w.ctx, func() { conn.Close() }))
	}
}

// connect notes whether the exchange has a connection; if so, no dialled one
// needs to be closed any more.
func (w *watch) connect(connected bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connected = connected
	if connected {
		for _, keep := range w.keep {
			keep()
		}
		w.keep = nil
	}
}

// rest stops the clock until the next expect.
func (w *watch) rest() { w.timer.Stop() }

func (w *watch) expire() {
	w.mu.Lock()
	s := &stall{what: w.what, host: w.host, after: w.limit}
	w.mu.Unlock()
	w.cancel(s)
}

// end releases what the watch holds, and aborts the exchange if it still runs.
func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain replaces the "context canceled" that a cancelled exchange reports by
// what cancelled it.
func (w *watch) explain(err error) error {
	if w.caller.Err() != nil {
		return ended(w.caller)
	}
	if s, ok := context.Cause(w.ctx).(*stall); ok {
		return s
	}
	return err
}

// watchedBody is an answer's body with a deadline on each read. Its first
// error stays, so that a reader which looks twice sees a failure, not an end.
type watchedBody struct {
	body io.ReadCloser
	w    *watch
	idle time.Duration
	err  error
}

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.w.expect("more of the answer's body from", b.idle)
	n, err := b.body.Read(p)
	b.w.rest()
	if err != nil && err != io.EOF {
		err = b.w.explain(err)
	}
	b.err = err
	return n, err
}

func (b *watchedBody) Close() error {
	b.w.end()
	return b.body.Close()
}

// ended says why a context that has ended did: by its own error, so that it is
// known for an end, and by its cause where there is another.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == cause {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}
