package intercom

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestTrusts(t *testing.T) {
	for _, tt := range []struct {
		base, url string
		want      bool
	}{
		{"", "https://api.intercom.io/me", true},
		{"", "https://api.eu.intercom.io/download?x", true},
		{"", "https://API.AU.Intercom.io:443/", true},
		{"", "http://api.intercom.io/me", false},
		{"", "https://api.intercom.io:8443/", false},
		{"", "https://intercom.io/", false},
		{"", "https://evil.api.intercom.io/", false},
		{"", "https://api.intercom.io.example.com/", false},
		{"", "https://api.intercom.io@example.com/", false},
		{"", "https://bucket.s3.amazonaws.com/", false},
		{"https://proxy.example.com", "https://proxy.example.com/x", true},
		{"https://proxy.example.com", "https://proxy.example.com:443/x", true},
		{"https://proxy.example.com", "https://proxy.example.com:444/x", false},
		{"https://proxy.example.com", "http://proxy.example.com/x", false},
		{"https://proxy.example.com", "https://api.intercom.io/x", true},
		{"http://localhost:80", "http://localhost/x", true},
		{"http://localhost:8080", "http://localhost:8081/x", false},
		{"http://localhost:8080", "http://127.0.0.1:8080/x", false},
	} {
		c, err := New(Config{Token: "a-token-of-tests", BaseURL: tt.base})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.trust.Trusts(u); got != tt.want {
			t.Errorf("base %q: %s trusted: %v", tt.base, tt.url, got)
		}
	}
}

// asked records the requests that a server gets, and answers with a CSV.
type asked struct {
	*httptest.Server
	auth, referer, uri []string
}

func another(t *testing.T) *asked {
	a := &asked{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.auth = append(a.auth, r.Header.Get("Authorization"))
		a.referer = append(a.referer, r.Header.Get("Referer"))
		a.uri = append(a.uri, r.RequestURI)
		io.WriteString(w, "id\n1\n")
	}))
	t.Cleanup(a.Close)
	return a
}

func TestDownloadURLElsewhereGetsNoToken(t *testing.T) {
	other := another(t)
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the API was asked") })
	got, err := downloadAll(c, Job{ID: "j", Status: "complete", DownloadURL: other.URL + "/f?sig=1%2F2"})
	if got != "id\n1\n" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	if len(other.auth) != 1 || other.auth[0] != "" || other.uri[0] != "/f?sig=1%2F2" {
		t.Errorf("asked with Authorization %q for %q", other.auth, other.uri)
	}
}

func TestDownloadURLOfTheAPIGetsTheToken(t *testing.T) {
	for _, relative := range []bool{true, false} {
		var base string
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/files/1" || r.URL.RawQuery != "x=y" || r.Header.Get("Authorization") != "Bearer "+testToken {
				t.Errorf("%s with Authorization %q", r.RequestURI, r.Header.Get("Authorization"))
			}
			io.WriteString(w, "id\n")
		})
		if !relative {
			base = c.base.String()
		}
		if _, err := downloadAll(c, Job{ID: "j", Status: "complete", DownloadURL: base + "/files/1?x=y"}); err != nil {
			t.Error(err)
		}
	}
}

func TestRedirectsElsewhereGetNoToken(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		other := another(t)
		c := serve(t, say(status, "", "Location", other.URL+"/f?sig=1"))
		if got, err := downloadAll(c, doneJob); got != "id\n1\n" || err != nil {
			t.Fatalf("%d: got %q, %v", status, got, err)
		}
		if len(other.auth) != 1 || other.auth[0] != "" || other.referer[0] != "" {
			t.Errorf("%d: Authorization %q, Referer %q", status, other.auth, other.referer)
		}
	}
}

func TestRedirectsWithinTheAPIKeepTheToken(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+testToken || r.Header.Get("Intercom-Version") != APIVersion {
			t.Errorf("%s: %v", r.URL, r.Header)
		}
		if r.URL.Path == "/me" {
			http.Redirect(w, r, "/you", http.StatusFound)
			return
		}
		io.WriteString(w, meBody)
	})
	if err := askMe(c); err != nil {
		t.Error(err)
	}
}

func TestRefusedAddresses(t *testing.T) {
	other := another(t)
	loop := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{"plain http", `refusing to fetch from "x.example" by "http"`, downloadFrom(serve(t, hangUp), "http://x.example/f?sig=s3cret")},
		{"file", `refusing to fetch from "localhost" by "file"`, downloadFrom(serve(t, hangUp), "file://localhost/etc/passwd")},
		{"file without host", "names no host", downloadFrom(serve(t, hangUp), "file:///etc/passwd")},
		{"not a URL", "not a URL", downloadFrom(serve(t, hangUp), "https://x.example/%zz")},
		{"redirect to plain http", `refusing to fetch from "x.example" by "http"`, askMe(serve(t, say(302, "", "Location", "http://x.example/")))},
		{"endless redirects", "more than 10 redirects", askMe(serve(t, loop))},
		{"redirected POST", "a redirect turned POST into GET", askEnqueue(serve(t, say(302, "", "Location", other.URL)))},
		{"local http from elsewhere", `refusing to fetch from "127.0.0.1" by "http"`, downloadFrom(remote(t), other.URL)},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) || strings.Contains(tt.err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want %q", tt.name, tt.err, tt.want)
		}
		if e, ok := tt.err.(*Error); !ok || e.Transient() {
			t.Errorf("%s: would be tried again", tt.name)
		}
	}
	if len(other.auth) != 0 {
		t.Errorf("the other host was asked for %q", other.uri)
	}
}

// remote is a client of the real API, which no test calls.
func remote(t *testing.T) *Client {
	c, err := New(Config{Token: testToken, Timeouts: Timeouts{Retry: -1}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func downloadFrom(c *Client, address string) error {
	_, err := downloadAll(c, Job{ID: "j", Status: "complete", DownloadURL: address})
	return err
}

// Without a base URL, nothing that a server names leads to a private address.
func TestPrivateDownloadURLs(t *testing.T) {
	other := another(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(other.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1:" + port, "localhost:" + port, "[::ffff:7f00:1]:" + port, "127.1:" + port, "169.254.169.254", "metadata.google.internal", "10.0.0.1:22"} {
		err := downloadFrom(remote(t), "https://"+host+"/f?sig=s3cret")
		if err == nil || !strings.Contains(err.Error(), "only public addresses are allowed") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v", host, err)
		}
		if e, ok := err.(*Error); !ok || e.Transient() {
			t.Errorf("%s: would be tried again", host)
		}
	}
	if len(other.auth) != 0 {
		t.Errorf("%d requests reached a private server", len(other.auth))
	}
}
