package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
	"intercom-connector/sandbox/engagement"
	"intercom-connector/sandbox/faults"
	"intercom-connector/sandbox/people"
	"intercom-connector/sandbox/reporting"
)

const (
	defaultHugeBody         = 1 << 30
	defaultSkew             = -time.Hour
	defaultOtherHost        = "http://other-host.invalid/elsewhere"
	retryAfterSeconds       = "1"
	pastReset         int64 = 60 // seconds ago
)

// Heal takes back what token-revoked and scope-missing did.
func (s *Sandbox) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = false
	clear(s.missing)
}

// inject answers with a fault.
func (s *Sandbox) inject(fault faults.Fault, w http.ResponseWriter, r *http.Request, q api.Request) {
	s.mu.Lock()
	s.traffic.faults++
	s.mu.Unlock()
	name, arg, _ := strings.Cut(string(fault), "=")
	for _, family := range []func(name, arg string, w http.ResponseWriter, r *http.Request, q api.Request) bool{
		s.injectStatus, s.injectConnection, s.injectBody, s.injectJob, s.injectAccess, s.injectScroll,
	} {
		if family(name, arg, w, r, q) {
			return
		}
	}
	f := &api.Failure{Status: http.StatusBadRequest, Code: "bad_request", Message: fmt.Sprintf("the sandbox knows no fault %q", fault)}
	f.Write(w, s.requestID(q))
}

// injectStatus answers with an error that Intercom or something before it gives.
func (s *Sandbox) injectStatus(name, arg string, w http.ResponseWriter, r *http.Request, q api.Request) bool {
	fail := func(status int, code, message string) {
		(&api.Failure{Status: status, Code: code, Message: message}).Write(w, s.requestID(q))
	}
	switch name {
	case "408":
		fail(http.StatusRequestTimeout, "request_timeout", "Request timed out")
	case "429-rate":
		s.limitHeaders(w.Header(), arg)
		fail(http.StatusTooManyRequests, "rate_limit_exceeded", fmt.Sprintf("Exceeded rate limit of %d in 10_seconds", s.options.RateLimit))
	case "429-jobs":
		if q.Pattern == engagement.EnqueuePattern {
			fail(http.StatusTooManyRequests, "rate_limit_exceeded", "Exceeded rate limit of 1 pending message data export jobs")
			break
		}
		if q.Pattern != reporting.EnqueuePattern {
			s.routes.ServeHTTP(w, r)
			break
		}
		fail(http.StatusTooManyRequests, "rate_limit_exceeded", fmt.Sprintf("Exceeded rate limit of %d pending reporting dataset export jobs", s.options.PendingJobs))
	case "500":
		fail(http.StatusInternalServerError, "server_error", "An internal error occurred")
	case "502-html":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n")
	case "503":
		fail(http.StatusServiceUnavailable, "service_unavailable", "Sorry, the API service is temporarily unavailable")
	case "504":
		fail(http.StatusGatewayTimeout, "server_timeout", "The server timed out waiting for an answer")
	case "empty-200":
		w.WriteHeader(http.StatusOK)
	case "huge-error-body":
		writeHuge(w, arg)
	case "token-echo":
		s.echoToken(w, arg, q)
	default:
		return false
	}
	return true
}

func (s *Sandbox) limitHeaders(h http.Header, form string) {
	now := s.now().Unix()
	switch form {
	case "bare":
	case "past":
		setPace(h, s.options.RateLimit, 0, now-pastReset)
	default:
		setPace(h, s.options.RateLimit, 0, (calendar.FloorDiv(now, windowSeconds)+1)*windowSeconds)
	}
	if form == "retry-after" {
		h.Set("Retry-After", retryAfterSeconds)
	}
}

func writeHuge(w http.ResponseWriter, arg string) {
	size, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		size = defaultHugeBody
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	block := []byte(strings.Repeat("an error that goes on and on ", 2260)[:65536])
	for size > 0 {
		n, err := w.Write(block[:min(size, int64(len(block)))])
		if err != nil {
			return
		}
		size -= int64(n)
	}
}

