package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
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
	message := data.Reader()
	defer message.Close()
	return t.read(message, message.Remaining())
}

// Fields of the protocol.
const (
	fieldRecord  = 1 // of UpdateResponse
	fieldWarning = 4
	fieldTask    = 5
	fieldRecords = 6
)

// read walks over the outermost fields of an UpdateResponse, which all have a
// length, and skips what they hold. It copies nothing.
func (t *tally) read(message *mem.Reader, length int) error {
	for end := message.Remaining() - length; message.Remaining() > end; {
		tag, err := binary.ReadUvarint(message)
		if err != nil {
			return err
		}
		size, err := binary.ReadUvarint(message)
		if err != nil {
			return err
		}
		switch tag >> 3 {
		case fieldRecords:
			records := &tally{}
			if err := records.read(message, int(size)); err != nil {
				return err
			}
			t.records += records.records
			continue
		case fieldRecord:
			t.records++
		case fieldWarning, fieldTask:
			text := make([]byte, size)
			if _, err := io.ReadFull(message, text); err != nil {
				return err
			}
			var trouble sdk.Warning // a task has the same field
			if err := proto.Unmarshal(text, &trouble); err != nil {
				return err
			}
			t.trouble = trouble.GetMessage()
			continue
		}
		if _, err := message.Discard(int(size)); err != nil {
			return err
		}
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
