package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// shapes carries calls, and keeps of each JSON answer which fields it has and of
// which kind they are.
type shapes struct {
	next http.RoundTripper
	mu   sync.Mutex
	seen map[string]map[string]bool // the kinds of each field
}

// The largest answer that is looked at.
const maxAnswer = 8 << 20

func (s *shapes) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.next.RoundTrip(r)
	if err != nil || !strings.Contains(res.Header.Get("Content-Type"), "json") {
		return res, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	res.Body = &readAgain{io.MultiReader(bytes.NewReader(body), failing{err}, res.Body), res.Body}
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return res, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]map[string]bool{}
	}
	s.note(fmt.Sprintf("%s %s %d ", r.Method, endpoint(r.URL.Path), res.StatusCode), value)
	return res, nil
}

// readAgain is an answer's body of which a part has been read.
type readAgain struct {
	whole io.Reader
	body  io.Closer
}

func (r *readAgain) Read(p []byte) (int, error) { return r.whole.Read(p) }

func (r *readAgain) Close() error { return r.body.Close() }

// failing gives an error, where there is one.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// fieldName is a name that Intercom gives; others may be a customer's.
var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// note keeps a value's kind under the field's name.
func (s *shapes) note(field string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if strings.HasSuffix(field, "custom_attributes") {
			break
		}
		for key, of := range v {
			if !fieldName.MatchString(key) {
				key = "(another name)"
			}
			if !strings.HasSuffix(field, " ") {
				key = "." + key
			}
			s.note(field+key, of)
		}
		return
	case []any:
		for _, of := range v {
			s.note(field+"[]", of)
		}
		if len(v) > 0 {
			return
		}
	}
	if s.seen[field] == nil {
		s.seen[field] = map[string]bool{}
	}
	s.seen[field][kindOf(value)] = true
}

// kindOf is a value's kind, and of numbers and times their length.
func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "object"
	case []any:
		return "empty list"
	case bool:
		return "boolean"
	case json.Number:
		return "number " + numberForm(v.String())
	case string:
		switch {
		case v == "":
			return "empty text"
		case numberForm(v) != "":
			return "text " + numberForm(v)
		case timeText.MatchString(v):
			return "text of a time"
		}
	}
	return "text"
}

var (
	digits   = regexp.MustCompile(`^-?[0-9]+$`)
	decimals = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	timeText = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$`)
)

// numberForm tells counts from times by their size, and no more.
func numberForm(s string) string {
	switch {
	case decimals.MatchString(s):
		return "with decimals"
	case !digits.MatchString(s):
		return ""
	case len(s) < 10:
		return "below 10 digits"
	}
	return fmt.Sprintf("of %d digits", len(s))
}

// steps are the parts of the paths that are called; any other is somebody's id.
var steps = regexp.MustCompile(`^(me|export|download|reporting_data|get_datasets|enqueue|content|data|contacts|search|segments|tags|companies|list|scroll|conversations|deleted|admins|teams)?$`)

func endpoint(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if !steps.MatchString(part) {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// lines are the fields with their kinds.
func (s *shapes) lines() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, field := range slices.Sorted(maps.Keys(s.seen)) {
		all = append(all, field+": "+strings.Join(slices.Sorted(maps.Keys(s.seen[field])), ", "))
	}
	return all
}
