package storetest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Network carries requests to an S3 server in memory, without a network: for tests
// whose time is a bubble's of testing/synctest. Requests come and go at the same
// time.
type Network struct {
	server  http.Handler
	backend *s3mem.Backend

	// Latency is what each request takes.
	Latency time.Duration
	// Spoil has its way with a request: send is what hands it to the server. Nil
	// hands all of them on.
	Spoil func(r *http.Request, send func() *http.Response) (*http.Response, error)

	requests atomic.Int64
}

// Environment is that in which AWS's client finds a server and its credentials, and
// nothing of the machine's.
func Environment(t *testing.T, address string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": SecretKey, "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
}

// NewNetwork is one with an empty bucket, and the environment in which AWS's
// credentials are found.
func NewNetwork(t *testing.T) *Network {
	t.Helper()
	Environment(t, "http://s3.localhost")
	backend := s3mem.New()
	if err := backend.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	return &Network{backend: backend, server: gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()}
}

// Hold puts the files of a store in memory below a prefix of the bucket, at once.
func (n *Network) Hold(t *testing.T, prefix string, m *Memory) {
	t.Helper()
	for key, text := range m.files {
		if _, err := n.backend.PutObject(Bucket, prefix+key, map[string]string{}, bytes.NewReader(text), int64(len(text)), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// KeepVersions makes the bucket one that keeps old versions.
func (n *Network) KeepVersions(t *testing.T) {
	t.Helper()
	var c gofakes3.VersioningConfiguration
	c.SetEnabled(true)
	if err := n.backend.SetVersioningConfiguration(Bucket, c); err != nil {
		t.Fatal(err)
	}
}

// Requests counts those that were sent.
func (n *Network) Requests() int64 { return n.requests.Load() }

func (n *Network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.requests.Add(1)
	if r.Body != nil {
		defer r.Body.Close()
	}
	if n.Latency > 0 {
		time.Sleep(n.Latency)
	}
	if n.Spoil == nil {
		return n.send(r), nil
	}
	return n.Spoil(r, func() *http.Response { return n.send(r) })
}

func (n *Network) send(r *http.Request) *http.Response {
	to := r.Clone(r.Context())
	if to.Body == nil {
		to.Body = http.NoBody
	}
	to.RequestURI = r.URL.RequestURI()
	to.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	answer := httptest.NewRecorder()
	answer.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat)) // as every server does
	n.server.ServeHTTP(answer, to)
	return answer.Result()
}
