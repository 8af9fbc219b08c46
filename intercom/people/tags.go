package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
)

// Tag is a label on contacts, companies and conversations.
type Tag struct{ ID, Name string }

// UnmarshalJSON reads a tag as Intercom gives it; one that is its id alone has no name.
func (t *Tag) UnmarshalJSON(b []byte) error {
	t.ID, t.Name = answer.NamedOf(b)
	return nil
}

func (t *Tag) Key() string { return t.ID }

// Told says in which way a record tells a list within it: the member is absent, null, or
// given. When it is absent or null is not documented; null is read as empty.
type Told int

// The ways, from the least that is said.
const (
	Absent Told = iota
	Null
	Given
)

func toldIn(member json.RawMessage) Told {
	switch {
	case len(member) == 0:
		return Absent
	case answer.IsNull(member):
		return Null
	}
	return Given
}

// Tags lists the workspace's tags, each once: GET /tags. short says why the list may not
// be whole; it is empty where it is.
func Tags(ctx context.Context, c *intercom.Client) (tags []Tag, short string, err error) {
	return wholeList[Tag](ctx, c, intercom.Call{Op: "list tags", Method: http.MethodGet, Path: "/tags"}, maxTags, 0)
}

// ContactTags lists the ids of all tags on a contact, each once: GET
// /contacts/{id}/tags. For a contact that was merged or deleted the error says
// NotFound. least is how many there must be, as far as is known; short is as for Tags.
func ContactTags(ctx context.Context, c *intercom.Client, contactID string, least int) (ids []string, short string, err error) {
	path, err := contactPath(contactID)
	if err != nil {
		return nil, "", err
	}
	tags, short, err := wholeList[Tag](ctx, c, intercom.Call{
		Op: "list a contact's tags", Method: http.MethodGet, Path: path + "/tags", Row: contactID,
	}, maxTags, least)
	for _, tag := range tags {
		ids = append(ids, tag.ID)
	}
	return ids, short, err
}

// More than an answer can have of each, and more than a list of several pages.
const (
	maxTags      = 30_000
	maxSegments  = 5_000
	maxTeammates = 10_000

	maxListPages = 10_000
	maxListed    = 100_000
)

// readings of a list of which some is missing, or that moves.
const readings = 3

// wholeList reads a list with all of its pages, each of at most so many elements, each
// element once; there must be least of them. Most such lists have one page, which is the
// list. One of several may move while it is read: where Intercom does not count it, or an
// element came on two of its pages, it is whole when another reading meets no other. What
// nobody can read of it is an error: it must not look like something that is gone. short
// says that there are others than were met, and why; it is empty for a whole list.
func wholeList[T any, P answer.Element[T]](ctx context.Context, c *intercom.Client, k intercom.Call, most, least int) (all []T, short string, err error) {
	known := map[string]bool{}
	for n := 1; ; n++ {
		before := len(all)
		r, err := readList[T, P](ctx, c, k, most)
		if err != nil {
			return nil, "", err
		}
		for _, element := range r.elements {
			if id := P(&element).Key(); !known[id] {
				known[id] = true
				all = append(all, element)
			}
		}
		met, least := max(r.given, len(all)), max(r.least, least)
		missing := met < least
		switch {
		case missing:
			short = fmt.Sprintf("Intercom gives %d, and says that there are %d or more", met, least)
		case n == 1 && r.moves, n > 1 && len(all) > before:
			short = "its pages move while they are read"
		default:
			return all, "", nil
		}
		if n == readings || n > 1 && !missing && !r.counted {
			return all, short, nil
		}
	}
}

// reading is what one reading of a list gave.
type reading[T any] struct {
	elements []T
	given    int  // elements, one that came twice as two
	least    int  // how many there must be, by what Intercom says
	counted  bool // Intercom counts them
	moves    bool // it has pages, of which some may have been missed
}

// readList reads all pages of a list once.
func readList[T any, P answer.Element[T]](ctx context.Context, c *intercom.Client, k intercom.Call, most int) (r reading[T], err error) {
	page := map[string]int{} // on which an element came
	asked := map[string]bool{}
	first := k.Query
	k.Limits = bounds.Page
	k.Limits.Listed = most
	for n := 1; n <= maxListPages; n++ {
		a, _, err := intercom.Fetch[answer.List[T, P]](ctx, c, k)
		if err != nil {
			return r, err
		}
		for _, element := range a.Elements {
			id := P(&element).Key()
			r.moves = r.moves || page[id] != 0 && page[id] != n
			page[id] = n
		}
		r.elements = append(r.elements, a.Elements...)
		if len(r.elements) > maxListed {
			return r, c.Unreadable(k.Op, fmt.Sprintf("the list has more than %d elements", maxListed))
		}
		r.given = len(r.elements)
		r.least, r.counted = max(r.least, a.Least(r.given, 0)), totalOf(a) != answer.Unknown
		next := a.Next()
		if next == nil {
			r.moves = r.moves || n > 1 && !r.counted
			return r, nil
		}
		query, err := queryOf(next)
		if err != nil || asked[query.Encode()] {
			break
		}
		asked[query.Encode()] = true
		k.Query = url.Values{}
		for _, from := range []url.Values{first, query} {
			maps.Copy(k.Query, from)
		}
	}
	return r, c.Unreadable(k.Op, "its next page cannot be read: pages.next names none, or one that was read")
}

// queryOf is how pages.next asks for the next page: by its URL's query, or by
// what stands in an object.
func queryOf(next json.RawMessage) (url.Values, error) {
	if address, ok := answer.TextOf(next); ok {
		u, err := url.Parse(address)
		if err != nil || len(u.Query()) == 0 {
			return nil, errors.New("its address names no page")
		}
		return u.Query(), nil
	}
	var fields map[string]answer.Text
	if err := json.Unmarshal(next, &fields); err != nil {
		return nil, err
	}
	query := url.Values{}
	for _, name := range []string{"page", "per_page", "starting_after"} {
		if fields[name] != "" {
			query.Set(name, string(fields[name]))
		}
	}
	if query.Get("page") == "" && query.Get("starting_after") == "" {
		return nil, errors.New("it names no page")
	}
	return query, nil
}
