package intercom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Intercom's answers are not of one mind: ids come as strings or numbers, times
// as seconds, milliseconds or texts, counts as null, lists bare or within an
// object. What is of none of the known forms is never taken for 0 or nothing in
// silence: its text is kept, see Odd.

// Unknown is a count that Intercom does not tell: null, absent, or exactly
// 10,000, where it stops counting.
const Unknown = -1

const countsUpTo = 10_000

// text is a JSON string, number or boolean, as text; null is "".
type text string

// UnmarshalJSON never fails on valid JSON: objects and lists are "".
func (t *text) UnmarshalJSON(b []byte) error {
	s, _ := textOf(b)
	*t = text(s)
	return nil
}

// textOf reads a JSON string, number or boolean; null is "". It reports false
// for anything else. Half surrogates and invalid bytes become U+FFFD, and NUL,
// which no warehouse takes, is left out.
func textOf(b []byte) (string, bool) {
	switch {
	case isNull(b):
		return "", true
	case b[0] == '{', b[0] == '[':
		return "", false
	case b[0] != '"':
		return string(b), true
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return "", false
	}
	return strings.ReplaceAll(s, "\x00", ""), true
}

func isNull(b []byte) bool { return len(b) == 0 || string(b) == "null" }

// numberOf reads a JSON number, or a string that holds one.
func numberOf(b []byte) (float64, bool) {
	s, ok := textOf(b)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// countOf reads how many there are.
func countOf(b []byte) int {
	f, ok := numberOf(b)
	if !ok || f < 0 || f != math.Trunc(f) || f >= 1<<53 || f == countsUpTo {
		return Unknown
	}
	return int(f)
}

// truthOf reads true, 1, "true" and the like.
func truthOf(b []byte) bool {
	s, ok := textOf(b)
	return !ok || !slices.Contains([]string{"", "false", "0", "no"}, strings.ToLower(strings.TrimSpace(s)))
}

// timeLayouts are the texts that are times. One without a zone is UTC.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04",
	time.DateTime, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04", time.DateOnly,
}

// timeOf reads a time: epoch seconds, milliseconds or microseconds, told apart
// by their size, or a text. Null and 0 are none.
func timeOf(b []byte) (time.Time, bool) {
	s, ok := textOf(b)
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, ok
	}
	if f, isNumber := numberOf(b); isNumber {
		return epochTime(f)
	}
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if zone, offset := t.Zone(); err == nil && (offset != 0 || zone == "UTC" || zone == "GMT" || zone == "") {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func epochTime(f float64) (time.Time, bool) {
	switch size := math.Abs(f); {
	case f == 0:
		return time.Time{}, true
	case size < 1e11: // seconds, until the year 5138
		return time.UnixMicro(int64(math.Round(f * 1e6))).UTC(), true
	case size < 1e14:
		return time.UnixMicro(int64(math.Round(f * 1e3))).UTC(), true
	case size < 1e17:
		return time.UnixMicro(int64(math.Round(f))).UTC(), true
	}
	return time.Time{}, false
}

// Odd is what was odd about one thing of Intercom's.
type Odd struct {
	// Unparsed are the values that are not what they should be, as Intercom gives
	// them, by name; nil where there are none.
	Unparsed map[string]string
	// Repaired are the names of texts that were changed to be fit for every
	// reader: NUL left out, half characters replaced.
	Repaired []string
}

func (o *Odd) keep(name string, b []byte) {
	if o.Unparsed == nil {
		o.Unparsed = map[string]string{}
	}
	s, ok := textOf(b)
	if !ok {
		s = string(repaired(b))
	}
	o.Unparsed[name] = s
}

func (o *Odd) text(name string, b []byte) string {
	s, ok := textOf(b)
	if !ok {
		o.keep(name, b)
	} else if broken(b) {
		o.Repaired = append(o.Repaired, name)
	}
	return s
}

func (o *Odd) time(name string, b []byte) time.Time {
	t, ok := timeOf(b)
	if !ok {
		o.keep(name, b)
	}
	return t
}

// number is 0 for null; known tells it from a 0.
func (o *Odd) number(name string, b []byte) (f float64, known bool) {
	if s, ok := textOf(b); ok && s == "" {
		return 0, false
	}
	f, ok := numberOf(b)
	if !ok {
		o.keep(name, b)
	}
	return f, ok
}

func (o *Odd) whole(name string, b []byte) (n int64, known bool) {
	f, known := o.number(name, b)
	if f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		o.keep(name, b)
		return 0, false
	}
	return int64(f), known
}

