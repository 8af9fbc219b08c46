package sandbox

import (
	"net/http"
	"strconv"
	"time"

	"intercom-connector/sandbox/api"
	"intercom-connector/sandbox/calendar"
)

// windowSeconds is the length of a rate limit's window.
const windowSeconds = 10

// pace counts the call against the present window and sets the headers that
// tell of it.
func (s *Sandbox) pace(h http.Header) error {
	unix := s.now().Unix()
	window := calendar.FloorDiv(unix, windowSeconds)
	s.mu.Lock()
	t := &s.traffic
	if t.window != window {
		t.window, t.used = window, 0
	}
	t.used++
	left := s.options.RateLimit - t.used
	if s.options.Speaks("budget-eaten") && window%3 != 0 {
		left = -1
	}
	form := s.options.Answer("pace")
	if form != "" && t.total%5 == 2 {
		left = -1
	}
	if left < 0 {
		t.rateLimited++
	}
	s.mu.Unlock()
	reset := (window+1)*windowSeconds + int64(s.options.ClockSkew/time.Second)
	switch {
	case form == "pace-ms":
		reset *= 1000
	case form == "pace-past" && left < 0:
		reset -= pastReset
	}
	setPace(h, s.options.RateLimit, max(left, 0), reset)
	if form == "pace-date" && left < 0 {
		h.Del("X-RateLimit-Reset")
		h.Set("Retry-After", time.Unix(reset, 0).UTC().Format(http.TimeFormat))
	}
	if left < 0 {
		return api.TooMany("Exceeded rate limit of %d in 10_seconds", s.options.RateLimit)
	}
	return nil
}

func setPace(h http.Header, limit, left int, reset int64) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset, 10))
}
