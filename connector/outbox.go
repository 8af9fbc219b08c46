package connector

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/export/record"
)

// What the outbox holds: so many messages of up to so many bytes, fewer longer
// ones, and of the longest one at a time.
const (
	outboxPlaces = 8
	outboxPlace  = 128 << 10
)

// outbox sends the messages of a sync in their order, a little behind it. gRPC
// takes one message of rows at a time, and its next only when that one is
// written: without the outbox, rows are encoded and written by turns, and each
// has to wait for the other whenever something else holds up either.
//
// What is in the outbox counts as sent: what follows it, a checkpoint above
// all, can come neither before it nor without it.
type outbox struct {
	connector *Connector
	stream    grpc.ServerStream
	room      chan struct{} // has an element for each place that is taken
	queue     chan outgoing
	closing   sync.Once
	done      chan struct{} // closed when nothing is sent any more
	failed    chan struct{} // closed when err is set
	err       error
}

type outgoing struct {
	message any
	places  int
}

// newOutbox opens the outbox of a stream. It must be closed.
func (c *Connector) newOutbox(stream grpc.ServerStream) *outbox {
	o := &outbox{
		connector: c,
		stream:    stream,
		room:      make(chan struct{}, outboxPlaces),
		queue:     make(chan outgoing, outboxPlaces),
		done:      make(chan struct{}),
		failed:    make(chan struct{}),
	}
	go o.run()
	return o
}

// send puts a message into the outbox, and waits for room there. The message
// must not be changed any more. An error says that this message or an earlier
// one cannot be sent, nor any other. One goroutine may call it.
func (o *outbox) send(ctx context.Context, message any) error {
	next := outgoing{message, min(1+sizeOf(message)/outboxPlace, outboxPlaces)}
	for range next.places {
		select {
		case o.room <- struct{}{}:
		case <-ctx.Done():
			return &sendError{context.Cause(ctx)}
		}
	}
	select {
	case <-o.failed:
		return o.err
	default:
		o.queue <- next // there are no fewer places for messages than in room
		return nil
	}
}

// sizeOf is about how much memory a message takes.
func sizeOf(message any) int {
	switch m := message.(type) {
	case *record.Batch:
		return len(m.Bytes())
	case proto.Message:
		return proto.Size(m)
	}
	return 0
}

// close waits until everything is sent, and gives the error of what could not
// be. It may be called again.
func (o *outbox) close() error {
	o.closing.Do(func() { close(o.queue) })
	<-o.done
	return o.err
}

func (o *outbox) run() {
	defer close(o.done)
	for next := range o.queue {
		if o.err == nil {
			if o.err = o.deliver(next.message); o.err != nil {
				close(o.failed)
			}
		}
		for range next.places {
			<-o.room
		}
	}
}

// deliver gives a message to gRPC.
func (o *outbox) deliver(message any) (err error) {
	defer o.connector.recovered("sending", &err)
	if err := o.stream.SendMsg(message); err != nil {
		return &sendError{err}
	}
	return nil
}

// sendError says that Fivetran is gone: nothing else can be sent.
type sendError struct{ err error }

func (e *sendError) Error() string              { return fmt.Sprintf("sending to Fivetran: %v", e.err) }
func (e *sendError) Unwrap() error              { return e.err }
func (e *sendError) GRPCStatus() *status.Status { return status.New(codes.Canceled, e.Error()) }
