package intercom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Intercom's answers are not of one mind: ids come as strings or numbers,
// times as numbers or null, counts as null. These types take them all.

// text is a JSON string, number or boolean, as text; null is "".
type text string

// UnmarshalJSON never fails on valid JSON: objects and lists are "".
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) == 0, b[0] == '{', b[0] == '[', bytes.Equal(b, []byte("null")):
		return nil
	case b[0] != '"':
		*t = text(b)
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = text(s)
	return nil
}

// number is a JSON number, or a string that holds one; anything else is 0.
type number float64

// UnmarshalJSON never fails on valid JSON.
func (n *number) UnmarshalJSON(b []byte) error {
	var s text
	if err := s.UnmarshalJSON(b); err != nil {
		return err
	}
	*n = 0
	if f, err := strconv.ParseFloat(string(s), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		*n = number(f)
	}
	return nil
}

// whole returns the number without its fraction, 0 when it is out of range.
func (n number) whole() int64 {
	if math.Abs(float64(n)) >= 1<<53 {
		return 0
	}
	return int64(n)
}

// item is a thing in a list: a tag, a segment, or a reference to one.
type item struct {
	ID   text `json:"id"`
	Name text `json:"name"`
}

func (i item) identity() text { return i.ID }

// listAnswer is a list that tells no more than ids and names.
type listAnswer struct {
	Data *[]item `json:"data"`
}

func (a *listAnswer) check() error { return checkList("data", a.Data) }

// checkList reports a list that is missing, and an element without an id: rows
// that nothing could be joined to are worth nothing, so they must not pass.
func checkList[T interface{ identity() text }](name string, list *[]T) error {
	if list == nil {
		return errors.New("no " + name)
	}
	for i, element := range *list {
		if element.identity() == "" {
			return fmt.Errorf("element %d of %s has no id", i+1, name)
		}
	}
	return nil
}

func idsOf(list []item) []string {
	var ids []string
	for _, i := range list {
		ids = append(ids, string(i.ID))
	}
	return ids
}
