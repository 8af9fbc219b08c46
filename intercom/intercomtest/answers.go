// Package intercomtest is what stands for Intercom in the tests of its client: answers
// (answers.go), a clock that notes when each call came, and connections in memory.
package intercomtest

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Envelope is Intercom's answer to what it refuses.
func Envelope(code, message string) string {
	return fmt.Sprintf(`{"type":"error.list","request_id":"req1","errors":[{"code":%q,"message":%q,"field":null}]}`, code, message)
}

// Answers replies with each answer in turn, and with the last one ever after.
func Answers(list ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := list[0]
		if len(list) > 1 {
			list = list[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}

// Say answers with a status, a body and headers given as name, value pairs.
func Say(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// HangUp closes the connection without an answer.
func HangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// Stalls sends what was written and then nothing, until the client goes away.
func Stalls(w http.ResponseWriter, r *http.Request) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	<-r.Context().Done()
}