// object is a JSON object, its texts repaired, or nil.
func (o *Odd) object(name string, b []byte) json.RawMessage {
	if isNull(b) {
		return nil
	}
	if b[0] != '{' {
		o.keep(name, b)
		return nil
	}
	if broken(b) {
		o.Repaired = append(o.Repaired, name)
	}
	return repaired(b)
}

// repaired is JSON whose texts are fit for every reader: whole characters, no
// NUL.
func repaired(b []byte) json.RawMessage {
	if !broken(b) {
		return b
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return b
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(withoutNUL(value)) != nil {
		return b
	}
	return bytes.TrimSpace(out.Bytes())
}

// broken reports JSON that holds NUL, a half surrogate or invalid bytes.
func broken(b []byte) bool {
	return !utf8.Valid(b) || oddEscape.Match(b) && oddEscape.Match(pairs.ReplaceAll(b, nil))
}

// An escape that stands alone for NUL or for half a character, and the escapes
// before which it may be looked for: a backslash, and a whole surrogate pair.
var (
	oddEscape = regexp.MustCompile(`\\u(0000|[dD][89a-fA-F])`)
	pairs     = regexp.MustCompile(`\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
)

func withoutNUL(value any) any {
	switch v := value.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case []any:
		for i := range v {
			v[i] = withoutNUL(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for name, of := range v {
			clean[strings.ReplaceAll(name, "\x00", "")] = withoutNUL(of)
		}
		return clean
	}
	return value
}

// listNames are the names under which a list lies within an object.
var listNames = []string{"data", "segments", "tags", "contacts", "companies"}

// listIn finds the list in a value: the value itself, or within an object. Null
// is an empty one. It reports false where there is no list.
func listIn(b []byte) (list []json.RawMessage, fields map[string]json.RawMessage, found bool) {
	if isNull(b) {
		return nil, nil, true
	}
	if b[0] == '[' {
		return list, nil, json.Unmarshal(b, &list) == nil
	}
	if json.Unmarshal(b, &fields) != nil {
		return nil, nil, false
	}
	for _, name := range listNames {
		if within, is := fields[name]; is {
			if isNull(within) {
				return nil, fields, true
			}
			return list, fields, within[0] == '[' && json.Unmarshal(within, &list) == nil
		}
	}
	return nil, fields, false
}

// idOf is the id of a list's element: an object with an id, or the id alone.
func idOf(b []byte) string {
	if !isNull(b) && b[0] == '{' {
		var element struct {
			ID text `json:"id"`
		}
		if json.Unmarshal(b, &element) != nil {
			return ""
		}
		return string(element.ID)
	}
	s, _ := textOf(b)
	return s
}

// idsIn lists the ids of a list, each once. It fails where the list cannot be
// read: what nobody can read is not an empty list.
func idsIn(what string, b []byte) ([]string, map[string]json.RawMessage, error) {
	list, fields, found := listIn(b)
	if !found && len(fields) > 0 || !found && (isNull(b) || b[0] != '{') {
		return nil, fields, fmt.Errorf("%s cannot be read", what)
	}
	var ids []string
	known := map[string]bool{}
	for i, element := range list {
		id := idOf(element)
		if id == "" {
			return nil, fields, fmt.Errorf("element %d of %s has no id", i+1, what)
		}
		if !known[id] {
			known[id] = true
			ids = append(ids, id)
		}
	}
	return ids, fields, nil
}

// answerList is an answer that is a list, with what it says of its pages.
type answerList struct {
	elements []json.RawMessage
	fields   map[string]json.RawMessage
}

// UnmarshalJSON takes the list bare or within an object.
func (a *answerList) UnmarshalJSON(b []byte) error {
	list, fields, found := listIn(b)
	if !found || isNull(b) {
		return errors.New("no list in it")
	}
	a.elements, a.fields = list, fields
	return nil
}

// check reports an element without an id: rows that nothing could be joined to
// are worth nothing, so they must not pass.
func (a *answerList) check() error {
	for i, element := range a.elements {
		if idOf(element) == "" {
			return fmt.Errorf("element %d has no id", i+1)
		}
	}
	return nil
}

// next is what the answer says of its next page; null on the last one.
func (a *answerList) next() json.RawMessage {
	var pages struct {
		Next json.RawMessage `json:"next"`
	}
	if raw := a.fields["pages"]; !isNull(raw) && json.Unmarshal(raw, &pages) != nil {
		return raw // not of a known form: whoever follows it will say so
	}
	if isNull(pages.Next) || string(pages.Next) == `""` || string(pages.Next) == "false" {
		return nil
	}
	return pages.Next
}
