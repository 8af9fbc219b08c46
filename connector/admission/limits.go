package admission

import (
	"net"
	"time"

	"golang.org/x/net/netutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// Limits are what a port bears. A zero field has no bound but the others'.
type Limits struct {
	Connections     int           // at once; others wait until one is closed
	Streams         uint32        // of one connection
	Message         int           // bytes of a request
	Headers         uint32        // bytes of a request's headers
	Handshake       time.Duration // in which a connection has to say that it speaks gRPC
	Idle            time.Duration // after which a connection without calls is closed
	Ping            time.Duration // of silence, after which a connection is asked whether it lives
	Pong            time.Duration // in which it has to answer
	Arrival         time.Duration // in which a request has to be there, whole
	Arriving        int           // requests on their way, of all connections
	CallsOfToken    int           // at once
	CallsAltogether int
}

// Default are the limits of a server. A sync is one call; Fivetran makes a few
// more while somebody sets a connection up.
var Default = Limits{
	Connections: 1000, Streams: 100, Message: 16 << 20, Headers: 64 << 10,
	Handshake: 10 * time.Second, Idle: 5 * time.Minute, Ping: time.Minute, Pong: 20 * time.Second,
	Arrival: 30 * time.Second, Arriving: 256, CallsOfToken: 16, CallsAltogether: 512,
}

// ServerOptions make a server keep to the limits.
func (l Limits) ServerOptions() []grpc.ServerOption {
	waiting := &arrivals{within: l.Arrival, most: l.Arriving}
	working := &calls{perToken: l.CallsOfToken, inAll: l.CallsAltogether, running: map[string]int{}}
	return []grpc.ServerOption{
		grpc.InTapHandle(waiting.begin),
		grpc.ChainUnaryInterceptor(working.unary),
		grpc.ChainStreamInterceptor(working.stream),
		grpc.MaxConcurrentStreams(l.Streams),
		grpc.MaxRecvMsgSize(l.Message),
		grpc.MaxHeaderListSize(l.Headers),
		grpc.ConnectionTimeout(l.Handshake),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: l.Idle, Time: l.Ping, Timeout: l.Pong}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	}
}

// Listen bounds a listener's connections.
func (l Limits) Listen(listener net.Listener) net.Listener {
	return netutil.LimitListener(listener, l.Connections)
}
