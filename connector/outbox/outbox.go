// Package outbox is a sync's way to Fivetran: rows, warnings and checkpoints go out
// in the order in which they were given. While nothing else lasts, the last
// checkpoint is sent again every ten minutes: rows from before it are kept then, if
// the sync is cut off. It says no more of them than when it was sent first, since the
// rows after a checkpoint may be lost or kept, and it holds either way.
//
// outbox.go is the queue, messages.go what it is mostly given. Rows of the datasets
// come encoded (package record); those of the tables that are small beside them go
// through rows.go.
package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
)

// What the outbox holds: so many messages of up to so many bytes, fewer longer
// ones, and of the longest one at a time.
const (
	places = 8
	place  = 128 << 10
)

// repeatEvery is how long a sync goes on without a checkpoint at the most.
const repeatEvery = 10 * time.Minute

// Outbox sends the messages of a sync in their order, a little behind it. gRPC
// takes one message of rows at a time, and its next only when that one is
// written: without the outbox, rows are encoded and written by turns, and each
// has to wait for the other whenever something else holds up either.
//
// What is in the outbox counts as sent: what follows it, a checkpoint above
// all, can come neither before it nor without it.
type Outbox struct {
	stream  grpc.ServerStream
	bug     func(where string) error
	room    chan struct{} // has an element for each place that is taken
	queue   chan outgoing
	closing sync.Once
	done    chan struct{} // closed when nothing is sent any more
	failed  chan struct{} // closed when err is set
	err     error
	last    *sdk.UpdateResponse // checkpoint
}

type outgoing struct {
	message any
	places  int
}

// Open begins to send to a stream. The outbox must be closed. The state is the one
// that the sync began with. bug makes the error of a panic that was recovered.
func Open(stream grpc.ServerStream, state string, bug func(where string) error) *Outbox {
	o := &Outbox{
		stream: stream,
		bug:    bug,
		room:   make(chan struct{}, places),
		queue:  make(chan outgoing, places),
		done:   make(chan struct{}),
		failed: make(chan struct{}),
		last:   checkpoint(state),
	}
	go o.run()
	return o
}

// Send puts a message into the outbox, and waits for room there. The message
// must not be changed any more. An error says that this message or an earlier
// one cannot be sent, nor any other. One goroutine may call it.
func (o *Outbox) Send(ctx context.Context, message any) error {
	next := outgoing{message, min(1+sizeOf(message)/place, places)}
	for range next.places {
		select {
		case o.room <- struct{}{}:
		case <-ctx.Done():
			return &Error{context.Cause(ctx)}
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

// Close waits until everything is sent, and gives the error of what could not
// be. It may be called again.
func (o *Outbox) Close() error {
	o.closing.Do(func() { close(o.queue) })
	<-o.done
	return o.err
}

func (o *Outbox) run() {
	defer close(o.done)
	again := time.NewTicker(repeatEvery)
	defer again.Stop()
	for {
		select {
		case next, open := <-o.queue:
			if !open {
				return
			}
			o.pass(next.message)
			if m, ok := next.message.(*sdk.UpdateResponse); ok && m.GetCheckpoint() != nil {
				o.last = m
				again.Reset(repeatEvery)
			}
			for range next.places {
				<-o.room
			}
		case <-again.C:
			o.pass(o.last)
		}
	}
}

// pass delivers a message, unless an earlier one could not be delivered.
func (o *Outbox) pass(message any) {
	if o.err != nil {
		return
	}
	if o.err = o.deliver(message); o.err != nil {
		close(o.failed)
	}
}

// deliver gives a message to gRPC.
func (o *Outbox) deliver(message any) (err error) {
	defer func() {
		if recover() != nil {
			err = o.bug("sending")
		}
	}()
	if err := o.stream.SendMsg(message); err != nil {
		return &Error{err}
	}
	return nil
}

// Error says that Fivetran is gone: nothing else can be sent.
type Error struct{ err error }

func (e *Error) Error() string { return fmt.Sprintf("sending to Fivetran: %v", e.err) }

func (e *Error) Unwrap() error { return e.err }

// GRPCStatus is how the call ends.
func (e *Error) GRPCStatus() *status.Status { return status.New(codes.Canceled, e.Error()) }
