package bounds

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"intercom-connector/intercom/transport"
)

// Room is the memory that all answers of a process share.
type Room struct {
	free *semaphore.Weighted

	mu      sync.Mutex
	callers map[string]*caller // those with a large answer, or waiting for one
}

// caller has one large answer at a time.
type caller struct {
	large  chan struct{}
	inHand int // answers, with those that wait
}

// NewRoom is a room of as many bytes.
func NewRoom(bytes int64) *Room {
	return &Room{free: semaphore.NewWeighted(bytes), callers: map[string]*caller{}}
}

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
	room *Room
	name string
}

// Share is the part of a caller, who is known by its name, such as its token,
// however many clients it has.
func (r *Room) Share(name string) Share { return Share{r, name} }

// enter gives the caller, who must leave again.
func (s Share) enter() *caller {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	c := s.room.callers[s.name]
	if c == nil {
		c = &caller{large: make(chan struct{}, 1)}
		s.room.callers[s.name] = c
	}
	c.inHand++
	return c
}

func (s Share) leave(c *caller) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	if c.inHand--; c.inHand == 0 {
		delete(s.room.callers, s.name)
	}
}

var errNoRoom = errors.New("other answers take all the memory that there is for them")

// take takes the room of an answer of so many bytes. It must be given back.
func (s Share) take(ctx context.Context, bytes int) (giveBack func(), err error) {
	c := s.enter()
	defer func() {
		if err != nil {
			s.leave(c)
		}
	}()
	waiting, stop := context.WithTimeoutCause(ctx, maxWait, errNoRoom)
	defer stop()
	select {
	case c.large <- struct{}{}:
	case <-waiting.Done():
		return nil, whyEnded(ctx)
	}
	weight := cost * int64(bytes)
	if s.room.free.Acquire(waiting, weight) != nil {
		<-c.large
		return nil, whyEnded(ctx)
	}
	return func() {
		s.room.free.Release(weight)
		<-c.large
		s.leave(c)
	}, nil
}

// whyEnded is the caller's own end, or that there was no room, which time may heal.
func whyEnded(caller context.Context) error {
	if caller.Err() != nil {
		return transport.Ended(caller)
	}
	return errNoRoom
}
