package protocol

import (
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// Message receives a message's bytes as they came. Free its buffer.
type Message struct{ Buf mem.Buffer }

// Codec hands over the bytes of a Message and is the ordinary protobuf
// codec for the rest. Unmarshalling rows into maps would cost ten times what
// everything else here does.
type Codec struct{ encoding.CodecV2 }

func NewCodec() Codec { return Codec{encoding.GetCodecV2(grpcproto.Name)} }

func (c Codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*Message); ok {
		m.Buf = data.MaterializeToBuffer(mem.DefaultBufferPool())
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}
