package people

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"intercom-connector/sandbox/api"
)

// answer writes an answer in the form that the workspace's dialects give it.
// The list is what a list at the top holds, "" where that is no question.
func (s *API) answer(w http.ResponseWriter, list string, body any) {
	if len(s.options.Dialect) == 0 {
		api.WriteJSON(w, http.StatusOK, body)
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic("sandbox: an answer cannot be written as JSON: " + err.Error()) // our own types only
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		panic("sandbox: an answer cannot be read as JSON: " + err.Error())
	}
	if text, err = json.Marshal(s.form(list, plain)); err != nil {
		panic("sandbox: an answer in its dialect cannot be written: " + err.Error())
	}
	text = bytes.ReplaceAll(text, []byte(surrogateMark), []byte(`\ud83d`))
	text = bytes.ReplaceAll(text, []byte(nulMark), []byte(`\u0000`))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(text) // a client that went away is not the sandbox's trouble
}

// What stands for texts that encoding/json does not write.
const (
	surrogateMark = "\uf8f0"
	nulMark       = "\uf8f1"
)

// form gives a value the form that its key has in the dialects.
func (s *API) form(key string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		person := v["type"] == "contact" || v["type"] == "company"
		for name, field := range v {
			field = s.form(name, field)
			if text, ok := field.(string); ok && person && name == "name" {
				field = s.broken(text)
			}
			v[name] = field
		}
		if attributes, ok := v["custom_attributes"].(map[string]any); ok {
			for name, attribute := range attributes {
				if text, ok := attribute.(string); ok {
					attributes[name] = s.broken(text)
				}
			}
		}
		s.totalForm(v)
		return s.listForm(key, v)
	case []any:
		for i := range v {
			v[i] = s.form("", v[i])
		}
		return v
	case json.Number:
		if strings.HasSuffix(key, "_at") {
			return s.timeForm(v)
		}
	case bool:
		if key == "has_more" {
			return s.moreForm(v)
		}
	case string:
		if n, err := strconv.ParseUint(v, 10, 53); key == "id" && err == nil && strconv.FormatUint(n, 10) == v && s.options.Speaks("ids-numbers") {
			return n
		}
	}
	return value
}

// broken puts into a text what JSON can hold and no text should.
func (s *API) broken(text string) string {
	if s.options.Speaks("half-surrogates") {
		text += surrogateMark
	}
	if s.options.Speaks("nul") {
		text += nulMark
	}
	return text
}

func (s *API) timeForm(seconds json.Number) any {
	unix, err := seconds.Int64()
	if err != nil {
		return seconds
	}
	switch s.options.Answer("people-times") {
	case "people-times-ms":
		return unix * 1_000
	case "people-times-us":
		return unix * 1_000_000
	case "people-times-digits":
		return seconds.String()
	case "people-times-text":
		return time.Unix(unix, 0).UTC().Format(time.RFC3339)
	case "people-times-garbage":
		if unix%3 == 0 {
			return "yesterday"
		}
	}
	return seconds
}

func (s *API) moreForm(more bool) any {
	switch s.options.Answer("has-more") {
	case "has-more-text":
		return strconv.FormatBool(more)
	case "has-more-number":
		if more {
			return 1
		}
		return 0
	}
	return more
}

// totalForm changes the total_count of a list with pages.
func (s *API) totalForm(list map[string]any) {
	if total, ok := list["total_count"]; !ok || total == nil || list["pages"] == nil {
		return
	}
	switch s.options.Answer("total-count") {
	case "total-count-null":
		list["total_count"] = nil
	case "total-count-absent":
		delete(list, "total_count")
	case "total-count-10000":
		list["total_count"] = 10_000
	}
}

// listForm changes how a list's items are held. The name is what they are;
// it is tags or segments where the list has forms of its own.
func (s *API) listForm(name string, list map[string]any) any {
	var items []any
	for _, holder := range []string{"data", "tags", "segments"} {
		held, ok := list[holder].([]any)
		if !ok {
			continue
		}
		if items = held; len(items) > 0 && s.options.Speaks("items-twice") {
			items = append([]any{items[0]}, items...)
		}
		list[holder] = items
		if name == "tags" || name == "segments" {
			delete(list, holder)
			return s.held(name, holder, items, list)
		}
		return list
	}
	return list
}

// held puts the items of a list of tags or segments back into it.
func (s *API) held(name, holder string, items []any, list map[string]any) any {
	answer := s.options.Answer("lists")
	switch {
	case answer == "lists-data":
		holder, list["type"] = "data", "list"
	case answer == "lists-named":
		holder, list["type"] = name, strings.TrimSuffix(name, "s")+".list"
	case answer == "lists-array":
		return items
	case answer == "lists-null" && len(items) == 0:
		return nil
	}
	list[holder] = items
	return list
}
