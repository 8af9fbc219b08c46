package connector

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"intercom-connector/connector/configuration"
	"intercom-connector/connector/state"
	"intercom-connector/connector/workspace"
	"intercom-connector/intercom"
)

// refused says that Intercom does not accept the token.
func refused(err error) bool {
	api, ok := errors.AsType[*intercom.Error](err)
	return ok && api.Unauthorized()
}

// taskFor says whether the person must act before a sync can go on: give another
// token or permission, fix the configuration, or re-sync what a state does not fit.
func taskFor(err error) bool {
	switch codeOf(err) {
	case codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument, codes.FailedPrecondition:
		return true
	}
	return false
}

// toStatus is the error as a call ends with it.
func toStatus(err error) error {
	if err == nil {
		return nil
	}
	return status.Error(codeOf(err), workspace.Sentence(err))
}

func codeOf(err error) codes.Code {
	if s, ok := errors.AsType[interface {
		error
		GRPCStatus() *status.Status
	}](err); ok {
		return s.GRPCStatus().Code()
	}
	if _, ok := errors.AsType[*configuration.Error](err); ok {
		return codes.InvalidArgument
	}
	if _, ok := errors.AsType[*state.Error](err); ok {
		return codes.FailedPrecondition
	}
	if api, ok := errors.AsType[*intercom.Error](err); ok {
		switch {
		case api.Unauthorized():
			return codes.Unauthenticated
		case api.Forbidden():
			return codes.PermissionDenied
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	default:
		return codes.Unavailable
	}
}
