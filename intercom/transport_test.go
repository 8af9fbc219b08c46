package intercom

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestConnectionsAreUsedAgain(t *testing.T) {
	seen := map[string]bool{}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen[r.RemoteAddr] = true
		if r.URL.Path == "/me" {
			say(200, gz(meBody))(w, r)
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
	transport := newTransport(netDial())
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
	c, err := New(Config{Token: testToken, BaseURL: server.URL, Transport: transport})
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
