// Package secret keeps tokens out of what people and other programs read: logs,
// errors, terminals. A server may send a token back in any text of its own, and a
// person may paste it where it does not belong, so texts are searched for it, not
// only built without it.
package secret

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// Shown stands where a token was.
const Shown = "[token]"

// Minimum is how long a token is at least: shorter ones are parts of words.
const Minimum = 8

// Set are tokens. The zero Set is ready; it is safe for concurrent use.
type Set struct {
	mu       sync.RWMutex
	pairs    []string // each form of a token, and what stands in its place
	replacer *strings.Replacer
}

// Add adds a token, without white space around it.
func (s *Set) Add(token string) {
	token = strings.TrimSpace(token)
	if len(token) < Minimum {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range forms(token) {
		s.pairs = append(s.pairs, form, Shown)
	}
	s.replacer = strings.NewReplacer(s.pairs...)
}

// forms are how a token may be written.
func forms(token string) []string {
	encoded, _ := json.Marshal(token) // a string is always JSON
	quoted := strconv.Quote(token)
	return []string{token, url.QueryEscape(token), url.PathEscape(token), quoted[1 : len(quoted)-1], string(encoded[1 : len(encoded)-1])}
}

// Scrub takes the tokens out of a text.
func (s *Set) Scrub(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// Error is an error without the tokens in its text; what it wraps is found in it as
// before.
func (s *Set) Error(err error) error {
	if err == nil {
		return nil
	}
	text := s.Scrub(err.Error())
	if text == err.Error() {
		return err
	}
	return &clean{err, text}
}

type clean struct {
	err  error
	text string
}

func (c *clean) Error() string { return c.text }

func (c *clean) Unwrap() error { return c.err }
