package sandbox

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultHeader is the request header by which a test asks for one fault in the
// answer to one request.
const FaultHeader = "X-Sandbox-Fault"

// Fault is a way to spoil an answer: a name, and for some an argument after
// an equals sign. A name that is not known is answered with 400.
type Fault string

// The faults. Those about jobs, downloads, scrolls and bodies have an effect
// only on answers that have to do with these; elsewhere the answer is whole.
const (
	Timeout408        Fault = "408"
	RateLimited       Fault = "429-rate"             // with X-RateLimit headers
	RateLimitedRetry  Fault = "429-rate=retry-after" // and Retry-After: 1
	RateLimitedPast   Fault = "429-rate=past"        // with a reset time that is over
	RateLimitedBare   Fault = "429-rate=bare"        // without any header
	JobLimited        Fault = "429-jobs"
	ServerError500    Fault = "500"
	BadGateway502     Fault = "502-html" // an HTML page
	Unavailable503    Fault = "503"
	GatewayTimeout504 Fault = "504"
	Empty200          Fault = "empty-200"
	TruncatedJSON     Fault = "truncated-json" // half of it, as if it were all
	ResetBefore       Fault = "reset-before"   // the connection breaks, nothing was answered
	ResetMiddle       Fault = "reset-middle"   // it breaks after half of the body
	TruncatedBody     Fault = "truncated-body" // half of a download; compressed forms end cleanly for HTTP
	BadChecksum       Fault = "bad-gzip-crc"   // of a gzip or zip body; plain bodies have none
	StallBody         Fault = "stall-body"     // half of the body, then silence on an open connection
	StallHeaders      Fault = "stall-headers"  // silence
	JobPendingForever Fault = "job-pending-forever"
	JobFailed         Fault = "job-failed" // "=status" for another status than failed
	JobVanished       Fault = "job-vanished"
	URLExpired403     Fault = "url-expired-403" // this download and the job's later ones
	URLExpired404     Fault = "url-expired-404"
	TokenRevoked      Fault = "token-revoked"       // from now on until Heal; "=once" for this call only
	ScopeMissing      Fault = "scope-missing"       // this endpoint's, from now on until Heal
	ClockSkewed       Fault = "clock-skew"          // "=duration", an hour behind if not given
	HugeErrorBody     Fault = "huge-error-body"     // "=bytes", 1 GiB if not given, with status 500
	RedirectOtherHost Fault = "redirect-other-host" // "=URL"
	TokenEcho         Fault = "token-echo"          // "=status", 400 if not given: the token in body and headers
	ScrollExpired     Fault = "scroll-expired"      // the scroll is forgotten
	ScrollBroken      Fault = "scroll-500"          // the scroll is forgotten, with a 500
	ScrollExists      Fault = "scroll-exists"
	defaultHugeBody         = 1 << 30
	defaultSkew             = -time.Hour
	defaultOtherHost        = "http://other-host.invalid/elsewhere"
	retryAfterSeconds       = "1"
	pastReset         int64 = 60 // seconds ago
)

// AllFaults lists every fault, with each of its forms.
func AllFaults() []Fault {
	return []Fault{
		Timeout408, RateLimited, RateLimitedRetry, RateLimitedPast, RateLimitedBare, JobLimited,
		ServerError500, BadGateway502, Unavailable503, GatewayTimeout504, Empty200, TruncatedJSON,
		ResetBefore, ResetMiddle, TruncatedBody, BadChecksum, StallBody, StallHeaders,
		JobPendingForever, JobFailed, JobVanished, URLExpired403, URLExpired404,
		TokenRevoked, ScopeMissing, ClockSkewed, HugeErrorBody, RedirectOtherHost, TokenEcho,
		ScrollExpired, ScrollBroken, ScrollExists,
	}
}

// Heal takes back what token-revoked and scope-missing did.
func (s *Sandbox) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = false
	clear(s.missing)
}

const (
	enqueuePattern  = "POST /export/reporting_data/enqueue"
	statusPattern   = "GET /export/reporting_data/{job_identifier}"
	downloadPattern = "GET /download/reporting_data/{job_identifier}"
	scrollPattern   = "GET /companies/scroll"
)

// inject answers with a fault.
func (s *Sandbox) inject(fault Fault, w http.ResponseWriter, r *http.Request, q Request) {
	s.mu.Lock()
	s.traffic.faults++
	s.mu.Unlock()
	name, arg, _ := strings.Cut(string(fault), "=")
	for _, family := range []func(name, arg string, w http.ResponseWriter, r *http.Request, q Request) bool{
		s.injectStatus, s.injectConnection, s.injectBody, s.injectJob, s.injectAccess, s.injectScroll,
	} {
		if family(name, arg, w, r, q) {
			return
		}
	}
	f := &failure{status: http.StatusBadRequest, code: "bad_request", message: fmt.Sprintf("the sandbox knows no fault %q", fault)}
	f.write(w, s.requestID(q))
}

