package record_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/connector/export/csv"
	"intercom-connector/connector/export/record"
	sdk "intercom-connector/proto"
)

// exporter serves a CSV, with ordinary messages before and after its batches.
type exporter struct {
	sdk.UnimplementedSourceConnectorServer
	rows int
}

func (s exporter) Update(_ *sdk.UpdateRequest, stream sdk.SourceConnector_UpdateServer) error {
	e, err := record.NewEncoder(csv.Table{
		Name:      "call",
		Columns:   []csv.Column{{Name: "id", Key: true}, {Name: "note", Field: 1}},
		Header:    []csv.Field{{ID: "id"}, {ID: "note"}},
		RowID:     true,
		TimeField: -1,
	})
	if err != nil {
		return err
	}
	var rows strings.Builder
	rows.WriteString("id,note\n")
	for i := range s.rows {
		fmt.Fprintf(&rows, "%d,%s\n", i, strings.Repeat("x", i%3000))
	}
	warn := func(message string) error {
		return stream.Send(&sdk.UpdateResponse{Operation: &sdk.UpdateResponse_Warning{Warning: &sdk.Warning{Message: message}}})
	}
	if err := warn("before"); err != nil {
		return err
	}
	_, err = e.Encode(stream.Context(), csv.FromReader(strings.NewReader(rows.String())), csv.Window{}, func(b *record.Batch) error {
		return stream.SendMsg(b)
	})
	if err != nil {
		return err
	}
	return warn("after")
}

// TestServerCodec sends batches through gRPC to several clients at once, whose
// buffers come from the same pool.
func TestServerCodec(t *testing.T) {
	const rows = 5000
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer(grpc.ForceServerCodecV2(record.ServerCodec()))
	sdk.RegisterSourceConnectorServer(server, exporter{rows: rows})
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	connection, err := grpc.NewClient("passthrough:bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	var clients sync.WaitGroup
	for _, option := range [][]grpc.CallOption{nil, nil, {grpc.UseCompressor("gzip")}} {
		clients.Go(func() { drain(t, sdk.NewSourceConnectorClient(connection), rows, option...) })
	}
	clients.Wait()
}

// drain reads one stream and holds every row against what was served.
func drain(t *testing.T, client sdk.SourceConnectorClient, rows int, options ...grpc.CallOption) {
	stream, err := client.Update(t.Context(), &sdk.UpdateRequest{}, options...)
	if err != nil {
		t.Error(err)
		return
	}
	next, warnings := 0, ""
	for {
		response, err := stream.Recv()
		if err != nil {
			if next != rows || warnings != "before after " {
				t.Errorf("%d rows, warnings %q, then %v", next, warnings, err)
			}
			return
		}
		if w := response.GetWarning(); w != nil {
			warnings += w.Message + " "
		}
		for _, r := range response.GetRecords().GetRecords() {
			id, note := r.Data["id"].GetString_(), r.Data["note"].GetString_()
			if id != fmt.Sprint(next) || note != strings.Repeat("x", next%3000) {
				t.Errorf("row %d is %s with a note of %d", next, id, len(note))
				return
			}
			next++
		}
	}
}

func TestSentTwice(t *testing.T) {
	e, err := record.NewEncoder(csv.Table{Name: "t", Columns: []csv.Column{{Name: "a"}}, Header: []csv.Field{{ID: "a"}}, TimeField: -1})
	if err != nil {
		t.Fatal(err)
	}
	codec := record.ServerCodec()
	_, err = e.Encode(t.Context(), csv.FromReader(strings.NewReader("a\n1\n")), csv.Window{}, func(b *record.Batch) error {
		data, err := codec.Marshal(b)
		if err != nil || data.Len() != 40 {
			t.Errorf("%d bytes, %v", data.Len(), err)
		}
		data.Free()
		if _, err := codec.Marshal(b); err == nil {
			t.Error("a batch was sent twice")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if codec.Name() != "proto" {
		t.Errorf("codec is named %q", codec.Name())
	}
}
