package admission

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	sdk "intercom-connector/proto"
)

// waits is a connector whose syncs go on until they are let go.
type waits struct {
	sdk.UnimplementedSourceConnectorServer
	letGo chan struct{}
}

func (w waits) Update(_ *sdk.UpdateRequest, stream grpc.ServerStreamingServer[sdk.UpdateResponse]) error {
	if err := stream.Send(&sdk.UpdateResponse{}); err != nil {
		return err
	}
	select {
	case <-w.letGo:
		return nil
	case <-stream.Context().Done():
		return stream.Context().Err()
	}
}

func (waits) Schema(context.Context, *sdk.SchemaRequest) (*sdk.SchemaResponse, error) {
	return &sdk.SchemaResponse{}, nil
}

// port is a server with limits, over connections in memory, within a bubble.
type port struct {
	t        *testing.T
	listener *bufconn.Listener
	letGo    chan struct{}
}

func withPort(t *testing.T, limits Limits, test func(t *testing.T, p port)) {
	synctest.Test(t, func(t *testing.T) {
		p := port{t, bufconn.Listen(1 << 20), make(chan struct{})}
		server := grpc.NewServer(limits.ServerOptions()...)
		sdk.RegisterSourceConnectorServer(server, waits{letGo: p.letGo})
		healthpb.RegisterHealthServer(server, health.NewServer())
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(limits.Listen(p.listener)) }()
		defer func() { server.Stop(); <-done }()
		test(t, p)
	})
}

func (p port) client() *grpc.ClientConn {
	c, err := grpc.NewClient("passthrough:memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return p.listener.DialContext(ctx) }))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
	return c
}

// sync begins a sync and gives its first answer's error.
func (p port) sync(c *grpc.ClientConn, token string) error {
	stream, err := sdk.NewSourceConnectorClient(c).Update(p.t.Context(), &sdk.UpdateRequest{Configuration: map[string]string{"access_token": token}})
	if err == nil {
		_, err = stream.Recv()
	}
	return err
}

func (p port) healthy(c *grpc.ClientConn) {
	p.t.Helper()
	if answer, err := healthpb.NewHealthClient(c).Check(p.t.Context(), &healthpb.HealthCheckRequest{}); err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		p.t.Errorf("health: %v, %v", answer, err)
	}
}

// headersOnly opens streams that never send their request, and counts those that
// the server ends.
func (p port) headersOnly(streams int) *ended {
	p.t.Helper()
	connection, err := p.listener.Dial()
	if err != nil {
		p.t.Fatal(err)
	}
	e := &ended{}
	p.t.Cleanup(func() { _ = connection.Close() })
	_, _ = connection.Write([]byte(http2.ClientPreface))
	framer := http2.NewFramer(connection, connection)
	_ = framer.WriteSettings()
	go func() {
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if frame.Header().Type == http2.FrameHeaders { // which say how a call ended
				e.mu.Lock()
				e.n++
				e.mu.Unlock()
			}
		}
	}()
	var block headers
	for i := range streams {
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: block.of("/fivetran_sdk.v2.SourceConnector/Update"), EndHeaders: true}); err != nil {
			p.t.Fatal(err)
		}
	}
	return e
}

type ended struct {
	mu sync.Mutex
	n  int
}

func (e *ended) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.n
}

type headers struct{ out []byte }

func (h *headers) Write(p []byte) (int, error) { h.out = append(h.out, p...); return len(p), nil }

func (h *headers) of(path string) []byte {
	h.out = nil
	e := hpack.NewEncoder(h)
	for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "x"}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1], Sensitive: true})
	}
	return h.out
}

func limits(change func(*Limits)) Limits {
	l := Default
	change(&l)
	return l
}