// injectStatus answers with an error that Intercom or something before it gives.
func (s *Sandbox) injectStatus(name, arg string, w http.ResponseWriter, r *http.Request, q Request) bool {
	fail := func(status int, code, message string) {
		(&failure{status: status, code: code, message: message}).write(w, s.requestID(q))
	}
	switch name {
	case "408":
		fail(http.StatusRequestTimeout, "request_timeout", "Request timed out")
	case "429-rate":
		s.limitHeaders(w.Header(), arg)
		fail(http.StatusTooManyRequests, "rate_limit_exceeded", fmt.Sprintf("Exceeded rate limit of %d in 10_seconds", s.options.RateLimit))
	case "429-jobs":
		if q.Pattern != enqueuePattern {
			s.routes.ServeHTTP(w, r)
			break
		}
		fail(http.StatusTooManyRequests, "rate_limit_exceeded", fmt.Sprintf("Exceeded rate limit of %d pending reporting dataset export jobs", s.options.PendingJobs))
	case "500":
		fail(http.StatusInternalServerError, "server_error", "An internal error occurred")
	case "502-html":
		writeText(w, http.StatusBadGateway, "text/html", "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n")
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

func writeText(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

func (s *Sandbox) limitHeaders(h http.Header, form string) {
	now := s.now().Unix()
	switch form {
	case "bare":
	case "past":
		setPace(h, s.options.RateLimit, 0, now-pastReset)
	default:
		setPace(h, s.options.RateLimit, 0, (floorDiv(now, windowSeconds)+1)*windowSeconds)
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
func (s *Sandbox) echoToken(w http.ResponseWriter, arg string, q Request) {
	status, err := strconv.Atoi(arg)
	if err != nil {
		status = http.StatusBadRequest
	}
	token := s.options.Token
	w.Header().Set("X-Echo", "Bearer "+token)
	w.Header().Set("Location", "https://other-host.invalid/?access_token="+token)
	f := &failure{status: status, code: "bad_request", name: token, message: "the request with Authorization: Bearer " + token + " was refused; token " + token}
	f.write(w, s.requestID(q))
}

// injectConnection breaks, stalls or diverts the answer before it begins.
func (s *Sandbox) injectConnection(name, arg string, w http.ResponseWriter, r *http.Request, _ Request) bool {
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
	case <-s.closed.Done():
	}
	panic(http.ErrAbortHandler)
}

// injectJob spoils the job that the call makes or asks for.
func (s *Sandbox) injectJob(name, arg string, w http.ResponseWriter, r *http.Request, q Request) bool {
	if !slices.Contains([]string{"job-pending-forever", "job-failed", "job-vanished", "url-expired-403", "url-expired-404"}, name) {
		return false
	}
	switch q.Pattern {
	case enqueuePattern:
		answer := s.record(r)
		var made struct {
			ID string `json:"job_identifier"`
		}
		if json.Unmarshal(answer.body, &made) == nil {
			s.spoil(made.ID, name, arg)
		}
		answer.replay(w)
	case statusPattern, downloadPattern:
		s.spoil(path.Base(r.URL.Path), name, arg)
		s.routes.ServeHTTP(w, r)
	default:
		s.routes.ServeHTTP(w, r)
	}
	return true
}

func (s *Sandbox) spoil(id, name, arg string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs.known[id]
	if !ok {
		return
	}
	switch name {
	case "job-pending-forever":
		j.stuck = true
	case "job-failed":
		j.fate = "failed"
		if arg != "" {
			j.fate = arg
		}
	case "job-vanished":
		delete(s.jobs.known, id)
	case "url-expired-403":
		j.expired = http.StatusForbidden
	case "url-expired-404":
		j.expired = http.StatusNotFound
	}
}

// injectAccess takes the token or a scope away.
func (s *Sandbox) injectAccess(name, arg string, w http.ResponseWriter, r *http.Request, q Request) bool {
	switch name {
	case "token-revoked":
		if arg == "once" {
			unauthorized("token_revoked", "Access Token Revoked").(*failure).write(w, s.requestID(q))
			return true
		}
		s.mu.Lock()
		s.revoked = true
		s.mu.Unlock()
	case "scope-missing":
		s.mu.Lock()
		for _, e := range s.endpoints() {
			if e.pattern == q.Pattern {
				s.missing[e.scope] = true
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
func (s *Sandbox) injectScroll(name, _ string, w http.ResponseWriter, r *http.Request, q Request) bool {
	var f *failure
	switch name {
	case "scroll-expired":
		f = scrollLost()
	case "scroll-500":
		f = scrollBroken()
	case "scroll-exists":
		f = scrollExists()
	default:
		return false
	}
	if q.Pattern != scrollPattern {
		s.routes.ServeHTTP(w, r)
		return true
	}
	if name != "scroll-exists" {
		s.mu.Lock()
		s.scroll = scroll{}
		s.mu.Unlock()
	}
	f.write(w, s.requestID(q))
	return true
}
