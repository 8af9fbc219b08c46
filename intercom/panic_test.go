package intercom

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// faulty panics at the second read, which is the decoder's own.
type faulty struct{ reads int }

func (f *faulty) Read(p []byte) (int, error) {
	if f.reads++; f.reads > 1 {
		panic("a bug: " + testToken)
	}
	return copy(p, "a,b\n"), nil
}

func (f *faulty) Close() error { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A panic of the goroutine that reads ahead comes out where the download is
// read, and leaves nothing behind.
func TestPanicOfADownload(t *testing.T) {
	var log strings.Builder
	c, err := New(Config{Token: testToken, Log: slog.New(slog.NewTextHandler(&log, nil)), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: &faulty{}, Request: r}, nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Download(t.Context(), Job{ID: "j", Status: "complete"})
	if err != nil {
		t.Fatal(err)
	}
	got := func() (got any) {
		defer func() { got = recover() }()
		_, err = io.ReadAll(d)
		return nil
	}()
	if got == nil {
		t.Fatalf("no panic, but %v", err)
	}
	if _, err := d.Next(); err == nil || err.Error() != "intercom: a bug stopped the download" {
		t.Errorf("after it: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "faulty).Read") || strings.Contains(log.String(), testToken) {
		t.Errorf("log: %s", log.String())
	}
}
