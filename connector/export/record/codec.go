package record

import (
	"errors"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// ServerCodec is for grpc.ForceServerCodecV2. A [*Batch] goes out as it is,
// everything else as ordinary protobuf. It is safe for concurrent use.
func ServerCodec() encoding.CodecV2 {
	return codec{encoding.GetCodecV2(proto.Name)}
}

type codec struct {
	encoding.CodecV2 // for everything but batches
}

var errSentTwice = errors.New("record: a batch that was sent or freed is sent again")

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.(*Batch)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	if b.message == nil {
		return nil, errSentTwice
	}
	return b.buffer(), nil
}
