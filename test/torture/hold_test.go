package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"intercom-connector/connector"
	sdk "intercom-connector/proto"
	"intercom-connector/sandbox"
)

// heldMost is how much of a download the connector may have taken beyond what
// its client has: the eight blocks that were read ahead, the messages in the
// outbox, and the windows of gRPC.
const heldMost = 3 << 20

// TestHeld lets the client of a large sync read nothing for an hour, then
// slowly, then all: what the client does not take, the connector does not
// fetch, and at the end nothing is missing.
func TestHeld(t *testing.T) {
	rows := choose(60_007, 400_007) // a round count would be read twice
	options := sandbox.Options{Timezone: "UTC", Body: sandbox.Plain, Datasets: []sandbox.Dataset{wide(rows)}}
	inBubble(t, monday, options, nil, func(w *world) {
		w.set("dataset_id", "call", "window_seconds", "86400", "lookback_days", "0", "lookups", "none", "parallel_jobs", "1",
			"initial_start_time", monday.Add(-day).Format(time.RFC3339))
		client, stop := w.serve()
		defer stop()
		before := heap()
		stream, err := client.Update(context.Background(), &sdk.UpdateRequest{Configuration: w.configuration})
		if err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		taken := w.saboteur.read.Load()
		if taken > heldMost {
			w.t.Errorf("a client that reads nothing made the connector take %d bytes", taken)
		}
		grown := heap() - before
		if grown > 16<<20 {
			w.t.Errorf("a client that reads nothing cost %d bytes of memory", grown)
		}
		got, most := drain(w, stream)
		if got != rows || most > heldMost {
			w.t.Errorf("%d of %d rows; at the most %d bytes ahead of a slow client", got, rows, most)
		}
		figure("held: a client that read nothing for an hour cost %d KB of %d MB of download and %d KB of memory; reading slowly, %d KB; then all %d rows came",
			taken>>10, w.saboteur.read.Load()>>20, grown>>10, most>>10, got)
	})
}

// drain reads a sync, slowly at first, and says how many rows came and how far
// the connector was ahead at the most.
func drain(w *world, stream grpc.ServerStreamingClient[sdk.UpdateResponse]) (rows int, most int64) {
	var had int64
	for n := 0; ; n++ {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return rows, most
		}
		if err != nil {
			w.t.Fatal(err)
		}
		rows += len(message.GetRecords().GetRecords())
		for _, r := range message.GetRecords().GetRecords() {
			had += int64(len(r.GetData()["call_state"].GetString_()))
		}
		if n < 200 {
			time.Sleep(time.Second)
			synctest.Wait()
			most = max(most, w.saboteur.read.Load()-had)
		}
	}
}

// wide makes calls of about 200 bytes, all within an hour.
func wide(rows int) sandbox.Dataset {
	d := quiet(monday)[0]
	d.Rows = nil
	state := strings.Repeat("All of a customer's words. ", 7)
	d.Stream = func(yield func(sandbox.Row) bool) {
		for i := range rows {
			row := sandbox.Row{Time: monday.Add(-2 * time.Hour).Add(time.Duration(i%3000) * time.Second), Values: map[string]string{
				"call.call_id": fmt.Sprint(i), "call.call_state": state,
			}}
			if !yield(row) {
				return
			}
		}
	}
	return d
}

// serve offers the connector over gRPC, in the bubble.
func (w *world) serve() (client sdk.SourceConnectorClient, stop func()) {
	listener := newPipes()
	server := connector.NewServer(w.options)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	conn, err := grpc.NewClient("passthrough:memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.dial(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(128<<20)))
	if err != nil {
		w.t.Fatal(err)
	}
	return sdk.NewSourceConnectorClient(conn), func() {
		_ = conn.Close()
		server.Stop()
		<-done
	}
}

// heap is how much memory is in use after a collection.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
