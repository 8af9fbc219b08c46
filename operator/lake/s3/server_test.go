package s3_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"intercom-connector/operator/lake/s3"
	"intercom-connector/operator/lake/storetest"
)

// startServer runs an S3 server for the time of a test, with a proxy before it
// that can spoil what passes.
func startServer(t *testing.T) *proxy {
	t.Helper()
	p := startProxy(t, storetest.Serve(t))
	storetest.Environment(t, p.url)
	return p
}

// proxy hands requests on, after the test has had its way with them.
type proxy struct {
	url string

	mu     sync.Mutex
	spoil  func(w http.ResponseWriter, r *http.Request) (answered bool)
	answer func(*http.Response) error
	calls  map[string]int // by method and S3's sub-resource
}

func startProxy(t *testing.T, address string) *proxy {
	t.Helper()
	p := &proxy{calls: map[string]int{}}
	back := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	back.ModifyResponse = func(r *http.Response) error {
		p.mu.Lock()
		answer := p.answer
		p.mu.Unlock()
		if answer != nil {
			return answer(r)
		}
		return nil
	}
	back.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) }
	front := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.calls[kind(r)]++
		spoil := p.spoil
		p.mu.Unlock()
		if spoil == nil || !spoil(w, r) {
			back.ServeHTTP(w, r)
		}
	})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + listener.Addr().String()
	go front.Serve(listener)
	t.Cleanup(func() { front.Close() })
	return p
}

// kind is an S3 operation, as far as the tests tell them apart.
func kind(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && q.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return "CompleteMultipartUpload"
	case r.Method == http.MethodPut && q.Has("uploadId"):
		return "UploadPart"
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		return "AbortMultipartUpload"
	case r.Method == http.MethodGet && q.Has("uploads"):
		return "ListMultipartUploads"
	case r.Method == http.MethodGet && q.Has("list-type"):
		return "ListObjectsV2"
	case r.Method == http.MethodPut:
		return "PutObject"
	case r.Method == http.MethodGet:
		return "GetObject"
	case r.Method == http.MethodDelete:
		return "DeleteObject"
	}
	return r.Method
}

func (p *proxy) set(spoil func(http.ResponseWriter, *http.Request) bool, answer func(*http.Response) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil, p.answer = spoil, answer
}

func (p *proxy) count(kind string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[kind]
}

func open(t *testing.T, location string, o s3.Options) *s3.Bucket {
	t.Helper()
	b, err := s3.Open(context.Background(), location, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func here(prefix string) string { return fmt.Sprintf("s3://%s/%s", storetest.Bucket, prefix) }

// listed are the uploads under way, as S3 tells of them.
func listed(t *testing.T, b *s3.Bucket) []string {
	t.Helper()
	all, err := b.Uploads(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return all
}
