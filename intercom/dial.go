package intercom

import (
	"context"
	"net"
	"net/http"
	"time"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport is the transport of a client that was given none. The deadlines
// of calls are the business of each call's watch, which holds for any
// transport. DisableCompression keeps the bytes as they are sent: the decoder
// looks at them itself, and the announced length stays checkable.
func newTransport(dial dialFunc) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         watchedDial(dial),
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
	}
}

func netDial() dialFunc {
	return (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext
}

// watchedDial ends a dial with the call that it is for. Package http would let
// it go on by itself, TLS handshake included, in case a later call has use for
// the connection; then a program that gives up would leave it behind.
func watchedDial(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		// Here the context has the call's values, but no longer its end.
		w, ok := ctx.Value(watchKey{}).(*watch)
		if !ok {
			return dial(ctx, network, address)
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(w.ctx, cancel)()
		conn, err := dial(ctx, network, address)
		if err == nil {
			w.closeUnlessConnected(conn)
		}
		return conn, err
	}
}