func TestCallsOfATokenAreBounded(t *testing.T) {
	withPort(t, limits(func(l *Limits) { l.CallsOfToken, l.CallsAltogether = 3, 5 }), func(t *testing.T, p port) {
		c := p.client()
		for i, want := range []struct {
			token string
			code  codes.Code
		}{{"a", codes.OK}, {"a", codes.OK}, {" a ", codes.OK}, {"a", codes.ResourceExhausted}, {"b", codes.OK}, {"c", codes.OK}, {"d", codes.ResourceExhausted}} {
			if err := p.sync(c, want.token); status.Code(err) != want.code {
				t.Errorf("call %d, of %s: %v", i, want.token, err)
			}
		}
		p.healthy(c)
		if _, err := sdk.NewSourceConnectorClient(c).Schema(t.Context(), &sdk.SchemaRequest{Configuration: map[string]string{"access_token": "a-token-of-tests"}}); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("another call of the token: %v", err)
		}
		close(p.letGo)
		synctest.Wait()
		for range 20 {
			if _, err := sdk.NewSourceConnectorClient(c).Schema(t.Context(), &sdk.SchemaRequest{Configuration: map[string]string{"access_token": "a-token-of-tests"}}); err != nil {
				t.Fatalf("after the others have ended: %v", err)
			}
		}
	})
}

func TestRequestsThatDoNotArrive(t *testing.T) {
	withPort(t, limits(func(l *Limits) { l.Arriving = 10 }), func(t *testing.T, p port) {
		first := p.headersOnly(8)
		synctest.Wait()
		second := p.headersOnly(8)
		synctest.Wait()
		if first.count() != 6 || second.count() != 0 {
			t.Errorf("of 16 for whom there is room for 10, %d of the first and %d of the last had to go", first.count(), second.count())
		}
		c := p.client()
		if err := p.sync(c, "a"); err != nil {
			t.Errorf("a sync meanwhile: %v", err)
		}
		p.healthy(c)
		time.Sleep(Default.Arrival - time.Second)
		if n := first.count() + second.count(); n > 8 {
			t.Errorf("%d were ended before their time", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := first.count() + second.count(); n != 16 {
			t.Errorf("%d of 16 are ended", n)
		}
		if err := p.sync(c, "a"); err != nil {
			t.Errorf("a sync afterwards: %v", err)
		}
	})
}

func TestConnections(t *testing.T) {
	withPort(t, limits(func(l *Limits) { l.Connections = 4 }), func(t *testing.T, p port) {
		for range 3 { // say nothing
			c, err := p.listener.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		c := p.client()
		p.healthy(c)
		began := time.Now()
		p.healthy(p.client()) // the fifth waits until one of the first is closed
		if waited := time.Since(began); waited != Default.Handshake {
			t.Errorf("waited %v", waited)
		}
		p.headersOnly(0)
		synctest.Wait()
		time.Sleep(Default.Ping + Default.Pong + time.Second) // a ping that it does not answer
		synctest.Wait()
		p.healthy(p.client())
		p.healthy(p.client())
		time.Sleep(2 * Default.Idle) // all of them, now
		for range 4 {
			p.healthy(p.client())
		}
	})
}

func TestWatchIsNotOffered(t *testing.T) {
	withPort(t, Default, func(t *testing.T, p port) {
		stream, err := healthpb.NewHealthClient(p.client()).Watch(t.Context(), &healthpb.HealthCheckRequest{})
		if err == nil {
			_, err = stream.Recv()
		}
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("got %v", err)
		}
	})
}

func TestLargeRequests(t *testing.T) {
	withPort(t, Default, func(t *testing.T, p port) {
		c := sdk.NewSourceConnectorClient(p.client())
		for size, want := range map[int]codes.Code{15 << 20: codes.OK, 17 << 20: codes.ResourceExhausted} {
			long := strings.Repeat("x", size)
			if _, err := c.Schema(t.Context(), &sdk.SchemaRequest{Configuration: map[string]string{"x": long}}); status.Code(err) != want {
				t.Errorf("%d MB: %v", size>>20, err)
			}
		}
	})
}
