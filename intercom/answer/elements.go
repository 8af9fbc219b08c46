package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// ListOf decodes a list's elements one by one, so that one which has more than it may
// costs no more than those that it may have. Null is an empty list. The JSON is valid.
func ListOf[T any](b []byte, what string, most int) (list []T, err error) {
	if IsNull(b) {
		return nil, nil
	}
	if b[0] != '[' {
		return nil, errors.New("in place of " + what + " is no list")
	}
	for element := range elements(b) {
		if len(list) == most {
			return nil, fmt.Errorf("more than %d %s", most, what)
		}
		var one T
		if err := json.Unmarshal(element, &one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// elements are those of a list of valid JSON, as parts of it: nothing is copied.
func elements(b []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		depth, start := 0, 1
		text, escaped := false, false
		for i := start; i < len(b); i++ {
			switch c := b[i]; {
			case escaped:
				escaped = false
			case text:
				escaped, text = c == '\\', c != '"'
			case c == '"':
				text = true
			case c == '{', c == '[':
				depth++
			case depth > 0 && (c == '}' || c == ']'):
				depth--
			case depth == 0 && (c == ',' || c == ']'):
				if element := bytes.TrimSpace(b[start:i:i]); len(element) > 0 && !yield(element) {
					return
				}
				start = i + 1
			}
		}
	}
}
