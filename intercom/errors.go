package intercom

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"intercom-connector/intercom/transport"
)

// Error is a call that did not succeed, sorted by what may be done about it.
// Its text never holds the token or a URL's query.
type Error struct {
	Op        string // what was tried, such as "enqueue export"
	Status    int    // HTTP status; 0 when there was no answer
	Code      string // Intercom's error code, such as "rate_limit_exceeded"; may be empty
	Message   string // Intercom's message, or empty
	Field     string // the request's field that Intercom names, or empty
	RequestID string // what Intercom's support asks for; may be empty
	// Wait is how long Intercom asks to wait before the next try; 0 when it
	// asked for nothing.
	Wait time.Duration
	// BaseURL is the configuration's that was called, or empty where the client has none.
	BaseURL string
	Err     error // the cause beneath HTTP: connection, deadline, unreadable answer; nil for an error answer

	final   bool // trying again cannot help
	expired bool // a download that is no longer there
	scope   bool // a 401, while Intercom still knows the token
	empty   bool // a download without a byte
}

const maxErrorText = 300

// Error says in one line what failed and why.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "intercom: %s", e.Op)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(" " + transport.OneLine(e.Code))
	}
	if e.Message != "" {
		b.WriteString(": " + transport.Clip(transport.OneLine(e.Message), maxErrorText))
	}
	if e.Err != nil {
		b.WriteString(": " + transport.Clip(transport.OneLine(e.Err.Error()), maxErrorText))
	}
	if e.Status != 0 && e.Code == "" && e.Message == "" && e.Err == nil {
		b.WriteString(" " + http.StatusText(e.Status))
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", transport.OneLine(e.RequestID))
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Transient reports whether the same call may succeed later: no answer, an
// unreadable one, an overloaded or failing server, a spent rate limit. The
// client has already tried again for as long as Timeouts.Retry allows, except
// for a download that broke after its first byte.
func (e *Error) Transient() bool {
	switch {
	case e.final || e.expired:
		return false
	case e.Status < 300, e.Status == http.StatusRequestTimeout:
		return true
	case e.Status == http.StatusTooManyRequests:
		return e.RateLimited()
	}
	return e.Status >= 500 && e.Status != http.StatusNotImplemented && e.Status != http.StatusHTTPVersionNotSupported
}

// TooLarge reports a failure that a smaller page may not meet.
func (e *Error) TooLarge() bool {
	switch e.Status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	var waited interface{ Timeout() bool }
	return e.Transient() && errors.As(e.Err, &waited) && waited.Timeout()
}

// Unauthorized reports that Intercom does not accept the token: it is wrong,
// revoked or expired. A 401 to a token that /me still knows is Forbidden.
func (e *Error) Unauthorized() bool {
	return e.Status == http.StatusUnauthorized && !e.expired && !e.ScopeMissing()
}

// Forbidden reports that the token is good but lacks a scope, or that the
// workspace's plan lacks the feature.
func (e *Error) Forbidden() bool {
	switch e.Status {
	case http.StatusPaymentRequired, http.StatusForbidden:
		return !e.expired
	case http.StatusUnauthorized: // some endpoints answer so for a missing scope
		return !e.expired && e.ScopeMissing()
	}
	return false
}

// ScopeMissing reports that the token lacks a scope: Intercom says so, or
// refuses the call with 401 while it still knows the token. Where Forbidden is
// about something else, such as the plan, no scope helps.
func (e *Error) ScopeMissing() bool {
	return (e.scope || transport.Mentions(e.Message, "scope")) && !e.WrongRegion()
}

// WrongRegion reports that the workspace is hosted in another region than the
// one that was called.
func (e *Error) WrongRegion() bool { return transport.Mentions(e.Message, "hosted in") }

// Empty reports a download that came without a byte, although an export without
// rows has a header line, and whose Content-Type may be an export's.
func (e *Error) Empty() bool { return e.empty }

// RateLimited reports that the workspace's or app's budget of calls is spent
// for now. Wait says for how long. JobLimit is another matter.
func (e *Error) RateLimited() bool {
	return e.Status == http.StatusTooManyRequests && !e.JobLimit()
}

// JobLimit reports that the workspace has as many pending export jobs as it
// may have (five, shared by all of its integrations): one must end first.
func (e *Error) JobLimit() bool {
	return e.Status == http.StatusTooManyRequests && transport.Mentions(e.Message, "export job")
}

// NotFound reports that what the call names does not exist, or no longer.
func (e *Error) NotFound() bool {
	return e.Status == http.StatusNotFound || e.Status == http.StatusGone
}

// Expired reports that a download is no longer to be had, so that its export
// must be enqueued anew. A host that was given no token and denies access is
// taken to mean this too.
func (e *Error) Expired() bool { return e.expired }

// Retention reports that Intercom refuses an export because its start lies too
// far in the past. No source shows the message, so this goes by its words.
func (e *Error) Retention() bool {
	if e.Status != http.StatusBadRequest && e.Status != http.StatusUnprocessableEntity {
		return false
	}
	if transport.Mentions(e.Message, "retention") {
		return true
	}
	return (transport.Mentions(e.Message, "start_time", "start time") || e.Field == "start_time") &&
		transport.Mentions(e.Message, "too old", "older", "earlier", "earliest", "too far", "in the past", "years", "year ago", "before")
}

// InvalidAttributes returns the attributes that Intercom does not accept in an
// export, or nil when the error is about something else.
func (e *Error) InvalidAttributes() []string {
	if e.Status != http.StatusBadRequest || !strings.HasPrefix(e.Message, "attribute_ids invalid for ") {
		return nil
	}
	_, list, found := strings.Cut(e.Message, " dataset: ")
	if !found {
		return nil
	}
	names := strings.Split(list, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// JobError is an export job that ended without a result, or did not end.
type JobError struct {
	ID     string
	Status Status        // the last one seen; "vanished" when Intercom no longer knows the job
	After  time.Duration // since it was enqueued
	Err    error         // Intercom's answer, when the job vanished
}

// Vanished is the status of a job that Intercom no longer knows.
const Vanished Status = "vanished"

// Error names the job, its status and its age.
func (e *JobError) Error() string {
	after := e.After.Round(time.Second)
	if e.TimedOut() {
		return fmt.Sprintf("intercom: export job %s is still %q %v after it was enqueued", e.ID, string(e.Status), after)
	}
	return fmt.Sprintf("intercom: export job %s ended as %q, seen %v after it was enqueued", e.ID, string(e.Status), after)
}

// Unwrap returns the answer that told of a vanished job.
func (e *JobError) Unwrap() error { return e.Err }

// TimedOut reports that the job had not ended when its deadline passed.
func (e *JobError) TimedOut() bool { return e.Status.Pending() }

// newError scrubs everything that came from outside.
func (c *Client) newError(e Error) *Error {
	if c.trust.Base != nil && e.Op != opDownload { // which may be of another host
		e.BaseURL = c.trust.Base.String()
	}
	e.Code, e.Field = transport.Clip(c.trust.Scrub(e.Code), 100), transport.Clip(c.trust.Scrub(e.Field), 100)
	e.Message, e.RequestID = c.trust.Scrub(e.Message), transport.Clip(c.trust.Scrub(e.RequestID), 100)
	if e.Err != nil {
		var unverified *tls.CertificateVerificationError
		var notTLS tls.RecordHeaderError
		e.final = e.final || transport.IsRefusal(e.Err) || errors.As(e.Err, &unverified) || errors.As(e.Err, &notTLS) ||
			errors.Is(e.Err, context.Canceled) || errors.Is(e.Err, context.DeadlineExceeded)
		e.Err = scrubbed{c.trust.Scrub(e.Err.Error()), e.Err}
	}
	return &e
}

// scrubbed is an error whose text has lost the token and the queries of URLs.
// It can be tested for what it is, but does not hand out what it was.
type scrubbed struct {
	text string
	err  error
}

func (s scrubbed) Error() string        { return s.text }
func (s scrubbed) Is(target error) bool { return errors.Is(s.err, target) }
func (s scrubbed) As(target any) bool   { return errors.As(s.err, target) }
