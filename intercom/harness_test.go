package intercom

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/intercom/intercomtest"
	"intercom-connector/intercom/transport"
)

const testToken = "dG9rOmI3YjQ=secret"

// serve gives a client of a real HTTP server on this machine.
func serve(t testing.TB, h http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	cfg := Config{Token: testToken, BaseURL: server.URL, Timeouts: Timeouts{Retry: -1, Late: -1}}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// inBubble runs test in a synctest bubble with a client whose server is reached
// by in-memory connections, so that time moves only when everyone waits.
func inBubble(t *testing.T, h http.HandlerFunc, test func(*testing.T, *Client), change ...func(*Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(64 << 10)
		server := &http.Server{Handler: h}
		go server.Serve(l)
		defer server.Close()
		cfg := Config{Token: testToken, BaseURL: "http://localhost", Transport: transport.New(15*time.Second, intercomtest.Dial(l))}
		for _, f := range change {
			f(&cfg)
		}
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseIdleConnections()
		test(t, c)
	})
}

// Shorter names.
type clock = intercomtest.Clock

var (
	answers  = intercomtest.Answers
	say      = intercomtest.Say
	hangUp   = intercomtest.HangUp
	stalls   = intercomtest.Stalls
	envelope = intercomtest.Envelope
)

// gz is the content as a gzip file.
func gz(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(content))
	w.Close()
	return b.String()
}
