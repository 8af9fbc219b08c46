package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/ndjson"
	"intercom-connector/connector/export/record"
	"intercom-connector/intercom"
	"intercom-connector/intercom/download"
	"intercom-connector/test/bench/export"
)

// The bounds are contestants that leave out a part of the work.

// gunzipOnly is what no connector can beat: the download, unpacked and thrown
// away.
func gunzipOnly(_ export.Shape, configuration map[string]string, _ grpc.ServerStream) error {
	text, done, err := get(configuration["url"])
	if err != nil {
		return err
	}
	defer done()
	block := make([]byte, 256<<10)
	for err == nil {
		_, err = text.Read(block)
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// encodeOnly is the connector's own path without gRPC behind it.
func encodeOnly(s export.Shape, configuration map[string]string, stream grpc.ServerStream) error {
	body, err := blocksOf(stream.Context(), configuration["url"])
	if err != nil {
		return err
	}
	defer body.Close()
	return encode(stream.Context(), s, body, func(b *record.Batch) error {
		b.Free()
		return nil
	})
}

// download asks for the export as the connector and the lake do.
func blocksOf(ctx context.Context, url string) (*download.Stream, error) {
	base, _, _ := strings.Cut(url, "/download")
	client, err := intercom.New(intercom.Config{Token: "a-token-of-tests", BaseURL: base})
	if err != nil {
		return nil, err
	}
	return client.Download(ctx, intercom.Job{ID: "job1", Status: "complete", DownloadURL: url})
}

// encode turns an export into batches.
func encode(ctx context.Context, s export.Shape, source csv.Source, send func(*record.Batch) error) error {
	encoder, err := record.NewEncoder(s.Table())
	if err != nil {
		return err
	}
	_, err = encoder.Encode(ctx, source, csv.Window{Start: export.Start, End: export.End}, send)
	return err
}

// linesOnly is the lake's path before packing.
func linesOnly(s export.Shape, configuration map[string]string, stream grpc.ServerStream) error {
	return lake(stream.Context(), s, configuration["url"], func(int64, bool, []byte) error { return nil })
}

// packedLines is the lake's path up to the storage.
func packedLines(s export.Shape, configuration map[string]string, stream grpc.ServerStream) error {
	packer := ndjson.NewPacker(io.Discard)
	err := lake(stream.Context(), s, configuration["url"], func(_ int64, _ bool, line []byte) error {
		_, err := packer.Write(line)
		return err
	})
	return errors.Join(err, packer.Close())
}

// lake turns an export into lines.
func lake(ctx context.Context, s export.Shape, url string, row ndjson.Row) error {
	body, err := blocksOf(ctx, url)
	if err != nil {
		return err
	}
	defer body.Close()
	encoder, err := ndjson.NewEncoder(s.Table())
	if err != nil {
		return err
	}
	_, err = encoder.Encode(ctx, body, csv.Window{Start: export.Start, End: export.End}, row)
	return err
}

// encoded is a message as it crosses the csv.
type encoded []byte

// encodedCodec sends what is encoded as it is.
type encodedCodec struct{ encoding.CodecV2 }

func newEncodedCodec() encoding.CodecV2 { return encodedCodec{encoding.GetCodecV2(grpcproto.Name)} }

func (c encodedCodec) Marshal(v any) (mem.BufferSlice, error) {
	if e, ok := v.(encoded); ok {
		return mem.BufferSlice{mem.SliceBuffer(e)}, nil
	}
	return c.CodecV2.Marshal(v)
}

// newSendOnly makes the Update that sends batches which were encoded
// beforehand: what gRPC and its client allow.
func newSendOnly(s export.Shape) (update, error) {
	var messages []encoded
	var records []int
	header, rows := s.CSV()
	source := csv.FromReader(io.MultiReader(bytes.NewReader(header), bytes.NewReader(rows)))
	err := encode(context.Background(), s, source, func(b *record.Batch) error {
		messages = append(messages, append(encoded(nil), b.Bytes()...))
		records = append(records, b.Records())
		b.Free()
		return nil
	})
	return func(_ export.Shape, configuration map[string]string, stream grpc.ServerStream) error {
		rows, err := strconv.Atoi(configuration["rows"])
		if err != nil {
			return err
		}
		for i := 0; rows > 0; i = (i + 1) % len(messages) {
			if err := stream.SendMsg(messages[i]); err != nil {
				return err
			}
			rows -= records[i]
		}
		return nil
	}, err
}
