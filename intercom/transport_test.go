package intercom

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"intercom-connector/intercom/transport"
)

func TestConnectionsAreUsedAgain(t *testing.T) {
	seen := map[string]bool{}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen[r.RemoteAddr] = true
		if r.URL.Path == "/me" {
			say(200, gz(meBody), "Content-Encoding", "gzip")(w, r)
			return
		}
		say(200, gz("id\n1\n"))(w, r)
	})
	for range 3 {
		if err := askMe(c); err != nil {
			t.Fatal(err)
		}
		if _, err := downloadAll(c, doneJob); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 1 {
		t.Errorf("%d connections for six calls, one after the other", len(seen))
	}
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 || r.Header.Get("Authorization") != "Bearer "+testToken {
			t.Errorf("HTTP/%d with Authorization %q", r.ProtoMajor, r.Header.Get("Authorization"))
		}
		say(200, "id\n1\n")(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	tr := transport.New(time.Second, nil)
	tr.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	c, err := New(Config{Token: testToken, BaseURL: server.URL, Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	if got, err := downloadAll(c, doneJob); got != "id\n1\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// A certificate does not become good by trying again, and a host that cannot
// prove who it is gets no token.
func TestABadCertificateIsFinal(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	c, err := New(Config{Token: testToken, BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := askMe(c); !errors.As(err, &e) || e.Transient() {
		t.Errorf("got %v", err)
	}
}

// A program that is done with a client leaves nothing behind: no connection, and
// no goroutine, for the bubble's end fails a test that has any left. Only the
// listener is closed here: the connections are the client's to close.
func TestCloseIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(64 << 10)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/me" {
				say(200, meBody)(w, r)
				return
			}
			say(200, gz("id\n1\n"))(w, r)
		})}
		go server.Serve(l)
		defer l.Close()
		var open atomic.Int64
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := l.DialContext(ctx)
			open.Add(1)
			return &countedConn{Conn: conn, open: &open}, err
		}
		c, err := New(Config{Token: testToken, BaseURL: "http://localhost", Transport: transport.New(time.Second, dial)})
		if err != nil {
			t.Fatal(err)
		}
		if err := askMe(c); err != nil {
			t.Fatal(err)
		}
		if _, err := downloadAll(c.ForWorkspace(Me{AppID: "xyz"}), doneJob); err != nil {
			t.Fatal(err)
		}
		if open.Load() == 0 {
			t.Error("no connection was kept for the next call")
		}
		c.CloseIdleConnections()
		synctest.Wait()
		if left := open.Load(); left != 0 {
			t.Errorf("%d connections are left", left)
		}
	})
}

// countedConn tells when it is closed.
type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
