package intercomtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Change is what becomes of an answer on its way. It may set headers and the status.
type Change func(path string, header http.Header, status *int, body []byte) []byte

// Rewrite is a handler whose answers are changed.
func Rewrite(next http.Handler, change Change) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		status := answer.Code
		body := change(r.URL.Path, answer.Header(), &status, answer.Body.Bytes())
		answer.Header().Del("Content-Length")
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

// Controls is a text that a terminal would act on: escape sequences, control
// characters old and new, signs that turn the direction of writing, line separators.
const Controls = "\x1b]0;mine\a\x1b[2J\u009b31m\u202eabc\u2066\u2028\u0085\x7f"

// Spoil is a Change that puts Controls before every name, label and title of people's
// in answers of JSON.
func Spoil(_ string, header http.Header, _ *int, body []byte) []byte {
	if !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		return body
	}
	spoilt, _ := json.Marshal(Controls) // a text is always JSON
	for _, name := range []string{"name", "label", "title", "description", "message"} {
		start := `"` + name + `":"`
		body = bytes.ReplaceAll(body, []byte(start), []byte(start+string(spoilt[1:len(spoilt)-1])))
	}
	return body
}

// Refuse is a Change that answers with a status and a body at a path; the headers are
// given as name, value pairs.
func Refuse(path string, code int, text string, headers ...string) Change {
	return func(at string, header http.Header, status *int, body []byte) []byte {
		if !strings.Contains(at, path) {
			return body
		}
		*status = code
		for i := 0; i+1 < len(headers); i += 2 {
			header.Set(headers[i], headers[i+1])
		}
		return []byte(text)
	}
}
