package intercomtest

import (
	"context"
	"net"

	"google.golang.org/grpc/test/bufconn"
)

// Dial connects to a listener in memory, whatever the address, so that in a synctest
// bubble time moves only when everyone waits.
func Dial(l *bufconn.Listener) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return l.DialContext(ctx) }
}
