package record

import (
	"encoding/binary"
	"sync"

	"google.golang.org/grpc/mem"
)

const (
	// maxRecords and maxBatch are Fivetran's limit of records in a message
	// and its own SDK's of bytes. One record may be larger, alone.
	maxRecords = 100
	maxBatch   = 100_000
	// batchRoom is what a batch's buffer begins with: a full batch and the
	// record that turns out to be too much.
	batchRoom = 112 << 10
	// keptRoom is how large a buffer may be and be used again.
	keptRoom = 512 << 10
	// headroom is left for the message's own tag and length, which come last.
	headroom = 1 + binary.MaxVarintLen32
)

// Batch is one message of a sync, an UpdateResponse with records, as bytes.
// It is sent by stream.SendMsg on a server with [ServerCodec], once. What is
// not sent is given back with Free, or left to the garbage collector.
type Batch struct {
	room    []byte // headroom, and the records
	message []byte // the part of room that is the message
	records int
	buffers [1]mem.Buffer // what gRPC is handed: the message alone
}

var batches = sync.Pool{
	New: func() any { return &Batch{room: make([]byte, headroom, batchRoom)} },
}

func newBatch() *Batch {
	b := batches.Get().(*Batch)
	b.room, b.message, b.records = b.room[:headroom], nil, 0
	return b
}

// size is the length of the records.
func (b *Batch) size() int { return len(b.room) - headroom }

// close puts the message's tag and length in front of the records.
func (b *Batch) close() {
	var length [binary.MaxVarintLen32]byte
	n := binary.PutUvarint(length[:], uint64(b.size()))
	start := headroom - 1 - n
	b.room[start] = tagRecords
	copy(b.room[start+1:], length[:n])
	b.message = b.room[start:]
}

func (b *Batch) Records() int { return b.records }

// Bytes is the message. It is valid until the batch is sent or freed.
func (b *Batch) Bytes() []byte { return b.message }

// Free gives the batch's memory back. It must not be used any more.
func (b *Batch) Free() {
	b.message = nil
	if cap(b.room) <= keptRoom {
		batches.Put(b)
	}
}

// buffer hands the message to gRPC, which frees the batch through recycler
// when it has written it.
func (b *Batch) buffer() mem.BufferSlice {
	b.buffers[0] = mem.NewBuffer(&b.message, (*recycler)(b))
	return b.buffers[:]
}

// recycler is a batch in the part of the pool that its buffer came from.
type recycler Batch

// Get is never called: gRPC takes its own buffers from its own pool.
func (*recycler) Get(length int) *[]byte {
	room := make([]byte, length)
	return &room
}

func (r *recycler) Put(*[]byte) { (*Batch)(r).Free() }
