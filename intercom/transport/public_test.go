package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestIsPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"34.197.96.1": true, "8.8.8.8": true, "172.15.255.255": true, "172.32.0.0": true, "100.63.255.255": true, "100.128.0.0": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "100.64.0.1": false, "100.100.100.200": false, "127.0.0.1": false, "127.255.0.1": false,
		"169.254.169.254": false, "168.63.129.16": false, "172.16.0.1": false, "172.31.255.255": false, "192.0.0.192": false, "192.168.0.1": false,
		"198.18.0.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"2606:4700::1": true, "::1": false, "::": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false,
		"::ffff:169.254.169.254": false, "::ffff:100.64.0.1": false, "::ffff:0:127.0.0.1": false, "fec0::1": false, "100::1": false,
		"2002:a00:1::1": false, "2001:0:7f00:1::": false, "64:ff9b::7f00:1": false, "64:ff9b::10.0.0.1": false, "64:ff9b::100.64.0.1": false,
		"64:ff9b::8.8.8.8": true, "64:ff9b::169.254.169.254": false, "64:ff9b:1::8.8.8.8": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public %v", address, got)
		}
	}
}

// answers is a name server that gives its addresses in turn, one a question.
func answers(t *testing.T, addresses ...string) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	done := make(chan struct{})
	t.Cleanup(func() { server.Close(); <-done })
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				address := netip.MustParseAddr(addresses[int(asked.Add(1)-1)%len(addresses)])
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: address.As4()}}}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}, &asked
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// A name is looked at by what it resolves to, each time that it does.
func TestNamesOfPrivateAddresses(t *testing.T) {
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	resolver, asked := answers(t, "127.0.0.1", "169.254.169.254", "10.0.0.1", "127.0.0.1")
	p := newPublic(time.Second, noProxy, resolver)
	defer p.CloseIdleConnections()
	for range 4 {
		_, err := get(p, "http://rebinds.example:"+portOf(server))
		if !IsRefusal(err) || bare(err).Error() != `refusing to connect to "rebinds.example": only public addresses are allowed` {
			t.Errorf("got %v", err)
		}
	}
	if asked.Load() < 4 || reached.Load() != 0 {
		t.Errorf("the name server was asked %d times, the private server %d times", asked.Load(), reached.Load())
	}
}

func TestPrivateNames(t *testing.T) {
	p := newPublic(time.Second, noProxy, nil)
	for _, host := range []string{
		"localhost", "LOCALHOST.", "x.localhost", "metadata.google.internal", "printer", "printer.local", "127.0.0.1", "127.1", "2130706433",
		"0x7f.0.0.1", "0x7f000001", "0177.0.0.1", "169.254.169.254.", "[::1]", "[::ffff:10.0.0.1]", "[fd00:ec2::254]", "１２７.0.0.1", "ⓛocalhost",
	} {
		if _, err := get(p, "http://"+host+":9/"); !IsRefusal(err) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"api.intercom.io", "api.eu.intercom.io.", "bucket.s3.amazonaws.com", "8.8.8.8", "2606:4700::1"} {
		if isPrivateName(host) {
			t.Errorf("%s is refused", host)
		}
	}
}

// A proxy of the host's own may lie on this machine. What is asked of it may not.
func TestHostsOwnProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "through the proxy")
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := newPublic(time.Second, http.ProxyURL(at), nil)
	defer p.CloseIdleConnections()
	if body, err := get(p, "http://api.example/"); body != "through the proxy" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
	for _, to := range []string{"http://169.254.169.254/", "http://localhost/", "http://10.0.0.1/", proxy.URL} {
		if _, err := get(p, "http://api.example/?to="+url.QueryEscape(to)); !IsRefusal(err) {
			t.Errorf("redirected to %s: %v", to, err)
		}
	}
	if len(asked) != 5 {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

// The name of this machine is asked of no resolver.
func TestLocalhost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	defer server.Close()
	var dialed []string
	tr := New(time.Second, dialLocalhost(func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed = append(dialed, address)
		return new(net.Dialer).DialContext(ctx, network, address)
	}))
	tr.Proxy = nil // what the environment names
	defer tr.CloseIdleConnections()
	if body, err := get(tr, "http://LocalHost:"+portOf(server)); body != "here" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
	server.Close()
	tr.CloseIdleConnections()
	if _, err := get(tr, "http://localhost:"+portOf(server)); err == nil {
		t.Error("nobody is there")
	}
	if want := "127.0.0.1:P 127.0.0.1:P [::1]:P"; strings.ReplaceAll(strings.Join(dialed, " "), portOf(server), "P") != want {
		t.Errorf("dialed %q", dialed)
	}
}

// Headers without end are given up.
func TestManyHeaders(t *testing.T) {
	more := atomic.Bool{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		size := 100 << 10
		if more.Load() {
			size = 400 << 10
		}
		w.Header().Set("X-Long", strings.Repeat("x", size))
		_, _ = io.WriteString(w, "here")
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, http2 := range []bool{true, false} {
		more.Store(false)
		tr := New(time.Second, nil)
		tr.Proxy, tr.ForceAttemptHTTP2 = nil, http2
		tr.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		if !http2 {
			tr.TLSClientConfig.NextProtos = nil
		}
		if body, err := get(tr, server.URL); body != "here" || err != nil {
			t.Errorf("HTTP/2 %v: got %q, %v", http2, body, err)
		}
		more.Store(true)
		if _, err := get(tr, server.URL); err == nil {
			t.Errorf("HTTP/2 %v: 400 KB of headers are taken", http2)
		}
		tr.CloseIdleConnections()
	}
}

func TestNameServerStaysUntold(t *testing.T) {
	err := discreet(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x.example", Server: "10.0.0.2:53", IsNotFound: true}})
	if strings.Contains(err.Error(), "10.0.0.2") || !strings.Contains(err.Error(), "x.example") {
		t.Errorf("got %v", err)
	}
	if other := errors.New("other"); discreet(other) != other || discreet(nil) != nil {
		t.Error("another error is changed")
	}
}

func get(next http.RoundTripper, address string) (string, error) {
	res, err := (&http.Client{Transport: next}).Get(address)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func portOf(server *httptest.Server) string {
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	return port
}
