// Package answer reads Intercom's JSON answers, whose forms differ: ids come
// as strings or numbers, times as seconds, milliseconds or texts (time.go), counts as
// null, lists bare or within an object (list.go). What is of none of the known forms
// is never taken for 0 or nothing in silence: its text is kept (invalid.go).
package answer

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Unknown is a count that Intercom does not tell: null, absent, or exactly
// 10,000, where it stops counting.
const Unknown = -1

const countsUpTo = 10_000

// Text is a JSON string, number or boolean, as text; null is "".
type Text string

// UnmarshalJSON never fails on valid JSON: objects and lists are "".
func (t *Text) UnmarshalJSON(b []byte) error {
	s, _ := TextOf(b)
	*t = Text(s)
	return nil
}

// TextOf reads a JSON string, number or boolean; null is "". It reports false
// for anything else. Half surrogates and invalid bytes become U+FFFD, and NUL,
// which no warehouse takes, is left out.
func TextOf(b []byte) (string, bool) {
	switch {
	case IsNull(b):
		return "", true
	case b[0] == '{', b[0] == '[':
		return "", false
	case b[0] != '"':
		return string(b), true
	}
	if plain := b[1 : len(b)-1]; !slices.ContainsFunc(plain, func(c byte) bool { return c == '\\' || c >= 0x80 }) {
		return string(plain), true // as almost all are: nothing in it is written otherwise
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return "", false
	}
	return strings.ReplaceAll(s, "\x00", ""), true
}

// IsNull reports null, and what is not there.
func IsNull(b []byte) bool { return len(b) == 0 || string(b) == "null" }

// NumberOf reads a JSON number, or a string that holds one.
func NumberOf(b []byte) (float64, bool) {
	s, ok := TextOf(b)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// CountOf reads how many there are.
func CountOf(b []byte) int {
	f, ok := NumberOf(b)
	if !ok || f < 0 || f != math.Trunc(f) || f >= 1<<53 || f == countsUpTo {
		return Unknown
	}
	return int(f)
}

// TruthOf reads true, 1, "true" and the like.
func TruthOf(b []byte) bool {
	s, ok := TextOf(b)
	return !ok || !slices.Contains([]string{"", "false", "0", "no"}, strings.ToLower(strings.TrimSpace(s)))
}
