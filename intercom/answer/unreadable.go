package answer

import (
	"encoding/json"
	"errors"
	"strings"
)

// Unreadable says what is wrong with an answer that could not be read, and nothing of
// what stands there: it may be a value of a row.
func Unreadable(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err.Error()
	}
	kind, _, _ := strings.Cut(wrong.Value, " ") // "number 12.5"
	where := "it"
	if wrong.Field != "" {
		where = "its " + wrong.Field
	}
	return where + " is of another kind: " + kind
}
