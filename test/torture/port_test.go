package torture

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	sdk "intercom-connector/proto"
)

const streamsOfConnection = 100

// TestServerPort keeps a server busy with streams that send no request, connections that
// say nothing, and one token's calls to a workspace that never answers. Its health
// check and another's sync go on.
func TestServerPort(t *testing.T) {
	connections, idle, calls := choose(5, 50), choose(50, 500), choose(100, 5000)
	p, port := server(t)
	address := "127.0.0.1:" + port
	for range idle {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
	}
	for range connections {
		defer openStreams(t, address).Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	refused, ended := oneTokensCalls(t, ctx, address, calls)
	for range calls - 16 {
		<-refused
	}
	began := time.Now()
	if out, err := exec.Command(command(t, "server"), "--health", "--port", port).CombinedOutput(); err != nil {
		t.Errorf("--health: %v: %s", err, out)
	}
	healthy := time.Since(began)
	n := tenant{number: 1}
	configuration, closeAll := n.workspace(t, 503)
	defer closeAll()
	began = time.Now()
	if err := n.sync(port, configuration, func(int) {}); err != nil || len(n.ids) != 503 {
		t.Errorf("a sync meanwhile: %d rows, %v", len(n.ids), err)
	}
	took := time.Since(began)
	cancel()
	<-ended
	figure("port: %d streams without a request, %d silent connections and %d calls of one token, of which %d were refused: --health in %v, another's sync in %v, the server's peak memory %d MB",
		connections*streamsOfConnection, idle, calls, calls-16, healthy.Round(time.Millisecond), took.Round(time.Millisecond), p.peak(t)>>20)
}

// openStreams opens a connection's streams and sends no request on them.
func openStreams(t *testing.T, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var block, out bytes.Buffer
	out.WriteString(http2.ClientPreface)
	framer, encoder := http2.NewFramer(&out, nil), hpack.NewEncoder(&block)
	_ = framer.WriteSettings()
	for i := range streamsOfConnection {
		block.Reset()
		for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", "/fivetran_sdk.v2.SourceConnector/Update"}, {":authority", "x"}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
			_ = encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: block.Bytes(), EndHeaders: true})
	}
	if _, err := connection.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	return connection
}

// oneTokensCalls begins syncs of a workspace that does not answer. One comes out of
// refused for each that the server refuses; ended is closed when all are over.
func oneTokensCalls(t *testing.T, ctx context.Context, address string, calls int) (refused, ended chan struct{}) {
	t.Helper()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	configuration := map[string]string{"access_token": token + "-greedy", "base_url": silent.URL}
	refused, ended = make(chan struct{}, calls), make(chan struct{})
	var group errgroup.Group
	for begun := 0; begun < calls; begun += streamsOfConnection {
		connection, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		for range min(streamsOfConnection, calls-begun) {
			group.Go(func() error {
				stream, err := sdk.NewSourceConnectorClient(connection).Update(ctx, &sdk.UpdateRequest{Configuration: configuration})
				for err == nil {
					_, err = stream.Recv()
				}
				if ctx.Err() == nil {
					if code := status.Code(err); code != codes.ResourceExhausted && code != codes.Canceled { // for want of room to arrive
						t.Errorf("a call of many: %v", err)
					}
					refused <- struct{}{}
				}
				return nil
			})
		}
	}
	go func() { defer close(ended); _ = group.Wait() }()
	return refused, ended
}
