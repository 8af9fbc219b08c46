package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"intercom-connector/sandbox/engagement"
	"intercom-connector/sandbox/people"
	"intercom-connector/sandbox/reporting"
	"intercom-connector/sandbox/teammates"
	"intercom-connector/sandbox/workspace"
)

// Sandbox is an Intercom workspace. It is an http.Handler, safe for concurrent
// use, and starts no goroutines of its own.
type Sandbox struct {
	options   workspace.Options
	people    *people.API
	reporting *reporting.API
	messages  *engagement.API
	mates     *teammates.API
	routes    *http.ServeMux
	closed    chan struct{} // closed by Close
	closing   sync.Once

	mu      sync.Mutex
	traffic traffic
	revoked bool            // by a fault
	missing map[string]bool // scopes, by a fault
}

// New returns a workspace. It panics on options that Options.Check refuses.
func New(o workspace.Options) *Sandbox {
	if err := o.Check(); err != nil {
		panic(err)
	}
	people := people.New(o.WithDefaults())
	s := &Sandbox{
		options: o.WithDefaults(), people: people, reporting: reporting.New(o, people.People),
		messages: engagement.New(o.WithDefaults(), people.People), mates: teammates.New(o.WithDefaults()),
		missing: map[string]bool{},
	}
	s.closed = make(chan struct{})
	s.traffic.calls = map[string]int{}
	s.routes = s.route()
	return s
}

// Close lets go of the answers that a stall fault holds back. It does not end
// the server that the sandbox runs in.
func (s *Sandbox) Close() { s.closing.Do(func() { close(s.closed) }) }

// Listen serves the workspace at an address such as "127.0.0.1:0" and returns
// its base URL. The close function ends the server, its connections and the
// sandbox, and returns when all is still.
func (s *Sandbox) Listen(addr string) (baseURL string, closeAll func() error, err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, fmt.Errorf("sandbox: cannot listen: %w", err)
	}
	return "http://" + listener.Addr().String(), s.serve(listener), nil
}

// InMemory serves the workspace without a network and returns a transport that
// reaches it whatever the URL's host, for tests in a testing/synctest bubble,
// where time stands still only without real sockets. The close function ends
// it all, the transport's idle connections too.
func (s *Sandbox) InMemory() (transport *http.Transport, closeAll func() error) {
	listener := newPipeListener()
	closeServer := s.serve(listener)
	transport = &http.Transport{DialContext: listener.dial}
	return transport, func() error {
		transport.CloseIdleConnections()
		return closeServer()
	}
}

func (s *Sandbox) serve(listener net.Listener) (closeAll func() error) {
	var answering sync.RWMutex
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answering.RLock()
			defer answering.RUnlock()
			s.ServeHTTP(w, r)
		}),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	return func() error {
		s.Close()
		err := server.Close()
		if serveErr := <-ended; serveErr != nil && serveErr != http.ErrServerClosed {
			err = serveErr
		}
		answering.Lock() // when none is under way
		defer answering.Unlock()
		return err
	}
}
