package connector

import (
	"context"
	"crypto/rand"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A panic is a bug: its call ends with an id that stands in the log beside the
// stack, and the other calls go on. The panic's own value is not logged, since
// it may quote what it choked on.

func (c *Connector) recoverCall(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	defer c.recovered(info.FullMethod, &err)
	return handler(ctx, request)
}

func (c *Connector) recoverStream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	defer c.recovered(info.FullMethod, &err)
	return handler(server, stream)
}

func (c *Connector) recovered(method string, err *error) {
	if recover() != nil {
		*err = c.bug(method)
	}
}

// bug logs where a panic happened and is the error that its call ends with.
func (c *Connector) bug(where string) error {
	id := rand.Text()[:8]
	c.log.Error("a bug stopped this call", "id", id, "in", where, "stack", string(debug.Stack()))
	return status.Errorf(codes.Internal, "a bug in the connector stopped this call; the log has it under id %s", id)
}