// echoToken puts the token where careless code would log it.
func (s *Sandbox) echoToken(w http.ResponseWriter, arg string, q api.Request) {
	status, err := strconv.Atoi(arg)
	if err != nil {
		status = http.StatusBadRequest
	}
	token := s.options.Token
	w.Header().Set("X-Echo", "Bearer "+token)
	w.Header().Set("Location", "https://other-host.invalid/?access_token="+token)
	f := &api.Failure{Status: status, Code: "bad_request", Name: token, Message: "the request with Authorization: Bearer " + token + " was refused; token " + token}
	f.Write(w, s.requestID(q))
}

// injectConnection breaks, stalls or diverts the answer before it begins.
func (s *Sandbox) injectConnection(name, arg string, w http.ResponseWriter, r *http.Request, _ api.Request) bool {
	switch name {
	case "reset-before":
		reset(w)
	case "stall-headers":
		s.stall(r)
	case "redirect-other-host":
		if arg == "" {
			arg = defaultOtherHost
		}
		w.Header().Set("Location", arg)
		w.WriteHeader(http.StatusFound)
	default:
		return false
	}
	return true
}

// reset breaks the connection, with a TCP reset where there is TCP.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// stall waits until the client or the sandbox has gone, and breaks off.
func (s *Sandbox) stall(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
	panic(http.ErrAbortHandler)
}

// injectJob spoils the job that the call makes or asks for.
func (s *Sandbox) injectJob(name, arg string, w http.ResponseWriter, r *http.Request, q api.Request) bool {
	if !slices.Contains([]string{"job-pending-forever", "job-failed", "job-vanished", "url-expired-403", "url-expired-404"}, name) {
		return false
	}
	switch q.Pattern {
	case reporting.EnqueuePattern, engagement.EnqueuePattern:
		answer := s.record(r)
		var made struct {
			ID string `json:"job_identifier"`
		}
		if json.Unmarshal(answer.body, &made) == nil {
			s.spoil(made.ID, name, arg)
		}
		answer.replay(w)
	case reporting.StatusPattern, reporting.DownloadPattern, engagement.StatusPattern, engagement.DownloadPattern:
		s.spoil(path.Base(r.URL.Path), name, arg)
		s.routes.ServeHTTP(w, r)
	default:
		s.routes.ServeHTTP(w, r)
	}
	return true
}

// spoil does to a job, of whichever export, what a fault asks for.
func (s *Sandbox) spoil(id, name, arg string) {
	s.reporting.Spoil(id, name, arg)
	s.messages.Spoil(id, name, arg)
}

// injectAccess takes the token or a scope away.
func (s *Sandbox) injectAccess(name, arg string, w http.ResponseWriter, r *http.Request, q api.Request) bool {
	switch name {
	case "token-revoked":
		if arg == "once" {
			api.Unauthorized("token_revoked", "Access Token Revoked").(*api.Failure).Write(w, s.requestID(q))
			return true
		}
		s.mu.Lock()
		s.revoked = true
		s.mu.Unlock()
	case "scope-missing":
		s.mu.Lock()
		for _, e := range s.endpoints() {
			if e.Pattern == q.Pattern {
				s.missing[e.Scope] = true
			}
		}
		s.mu.Unlock()
	default:
		return false
	}
	s.routes.ServeHTTP(w, r)
	return true
}

// injectScroll loses the scroll over companies.
func (s *Sandbox) injectScroll(name, _ string, w http.ResponseWriter, r *http.Request, q api.Request) bool {
	var f *api.Failure
	switch name {
	case "scroll-expired":
		f = people.ScrollLost()
	case "scroll-500":
		f = people.ScrollBroken()
	case "scroll-exists":
		f = people.ScrollExists()
	default:
		return false
	}
	if q.Pattern != people.ScrollPattern {
		s.routes.ServeHTTP(w, r)
		return true
	}
	if name != "scroll-exists" {
		s.people.EndScroll()
	}
	f.Write(w, s.requestID(q))
	return true
}
