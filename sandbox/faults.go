package sandbox

import "intercom-connector/sandbox/faults"

// Fault is a way to spoil an answer; see [faults.Fault].
type Fault = faults.Fault

// FaultHeader is the request header by which a test asks for one fault in the
// answer to one request.
const FaultHeader = faults.FaultHeader

// The faults, told in package faults.
const (
	Timeout408        = faults.Timeout408
	RateLimited       = faults.RateLimited
	RateLimitedRetry  = faults.RateLimitedRetry
	RateLimitedPast   = faults.RateLimitedPast
	RateLimitedBare   = faults.RateLimitedBare
	JobLimited        = faults.JobLimited
	ServerError500    = faults.ServerError500
	BadGateway502     = faults.BadGateway502
	Unavailable503    = faults.Unavailable503
	GatewayTimeout504 = faults.GatewayTimeout504
	Empty200          = faults.Empty200
	TruncatedJSON     = faults.TruncatedJSON
	ResetBefore       = faults.ResetBefore
	ResetMiddle       = faults.ResetMiddle
	TruncatedBody     = faults.TruncatedBody
	BadChecksum       = faults.BadChecksum
	StallBody         = faults.StallBody
	StallHeaders      = faults.StallHeaders
	JobPendingForever = faults.JobPendingForever
	JobFailed         = faults.JobFailed
	JobVanished       = faults.JobVanished
	URLExpired403     = faults.URLExpired403
	URLExpired404     = faults.URLExpired404
	TokenRevoked      = faults.TokenRevoked
	ScopeMissing      = faults.ScopeMissing
	ClockSkewed       = faults.ClockSkewed
	HugeErrorBody     = faults.HugeErrorBody
	RedirectOtherHost = faults.RedirectOtherHost
	TokenEcho         = faults.TokenEcho
	ScrollExpired     = faults.ScrollExpired
	ScrollBroken      = faults.ScrollBroken
	ScrollExists      = faults.ScrollExists
)

// AllFaults lists every fault, with each of its forms.
func AllFaults() []Fault { return faults.AllFaults() }

// OnCall injects a fault into the call of an index, counted from 0.
func OnCall(index int, fault Fault) func(Request) Fault { return faults.OnCall(index, fault) }

// OnNth injects a fault into the nth call, counted from 0, of a pattern such
// as "GET /companies/scroll".
func OnNth(pattern string, nth int, fault Fault) func(Request) Fault {
	return faults.OnNth(pattern, nth, fault)
}

// ParseFault reads a rule such as "12:503"; see [faults.ParseFault].
func ParseFault(rule string) (func(Request) Fault, error) { return faults.ParseFault(rule) }
