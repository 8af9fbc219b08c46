// Package faults names the ways in which an answer can be spoilt, and the rules
// by which a call is chosen for it.
package faults

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
