package people

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/intercom"
	"intercom-connector/intercom/intercomtest"
	"intercom-connector/intercom/transport"
)

// Shorter names.
type clock = intercomtest.Clock

var (
	answers  = intercomtest.Answers
	say      = intercomtest.Say
	hangUp   = intercomtest.HangUp
	stalls   = intercomtest.Stalls
	envelope = intercomtest.Envelope
)

// serve gives a client of a real HTTP server on this machine.
func serve(t *testing.T, h http.HandlerFunc) *intercom.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return client(t, intercom.Config{BaseURL: server.URL, Timeouts: intercom.Timeouts{Retry: -1}})
}

func client(t *testing.T, cfg intercom.Config) *intercom.Client {
	t.Helper()
	cfg.Token = "dG9rOmI3YjQ=secret"
	c, err := intercom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// inBubble runs test in a synctest bubble with a client whose server is reached
// by in-memory connections, so that time moves only when everyone waits.
func inBubble(t *testing.T, h http.HandlerFunc, test func(*testing.T, *intercom.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(64 << 10)
		server := &http.Server{Handler: h}
		go server.Serve(l)
		defer server.Close()
		test(t, client(t, intercom.Config{BaseURL: "http://localhost", Transport: transport.New(15*time.Second, intercomtest.Dial(l))}))
	})
}

func between(d, low, high time.Duration) bool { return low <= d && d <= high }
