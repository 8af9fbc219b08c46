package intercomtest

import (
	"net/http"
	"sync"
	"time"
)

// Clock records when each request came, counted from the first.
type Clock struct {
	mu    sync.Mutex
	first time.Time
	At    []time.Duration
}

// Then notes a call before it is answered.
func (c *Clock) Then(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		if c.At == nil {
			c.first = time.Now()
		}
		c.At = append(c.At, time.Since(c.first))
		c.mu.Unlock()
		h(w, r)
	}
}

// Gaps are the times between requests.
func (c *Clock) Gaps() []time.Duration {
	var gaps []time.Duration
	for i := 1; i < len(c.At); i++ {
		gaps = append(gaps, c.At[i]-c.At[i-1])
	}
	return gaps
}
