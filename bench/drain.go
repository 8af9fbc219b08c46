package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	sdk "intercom-connector/proto"
)

// tally is what a client makes of a message that it does not decode: how many
// records, and whether it was a warning or a task.
type tally struct {
	records int
	trouble string
}

// bytesCodec sends what is encoded as it is, and counts what comes.
type bytesCodec struct{ encoding.CodecV2 }

func newEncodedCodec() encoding.CodecV2 { return bytesCodec{encoding.GetCodecV2(grpcproto.Name)} }

func (c bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	if e, ok := v.(encoded); ok {
		return mem.BufferSlice{mem.SliceBuffer(e)}, nil
	}
	return c.CodecV2.Marshal(v)
}

func (c bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	t, ok := v.(*tally)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	return t.read(&cursor{rest: data})
}

// Fields of the protocol.
const (
	fieldRecord  = 1 // of UpdateResponse, and of Records
	fieldWarning = 4
	fieldTask    = 5
	fieldRecords = 6
)

// read walks over the outermost fields of an UpdateResponse, which all have a
// length, and skips what they hold. Inside of records it does the same.
func (t *tally) read(message *cursor) error {
	for message.more() {
		tag, size := message.uvarint(), message.uvarint()
		switch tag >> 3 {
		case fieldRecords:
			continue // to the records in it
		case fieldRecord:
			t.records++
			message.skip(size)
		case fieldWarning, fieldTask:
			var trouble sdk.Warning // a task has the same field
			if err := proto.Unmarshal(message.take(size), &trouble); err != nil {
				return err
			}
			t.trouble = trouble.GetMessage()
		default:
			message.skip(size)
		}
	}
	if message.short {
		return errors.New("a message is cut off")
	}
	return nil
}

// cursor goes through the buffers of a message without copying them.
type cursor struct {
	rest  mem.BufferSlice
	at    []byte // what is left of the buffer before rest
	short bool   // there was less than asked for
}

// more reports whether anything is left.
func (c *cursor) more() bool {
	for len(c.at) == 0 && len(c.rest) > 0 {
		c.at, c.rest = c.rest[0].ReadOnlyData(), c.rest[1:]
	}
	return len(c.at) > 0
}

func (c *cursor) uvarint() (n uint64) {
	for shift := 0; c.more() && shift < 64; shift += 7 {
		b := c.at[0]
		c.at = c.at[1:]
		if n |= uint64(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
	c.short = true
	return n
}

func (c *cursor) skip(size uint64) {
	for size > 0 && c.more() {
		n := min(size, uint64(len(c.at)))
		c.at, size = c.at[n:], size-n
	}
	c.short = c.short || size > 0
}

func (c *cursor) take(size uint64) (text []byte) {
	for uint64(len(text)) < size && c.more() {
		n := min(size-uint64(len(text)), uint64(len(c.at)))
		text, c.at = append(text, c.at[:n]...), c.at[n:]
	}
	return text
}

// What makes the client's own work small, so that the server's is measured: it
// reads much at a time, never keeps the server waiting for a window, and does
// not clear the memory that it is about to overwrite.
const (
	readBuffer = 256 << 10
	window     = 16 << 20
	frame      = 16 << 10 // the longest of HTTP/2, by default
)

// frames is a pool of memory for frames that is not cleared. Few buffers are
// longer.
type frames struct{ pool sync.Pool }

// Get gives a buffer with anything in it.
func (f *frames) Get(length int) *[]byte {
	b, ok := f.pool.Get().(*[]byte)
	if !ok || cap(*b) < length {
		room := make([]byte, max(length, frame))
		b = &room
	}
	*b = (*b)[:length]
	return b
}

// Put takes a buffer back.
func (f *frames) Put(b *[]byte) { f.pool.Put(b) }

// drain is the role of the client: it calls Update and counts.
func drain(target string, configuration map[string]string) error {
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithReadBufferSize(readBuffer), grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
		experimental.WithBufferPool(&frames{}),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(newEncodedCodec()), grpc.MaxCallRecvMsgSize(128<<20)))
	if err != nil {
		return err
	}
	defer connection.Close()
	o := outcome{Began: time.Now().UnixNano()}
	stream, err := connection.NewStream(context.Background(), &sdk.SourceConnector_ServiceDesc.Streams[0], sdk.SourceConnector_Update_FullMethodName)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&sdk.UpdateRequest{Configuration: configuration}); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		var t tally
		err := stream.RecvMsg(&t)
		if errors.Is(err, io.EOF) {
			o.Ended = time.Now().UnixNano()
			return tell(o)
		}
		if err != nil {
			return err
		}
		if t.trouble != "" {
			return fmt.Errorf("the server says: %s", t.trouble)
		}
		o.Rows += t.records
	}
}
