package admission

import (
	"context"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/configuration"
)

// calls are those at work, by their tokens.
type calls struct {
	perToken, inAll int

	mu      sync.Mutex
	running map[string]int
	all     int
}

// take counts a call in; leave counts it out. A request without a configuration
// costs nothing, and is not counted.
func (c *calls) take(request any) (leave func(), err error) {
	configured, ok := request.(interface{ GetConfiguration() map[string]string })
	if !ok {
		return func() {}, nil
	}
	token := strings.TrimSpace(configured.GetConfiguration()[configuration.KeyToken])
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.running[token] >= c.perToken:
		return nil, status.Errorf(codes.ResourceExhausted, "this access token has %d calls at work on this server: wait until one ends", c.perToken)
	case c.all >= c.inAll:
		return nil, status.Errorf(codes.ResourceExhausted, "%d calls are at work on this server: wait until one ends", c.inAll)
	}
	c.running[token]++
	c.all++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.all--
		if c.running[token]--; c.running[token] == 0 {
			delete(c.running, token)
		}
	}, nil
}

func (c *calls) unary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if late := arrived(ctx); late != nil {
		return nil, late
	}
	leave, err := c.take(request)
	if err != nil {
		return nil, err
	}
	defer leave()
	return handler(ctx, request)
}

func (c *calls) stream(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	counted := &countedStream{ServerStream: stream, calls: c, leave: func() {}}
	defer func() { counted.leave() }()
	return handler(server, counted)
}

// countedStream is counted in once its request is there.
type countedStream struct {
	grpc.ServerStream
	calls   *calls
	leave   func()
	counted bool
}

func (s *countedStream) RecvMsg(request any) error {
	err := s.ServerStream.RecvMsg(request)
	if s.counted {
		return err
	}
	if late := arrived(s.Context()); late != nil {
		return late
	}
	if err != nil {
		return err
	}
	leave, err := s.calls.take(request)
	if err == nil {
		s.leave, s.counted = leave, true
	}
	return err
}
