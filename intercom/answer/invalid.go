package answer

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// Invalid is what was invalid about one thing of Intercom's.
type Invalid struct {
	// Unparsed are the values that are not what they should be, as Intercom gives
	// them, by name; nil where there are none.
	Unparsed map[string]string
	// Repaired are the names of texts that were changed to be fit for every
	// reader: NUL left out, half characters replaced.
	Repaired []string
}

// Keep notes a value that is not what it should be.
func (o *Invalid) Keep(name string, b []byte) {
	if o.Unparsed == nil {
		o.Unparsed = map[string]string{}
	}
	s, ok := TextOf(b)
	if !ok {
		s = string(repaired(b))
	}
	o.Unparsed[name] = s
}

// Text reads a text; null is "".
func (o *Invalid) Text(name string, b []byte) string {
	s, ok := TextOf(b)
	if !ok {
		o.Keep(name, b)
	} else if broken(b) {
		o.Repaired = append(o.Repaired, name)
	}
	return s
}

// Time reads a time; zero for null.
func (o *Invalid) Time(name string, b []byte) time.Time {
	t, ok := TimeOf(b)
	if !ok {
		o.Keep(name, b)
	}
	return t
}

// Number reads a number: it is 0 for null; known tells it from a 0.
func (o *Invalid) Number(name string, b []byte) (f float64, known bool) {
	if s, ok := TextOf(b); ok && s == "" {
		return 0, false
	}
	f, ok := NumberOf(b)
	if !ok {
		o.Keep(name, b)
	}
	return f, ok
}

// Whole reads a whole number, as Number does.
func (o *Invalid) Whole(name string, b []byte) (n int64, known bool) {
	f, known := o.Number(name, b)
	if f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		o.Keep(name, b)
		return 0, false
	}
	return int64(f), known
}

// Truth reads true or false, 1 or 0, yes or no; nil for null.
func (o *Invalid) Truth(name string, b []byte) *bool {
	s, ok := TextOf(b)
	switch s = strings.ToLower(strings.TrimSpace(s)); {
	case s == "" && ok:
		return nil
	case slices.Contains([]string{"true", "1", "yes"}, s), slices.Contains([]string{"false", "0", "no"}, s):
		return new(TruthOf(b))
	}
	o.Keep(name, b)
	return nil
}

// Object reads a JSON object, its texts repaired, or nil.
func (o *Invalid) Object(name string, b []byte) json.RawMessage {
	if IsNull(b) {
		return nil
	}
	if b[0] != '{' {
		o.Keep(name, b)
		return nil
	}
	if broken(b) {
		o.Repaired = append(o.Repaired, name)
	}
	return repaired(b)
}
