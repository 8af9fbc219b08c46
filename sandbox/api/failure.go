package api

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Failure is an answer in Intercom's error envelope.
type Failure struct {
	Status              int
	Code, Message, Name string // name is the field at fault, if any
}

func (f *Failure) Error() string { return fmt.Sprintf("%d %s: %s", f.Status, f.Code, f.Message) }

// BadRequest is a 400 without a field.
func BadRequest(format string, args ...any) error {
	return &Failure{Status: http.StatusBadRequest, Code: "bad_request", Message: fmt.Sprintf(format, args...)}
}

// Invalid is a 400 that names the parameter at fault.
func Invalid(name, format string, args ...any) error {
	return &Failure{Status: http.StatusBadRequest, Code: "parameter_invalid", Message: fmt.Sprintf(format, args...), Name: name}
}

func NotFound(format string, args ...any) error {
	return &Failure{Status: http.StatusNotFound, Code: "not_found", Message: fmt.Sprintf(format, args...)}
}

func Unauthorized(code, message string) error {
	return &Failure{Status: http.StatusUnauthorized, Code: code, Message: message}
}

// BadVersion refuses a version that has not got what is asked for.
func BadVersion(version string) error {
	return &Failure{
		Status:  http.StatusBadRequest,
		Code:    "intercom_version_invalid",
		Message: fmt.Sprintf("The requested version %q is not valid for this endpoint", version),
	}
}

func TooMany(format string, args ...any) error {
	return &Failure{Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", Message: fmt.Sprintf(format, args...)}
}

// Write answers with the error in Intercom's envelope.
func (f *Failure) Write(w http.ResponseWriter, requestID string) {
	detail := map[string]any{"code": f.Code, "message": f.Message}
	if f.Name != "" {
		detail["field"] = f.Name
	}
	WriteJSON(w, f.Status, map[string]any{
		"type":       "error.list",
		"request_id": requestID,
		"errors":     []any{detail},
	})
}

// WriteJSON answers with a body in JSON.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("sandbox: an answer cannot be written as JSON: %v", err)) // our own types only
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that went away is not the sandbox's trouble
}

func ReadJSON(r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 8<<20))
	if err := decoder.Decode(into); err != nil {
		return BadRequest("The request body is not valid JSON")
	}
	return nil
}

// WriteExpired answers as a storage provider does whose link is too old.
func WriteExpired(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	code, message := "AccessDenied", "Request has expired"
	if status == http.StatusNotFound {
		code, message = "NoSuchKey", "The specified key does not exist."
	}
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
}
