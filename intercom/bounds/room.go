package bounds

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/semaphore"

	"intercom-connector/intercom/transport"
)

// Room is the memory that all answers of a process share.
type Room struct{ free *semaphore.Weighted }

// NewRoom is a room of as many bytes.
func NewRoom(bytes int64) *Room { return &Room{semaphore.NewWeighted(bytes)} }

// Process is the room of this process: three of the largest answers at once,
// each with what is made of it.
var Process = NewRoom(3 * cost * int64(max(Page.Bytes, Catalogue.Bytes)))

// cost is how many bytes of memory a byte of an answer takes until it is decoded:
// itself, the buffer that it outgrew, and copies of its parts.
const cost = 4

// maxWait is how long an answer waits for room: the answers before it have a
// deadline themselves.
const maxWait = 2 * time.Minute

// Share is a caller's part of a room.
type Share struct {
	room  *Room
	large chan struct{}
}

// Share gives a caller its part.
func (r *Room) Share() *Share { return &Share{room: r, large: make(chan struct{}, 1)} }

var errNoRoom = errors.New("other answers take all the memory that there is for them")

// take takes the room of an answer of so many bytes. It must be given back.
func (s *Share) take(ctx context.Context, bytes int) (giveBack func(), err error) {
	waiting, stop := context.WithTimeoutCause(ctx, maxWait, errNoRoom)
	defer stop()
	select {
	case s.large <- struct{}{}:
	case <-waiting.Done():
		return nil, whyEnded(ctx)
	}
	weight := cost * int64(bytes)
	if s.room.free.Acquire(waiting, weight) != nil {
		<-s.large
		return nil, whyEnded(ctx)
	}
	return func() {
		s.room.free.Release(weight)
		<-s.large
	}, nil
}

// whyEnded is the caller's own end, or that there was no room, which time may heal.
func whyEnded(caller context.Context) error {
	if caller.Err() != nil {
		return transport.Ended(caller)
	}
	return errNoRoom
}
