package torture

import (
	"google.golang.org/grpc/codes"

	"intercom-connector/sandbox/faults"
)

// ending is how a sync should end: well when code is OK, else with an error of
// that code whose text holds these words.
type ending struct {
	code  codes.Code
	words string
}

var (
	well     = ending{}
	token401 = ending{codes.Unauthenticated, "Intercom refuses the access token"}
	scope403 = ending{codes.PermissionDenied, "The access token lacks a permission"}
)

func down(words string) ending { return ending{codes.Unavailable, words} }

// trouble is a fault with what should become of it: when it happens to one
// call, and when it happens to that call and all later ones of its kind.
type trouble struct {
	fault faults.Fault
	on    []kind // the calls that it has an effect on; elsewhere the sync ends well
	once  ending
	ever  ending
	// words of the error, where they are others when it is this call.
	words map[kind]string
}

var (
	jobs    = []kind{enqueue, poll, download}
	answers = []kind{me, datasets, enqueue, poll} // in JSON
)

// troubles are every fault of the export there is.
var troubles = []trouble{
	{fault: faults.Timeout408, on: kinds, once: well, ever: down("408 request_timeout: Request timed out")},
	{fault: faults.RateLimited, on: kinds, once: well, ever: down("429 rate_limit_exceeded: Exceeded rate limit of 1667 in 10_seconds")},
	{fault: faults.RateLimitedRetry, on: kinds, once: well, ever: down("429 rate_limit_exceeded")},
	{fault: faults.RateLimitedPast, on: kinds, once: well, ever: down("429 rate_limit_exceeded")},
	{fault: faults.RateLimitedBare, on: kinds, once: well, ever: down("429 rate_limit_exceeded")},
	{fault: faults.JobLimited, on: []kind{enqueue}, once: well, ever: down("Exceeded rate limit of 1000 pending reporting dataset export jobs")},
	{fault: faults.ServerError500, on: kinds, once: well, ever: down("500 server_error: An internal error occurred")},
	{fault: faults.BadGateway502, on: kinds, once: well, ever: down("502 Bad Gateway")},
	{fault: faults.Unavailable503, on: kinds, once: well, ever: down("503 service_unavailable")},
	{fault: faults.GatewayTimeout504, on: kinds, once: well, ever: down("504 server_timeout")},
	{fault: faults.Empty200, on: kinds, once: well, ever: down("200: the answer is empty")},
	{fault: faults.TruncatedJSON, on: answers, once: well, ever: down("200: the answer is not JSON, or was cut off")},
	{fault: faults.ResetBefore, on: kinds, once: well, ever: down("EOF")},
	{fault: faults.ResetMiddle, on: kinds, once: well, ever: down("unexpected EOF")},
	{fault: faults.TruncatedBody, on: []kind{download}, once: well, ever: down("unexpected EOF")},
	{fault: faults.BadChecksum, on: []kind{download}, once: well, ever: down("checksum")},
	{fault: faults.StallBody, on: kinds, once: well, ever: down("waited 1m0s for more of the answer's body from localhost")},
	{fault: faults.StallHeaders, on: kinds, once: well, ever: down("waited 1m0s for the answer's headers from localhost")},
	{fault: stallConnect, on: kinds, once: well, ever: down("waited 1m0s for the answer's headers from localhost")},
	{fault: noSuchHost, on: kinds, once: well, ever: down("lookup localhost: no such host")},
	{fault: faults.JobPendingForever, on: jobs, once: well, ever: down(`is still "pending"`), words: map[kind]string{download: "download export: 404 not_found"}},
	{fault: faults.JobFailed, on: jobs, once: well, ever: down(`ended as "failed"`), words: map[kind]string{download: "download export: 404 not_found"}},
	{fault: faults.JobVanished, on: jobs, once: well, ever: down(`ended as "vanished"`), words: map[kind]string{download: "download export: 404 not_found"}},
	{fault: faults.URLExpired403, on: jobs, once: well, ever: down("download export: 403")},
	{fault: faults.URLExpired404, on: jobs, once: well, ever: down("download export: 404")},
	{fault: faults.TokenRevoked, on: kinds, once: token401, ever: token401},
	{fault: faults.ScopeMissing, on: []kind{datasets, enqueue, poll, download}, once: scope403, ever: scope403},
	{fault: faults.ClockSkewed},
	{fault: faults.ClockSkewed + "=1h"},
	{fault: faults.HugeErrorBody, on: kinds, once: well, ever: down("500 Internal Server Error")},
	{fault: faults.RedirectOtherHost, on: kinds, once: down("refusing to fetch from"), ever: down("refusing to fetch from"), words: map[kind]string{enqueue: "a redirect turned POST into GET"}},
	{fault: faults.TokenEcho, on: kinds, once: down("400 bad_request: the request with Authorization: Bearer [token] was refused"), ever: down("400 bad_request")},
	{fault: faults.TokenEcho + "=503", on: kinds, once: well, ever: down("503 bad_request")},
}

// packed are the faults that a download's packing matters to.
var packed = []faults.Fault{
	faults.TruncatedBody, faults.BadChecksum, faults.ResetMiddle, faults.StallBody, faults.Empty200,
}
