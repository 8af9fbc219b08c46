package torture

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"intercom-connector/sandbox/faults"
)

// kind is what a call of a sync is for.
type kind string

const (
	me       kind = "me"
	datasets kind = "datasets"
	enqueue  kind = "enqueue"
	poll     kind = "poll"
	download kind = "download"
)

var kinds = []kind{me, datasets, enqueue, poll, download}

// The calls of a snapshot of segments and tags.
const (
	segments kind = "segments"
	tags     kind = "tags"
	contacts kind = "contacts"
	search   kind = "search"
	scroll   kind = "scroll"
)

var people = []kind{segments, tags, contacts, search, scroll}

func kindOf(path string) kind {
	switch {
	case path == "/segments":
		return segments
	case path == "/tags":
		return tags
	case path == "/contacts/search":
		return search
	case path == "/companies/scroll":
		return scroll
	case path == "/contacts":
		return contacts
	case path == "/me":
		return me
	case strings.HasSuffix(path, "/get_datasets"):
		return datasets
	case strings.HasSuffix(path, "/enqueue"):
		return enqueue
	case strings.HasPrefix(path, "/download/"):
		return download
	default:
		return poll
	}
}

// Faults that happen before the workspace is reached.
const (
	noSuchHost   faults.Fault = "dns-failure"
	stallConnect faults.Fault = "stall-connect"
)

// Bugs, which name the token as a bug may.
const (
	panicCall faults.Fault = "panic-call"
	panicBody faults.Fault = "panic-body" // in the midst of the answer
)

// saboteur carries the calls of a sync to the workspace and spoils those that
// it is told to. It sees them in the order in which they are made.
type saboteur struct {
	good, lost, silent *http.Transport
	open               atomic.Int64 // connections to the workspace
	read               atomic.Int64 // bytes that came from it

	mu    sync.Mutex
	calls int
	nth   map[kind]int
	// spoil gives the fault of the nth call of a kind, from 0; "" leaves it alone.
	spoil func(k kind, nth int) faults.Fault
	// leaks are calls that carried the token to another host than the workspace's.
	leaks []string
}

func newSaboteur(dial func(context.Context) (net.Conn, error)) *saboteur {
	transport := func(dial func(context.Context) (net.Conn, error)) *http.Transport {
		return &http.Transport{
			DisableCompression: true, // as the connector's own
			DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		}
	}
	s := &saboteur{
		nth: map[kind]int{},
		lost: transport(func(context.Context) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "localhost", IsNotFound: true}}
		}),
		silent: transport(func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}),
	}
	s.good = transport(func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		s.open.Add(1)
		return &counted{Conn: conn, by: s}, nil
	})
	return s
}

// counted is a connection that is counted until it is closed, as are its bytes.
type counted struct {
	net.Conn
	by   *saboteur
	once sync.Once
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.by.read.Add(int64(n))
	return n, err
}

func (c *counted) Close() error {
	c.once.Do(func() { c.by.open.Add(-1) })
	return c.Conn.Close()
}

// RoundTrip implements http.RoundTripper.
func (s *saboteur) RoundTrip(r *http.Request) (*http.Response, error) {
	k := kindOf(r.URL.Path)
	s.mu.Lock()
	nth := s.nth[k]
	s.nth[k]++
	s.calls++
	fault := faults.Fault("")
	if s.spoil != nil {
		fault = s.spoil(k, nth)
	}
	if host := r.URL.Hostname(); host != "localhost" && strings.Contains(strings.Join(r.Header["Authorization"], ""), token) {
		s.leaks = append(s.leaks, r.URL.Host)
	}
	s.mu.Unlock()
	switch fault {
	case "":
		return s.good.RoundTrip(r)
	case noSuchHost:
		return s.lost.RoundTrip(r)
	case stallConnect:
		return s.silent.RoundTrip(r)
	case panicCall:
		panic("a bug in a call with " + token)
	case panicBody:
		answer, err := s.good.RoundTrip(r)
		if err == nil {
			answer.Body = &buggy{answer.Body, 0}
		}
		return answer, err
	}
	r = r.Clone(r.Context())
	r.Header.Set(faults.FaultHeader, string(fault))
	return s.good.RoundTrip(r)
}

// buggy is a body whose reader panics at its second read or at the end.
type buggy struct {
	io.ReadCloser
	reads int
}

func (b *buggy) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), 1000)])
	if b.reads++; b.reads > 1 || err != nil {
		panic("a bug in a body with " + token)
	}
	return n, nil
}

// sabotage spoils calls from now on and forgets those that were made.
func (s *saboteur) sabotage(spoil func(k kind, nth int) faults.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.nth, s.spoil = 0, map[kind]int{}, spoil
}

// made is how many calls there were since the last sabotage, in all and by kind.
func (s *saboteur) made() (all int, by map[kind]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls, maps.Clone(s.nth)
}

func (s *saboteur) close() {
	for _, t := range []*http.Transport{s.good, s.lost, s.silent} {
		t.CloseIdleConnections()
	}
}
