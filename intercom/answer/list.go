package answer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// listNames are the names under which a list lies within an object.
var listNames = []string{"data", "segments", "tags", "contacts", "companies", "conversations", "admins", "teams"}

// Nested finds the list in a value that stands within an answer: the value itself, or
// within an object, whose other members are fields. Null is an empty one. It reports
// false where there is no list.
func Nested(b []byte) (list iter.Seq[json.RawMessage], fields map[string]json.RawMessage, found bool) {
	none := func(func(json.RawMessage) bool) {}
	if IsNull(b) {
		return none, nil, true
	}
	if b[0] == '[' {
		return elements(b), nil, true
	}
	if json.Unmarshal(b, &fields) != nil {
		return none, nil, false
	}
	for _, name := range listNames {
		if within, is := fields[name]; is {
			if IsNull(within) {
				return none, fields, true
			}
			return elements(within), fields, within[0] == '['
		}
	}
	return none, fields, false
}

// IDOf is the id of a list's element: an object with an id, or the id alone.
func IDOf(b []byte) string {
	id, _ := NamedOf(b)
	return id
}

// NamedOf is the id of a list's element, as IDOf is, and its name where it has one.
func NamedOf(b []byte) (id, name string) {
	if IsNull(b) || b[0] != '{' {
		id, _ = TextOf(b)
		return id, ""
	}
	var element struct {
		ID   Text `json:"id"`
		Name Text `json:"name"`
	}
	if json.Unmarshal(b, &element) != nil {
		return "", ""
	}
	return string(element.ID), string(element.Name)
}

// maxNested is how many ids a list within an element may hold: tags of a contact, who
// is in a team.
const maxNested = 10_000

// IDs are those of a list that stands within an element.
type IDs struct {
	IDs []string // each once
	// More says that the list has others, by its own word; Said that it has told either
	// way. Count is how many it has, or Unknown.
	More, Said bool
	Count      int
}

// IDsIn lists the ids of a list. It fails where the list cannot be read: what nobody
// can read is not an empty list.
func IDsIn(what string, b []byte) (IDs, error) {
	list, fields, found := Nested(b)
	if !found && len(fields) > 0 || !found && (IsNull(b) || b[0] != '{') {
		return IDs{}, fmt.Errorf("%s cannot be read", what)
	}
	var ids []string
	known := map[string]bool{}
	i := 0
	for element := range list {
		i++
		id := IDOf(element)
		if id == "" {
			return IDs{}, fmt.Errorf("element %d of %s has no id", i, what)
		}
		if i > maxNested {
			return IDs{}, fmt.Errorf("%s has more than %d elements", what, maxNested)
		}
		if !known[id] {
			known[id] = true
			ids = append(ids, id)
		}
	}
	total := CountOf(fields["total_count"])
	return IDs{IDs: ids, Count: total, More: TruthOf(fields["has_more"]) || total > i, Said: !IsNull(fields["has_more"]) || total != Unknown}, nil
}

// Element is what a list's elements are read into.
type Element[T any] interface {
	*T
	json.Unmarshaler
	// Key tells it from the others of its list; one without a key is nothing that
	// anything could be joined to, so it must not pass.
	Key() string
}

// List is an answer that is a list, bare or within an object, with what it says of its
// pages. It is read element by element as it comes: what it costs is what is made of
// its elements, and one of more than it may have costs no more than those that it may.
type List[T any, P Element[T]] struct {
	Elements []T
	Fields   map[string]json.RawMessage // the members beside the list
}

// Check is Intercom's part: what could be wrong was, as it came.
func (a *List[T, P]) Check() error { return nil }

// Stream reads the list, of at most so many elements. It reads to the value's end also
// where the list is not what it should be: what was cut off is asked for again, and only
// what came whole is judged.
func (a *List[T, P]) Stream(d *json.Decoder, most int) error {
	start, err := d.Token()
	if err != nil {
		return err
	}
	unfit := errNoList
	switch start {
	case json.Delim('['):
		unfit, err = a.readElements(d, most)
	case json.Delim('{'):
		unfit, err = a.readMembers(d, most)
	}
	if err == io.EOF { // within the value
		return io.ErrUnexpectedEOF
	}
	return cmp.Or(err, unfit)
}

var errNoList = errors.New("no list in it")

// readMembers reads an object. Of several members that may be its list, it is the one
// whose name comes first in listNames.
func (a *List[T, P]) readMembers(d *json.Decoder, most int) (unfit, err error) {
	unfit, best := errNoList, len(listNames)
	a.Fields = map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // a name of an object
		rank := slices.Index(listNames, name)
		if rank < 0 || rank > best {
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				return nil, err
			}
			a.Fields[name] = value
			continue
		}
		best = rank
		if unfit, err = a.readList(d, most); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return unfit, err
}

// readList reads a member that is to be the list; null is an empty one.
func (a *List[T, P]) readList(d *json.Decoder, most int) (unfit, err error) {
	a.Elements = nil
	start, err := d.Token()
	if err != nil || start == nil {
		return nil, err
	}
	switch start {
	case json.Delim('['):
		return a.readElements(d, most)
	case json.Delim('{'):
		for d.More() {
			var skipped json.RawMessage
			if _, err := d.Token(); err != nil {
				return nil, err
			}
			if err := d.Decode(&skipped); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
	}
	return errNoList, err
}

// readElements reads those of a list that has begun, and its end. What is unfit about
// it is apart from an error of the JSON itself.
func (a *List[T, P]) readElements(d *json.Decoder, most int) (unfit, err error) {
	var raw json.RawMessage // one memory for all of them
	for number := 1; d.More(); number++ {
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		if unfit != nil {
			continue
		}
		if number > most {
			unfit = fmt.Errorf("more than %d elements", most)
			continue
		}
		var one T
		if err := P(&one).UnmarshalJSON(raw); err != nil {
			unfit = fmt.Errorf("element %d cannot be read: %s", number, Unreadable(err))
		} else if P(&one).Key() == "" {
			unfit = fmt.Errorf("element %d has no id", number)
		}
		a.Elements = append(a.Elements, one)
	}
	_, err = d.Token()
	return unfit, err
}

// Least is how many there must be of all pages, by what the answer says: its count, its
// pages, and [List.More]. given is how many have come so far, and asked how many were
// asked for at once, or 0. A full page that says nothing of the kind may be followed by
// another.
func (a *List[T, P]) Least(given, asked int) int {
	var pages struct {
		Total   json.RawMessage `json:"total_pages"`
		PerPage json.RawMessage `json:"per_page"`
		Next    json.RawMessage `json:"next"`
	}
	_ = json.Unmarshal(a.Fields["pages"], &pages) // of another form it says nothing
	count, number := CountOf(a.Fields["total_count"]), CountOf(pages.Total)
	least, size := max(count, 0), asked
	if told := CountOf(pages.PerPage); told > 0 {
		size = told
	}
	if number > 1 {
		least = max(least, (number-1)*max(size, 1)+1)
	}
	full := asked > 0 && len(a.Elements) >= asked && count == Unknown && number == Unknown && pages.Next == nil
	if full && a.Next() == nil || a.More() {
		least = max(least, given+1)
	}
	return least
}

// More says that there are others after the page, by has_more, though it names no next.
func (a *List[T, P]) More() bool { return a.Next() == nil && TruthOf(a.Fields["has_more"]) }

// Next is what the answer says of its next page; null on the last one.
func (a *List[T, P]) Next() json.RawMessage {
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
