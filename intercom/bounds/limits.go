package bounds

import (
	"fmt"

	"intercom-connector/intercom/transport"
)

// Limits are what one answer may be.
type Limits struct {
	Bytes    int // when decompressed
	Elements int // of all lists and objects in it together
	Depth    int // of lists and objects within each other
	Listed   int // of the list that the answer is; 0 where Elements is the only bound
}

// The limits of the kinds of answers.
var (
	// One is one thing: a workspace, a job, a count.
	One = Limits{Bytes: 1 << 20, Elements: 10_000, Depth: 32}
	// Catalogue is the list of all datasets with all of their attributes.
	Catalogue = Limits{Bytes: 16 << 20, Elements: 250_000, Depth: 32}
	// Page is a page of a list: 150 contacts with 250 attributes of their own are
	// about 60,000 elements and 10 MB.
	Page = Limits{Bytes: 16 << 20, Elements: 250_000, Depth: 64, Listed: 5_000}
)

// How many bytes of JSON a byte of a compressed answer may be, once there are
// more than a few. Lists of things that are alike come to thirty.
const (
	maxRatio = 100
	few      = 256 << 10
)

// shape counts what comes past it, and refuses what is beyond its limits. What
// is not JSON is refused by whoever decodes it.
type shape struct {
	limits          Limits
	bytes, elements int
	depth           int
	text, escaped   bool // within a text; after a backslash of it
}

func (s *shape) add(p []byte) error {
	if s.bytes += len(p); s.bytes > s.limits.Bytes {
		return refusal("longer than %d MB", s.limits.Bytes>>20)
	}
	for _, c := range p {
		switch {
		case s.escaped:
			s.escaped = false
		case s.text:
			s.escaped, s.text = c == '\\', c != '"'
		case c == '"':
			s.text = true
		case c == '{' || c == '[':
			s.depth++
			s.elements++
		case c == '}' || c == ']':
			s.depth--
		case c == ',':
			s.elements++
		}
		if s.depth > s.limits.Depth {
			return refusal("nested more than %d deep", s.limits.Depth)
		}
		if s.elements > s.limits.Elements {
			return refusal("of more than %d elements", s.limits.Elements)
		}
	}
	return nil
}

func refusal(format string, args ...any) error {
	return transport.Refusal("the answer is " + fmt.Sprintf(format, args...))
}
