package transport

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"
)

// Dial makes a connection, as net.Dialer's DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

const keepAlive = 30 * time.Second

// maxHeaders is how many bytes of headers an answer may have. Intercom's are a few
// kilobytes; net/http would take ten megabytes of each.
const maxHeaders = 256 << 10

// New is a transport to any address. Finding the host with connecting, and the
// TLS handshake, may each take as long as connect. A nil dial is the network's,
// for which localhost is this machine, whatever a resolver says.
func New(connect time.Duration, dial Dial) *http.Transport {
	if dial == nil {
		dial = dialLocalhost((&net.Dialer{KeepAlive: keepAlive}).DialContext)
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, connect)
			defer cancel()
			return dial(ctx, network, address)
		},
		TLSHandshakeTimeout:    connect,
		MaxResponseHeaderBytes: maxHeaders,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
	}
}

// dialLocalhost asks no resolver for localhost: the token would follow its answer.
func dialLocalhost(dial Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil || !strings.EqualFold(host, "localhost") {
			return dial(ctx, network, address)
		}
		connection, err := dial(ctx, network, net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			if six, err := dial(ctx, network, net.JoinHostPort("::1", port)); err == nil {
				return six, nil
			}
		}
		return connection, err
	}
}
