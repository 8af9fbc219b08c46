package answer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// listNames are the names under which a list lies within an object.
var listNames = []string{"data", "segments", "tags", "contacts", "companies", "conversations", "admins", "teams"}

// ListIn finds the list in a value: the value itself, or within an object. Null
// is an empty one. It reports false where there is no list.
func ListIn(b []byte) (list []json.RawMessage, fields map[string]json.RawMessage, found bool) {
	if IsNull(b) {
		return nil, nil, true
	}
	if b[0] == '[' {
		if !json.Valid(b) {
			return nil, nil, false
		}
		return listed(b), nil, true
	}
	if json.Unmarshal(b, &fields) != nil {
		return nil, nil, false
	}
	for _, name := range listNames {
		if within, is := fields[name]; is {
			if IsNull(within) {
				return nil, fields, true
			}
			if within[0] != '[' {
				return nil, fields, false
			}
			return listed(within), fields, true
		}
	}
	return nil, fields, false
}

// IDOf is the id of a list's element: an object with an id, or the id alone.
func IDOf(b []byte) string {
	if !IsNull(b) && b[0] == '{' {
		var element struct {
			ID Text `json:"id"`
		}
		if json.Unmarshal(b, &element) != nil {
			return ""
		}
		return string(element.ID)
	}
	s, _ := TextOf(b)
	return s
}

// IDsIn lists the ids of a list, each once. It fails where the list cannot be
// read: what nobody can read is not an empty list.
func IDsIn(what string, b []byte) ([]string, map[string]json.RawMessage, error) {
	list, fields, found := ListIn(b)
	if !found && len(fields) > 0 || !found && (IsNull(b) || b[0] != '{') {
		return nil, fields, fmt.Errorf("%s cannot be read", what)
	}
	var ids []string
	known := map[string]bool{}
	for i, element := range list {
		id := IDOf(element)
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

// List is an answer that is a list, with what it says of its pages.
type List struct {
	Elements []json.RawMessage
	Fields   map[string]json.RawMessage
}

// UnmarshalJSON takes the list bare or within an object.
func (a *List) UnmarshalJSON(b []byte) error {
	list, fields, found := ListIn(b)
	if !found || IsNull(b) {
		return errors.New("no list in it")
	}
	a.Elements, a.Fields = list, fields
	return nil
}

// Check reports an element without an id: rows that nothing could be joined to
// are worth nothing, so they must not pass.
func (a *List) Check() error {
	for i, element := range a.Elements {
		if IDOf(element) == "" {
			return fmt.Errorf("element %d has no id", i+1)
		}
	}
	return nil
}

// Next is what the answer says of its next page; null on the last one.
func (a *List) Next() json.RawMessage {
	var pages struct {
		Next json.RawMessage `json:"next"`
	}
	if raw := a.Fields["pages"]; !IsNull(raw) && json.Unmarshal(raw, &pages) != nil {
		return raw // not of a known form: whoever follows it will say so
	}
	if IsNull(pages.Next) || string(pages.Next) == `""` || string(pages.Next) == "false" {
		return nil
	}
	return pages.Next
}
