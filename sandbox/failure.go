package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// failure is an answer in Intercom's error envelope.
type failure struct {
	status              int
	code, message, name string // name is the field at fault, if any
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

func badRequest(format string, args ...any) error {
	return &failure{status: http.StatusBadRequest, code: "bad_request", message: fmt.Sprintf(format, args...)}
}

func invalid(name, format string, args ...any) error {
	return &failure{status: http.StatusBadRequest, code: "parameter_invalid", message: fmt.Sprintf(format, args...), name: name}
}

func notFound(format string, args ...any) error {
	return &failure{status: http.StatusNotFound, code: "not_found", message: fmt.Sprintf(format, args...)}
}

func unauthorized(code, message string) error {
	return &failure{status: http.StatusUnauthorized, code: code, message: message}
}

func tooMany(format string, args ...any) error {
	return &failure{status: http.StatusTooManyRequests, code: "rate_limit_exceeded", message: fmt.Sprintf(format, args...)}
}

func (f *failure) write(w http.ResponseWriter, requestID string) {
	detail := map[string]any{"code": f.code, "message": f.message}
	if f.name != "" {
		detail["field"] = f.name
	}
	writeJSON(w, f.status, map[string]any{
		"type":       "error.list",
		"request_id": requestID,
		"errors":     []any{detail},
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("sandbox: an answer cannot be written as JSON: %v", err)) // our own types only
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that went away is not the sandbox's trouble
}
