// Package api is how Intercom's API speaks: calls told apart, endpoints with
// their scopes, lists, and errors in Intercom's envelope.
package api

import (
	"context"
	"net/http"
)

// Request tells one call from another. Options get it to choose by.
type Request struct {
	Index   int    // of all calls, from 0
	Nth     int    // of the calls of this pattern, from 0
	Path    string // /contacts/abc/tags
	Pattern string // GET /contacts/{id}/tags; "" for a path that does not exist
	Version int    // 16 for Intercom-Version 2.16; -1 for versions before 2
}

// Handler answers one call; the error, if any, is a *failure.
type Handler func(w http.ResponseWriter, r *http.Request, q Request) error

// Endpoint is one thing that can be asked for, and the scope it takes.
type Endpoint struct {
	Pattern, Scope string
	Answer         Handler
}

type requestKey struct{}

// WithRequest keeps what tells a call from others with its context.
func WithRequest(ctx context.Context, q Request) context.Context {
	return context.WithValue(ctx, requestKey{}, q)
}

// RequestOf is what WithRequest kept.
func RequestOf(ctx context.Context) Request {
	q, _ := ctx.Value(requestKey{}).(Request)
	return q
}
