package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

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

func newEncodedCodec() encoding.CodecV2 { return bytesCodec{encoding.GetCodecV2(proto.Name)} }

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
	message := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer message.Free()
	return t.read(message.ReadOnlyData())
}

// read walks over the outermost fields of an UpdateResponse.
func (t *tally) read(message []byte) error {
	return eachField(message, func(number protowire.Number, value []byte) error {
		switch number {
		case 1: // record
			t.records++
		case 4, 5: // warning, task
			return eachField(value, func(_ protowire.Number, text []byte) error {
				t.trouble = string(text)
				return nil
			})
		case 6: // records
			return eachField(value, func(protowire.Number, []byte) error {
				t.records++
				return nil
			})
		}
		return nil
	})
}

// eachField calls do for every field of a message that has a length.
func eachField(message []byte, do func(protowire.Number, []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
				return protowire.ParseError(n)
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := do(number, value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// drain is the role of the client: it calls Update and counts.
func drain(target string, configuration map[string]string) error {
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
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
