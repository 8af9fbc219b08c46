package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// Tags lists the workspace's tags, each once: GET /tags.
func Tags(ctx context.Context, c *intercom.Client) ([]Tag, error) {
	return wholeList[Tag](ctx, c, intercom.Call{Op: "list tags", Method: http.MethodGet, Path: "/tags"}, maxTags)
}

// ContactTags lists the ids of all tags on a contact, each once: GET
// /contacts/{id}/tags. For a contact that was merged or deleted the error says
// NotFound.
func ContactTags(ctx context.Context, c *intercom.Client, contactID string) ([]string, error) {
	if contactID == "" || contactID == "." || contactID == ".." {
		return nil, fmt.Errorf("intercom: %q is not the id of a contact", contactID)
	}
	tags, err := wholeList[Tag](ctx, c, intercom.Call{
		Op: "list a contact's tags", Method: http.MethodGet, Path: "/contacts/" + url.PathEscape(contactID) + "/tags", Row: contactID,
	}, maxTags)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, tag := range tags {
		ids = append(ids, tag.ID)
	}
	return ids, nil
}

// More than an answer can have of each, and more than a list of several pages.
const (
	maxTags      = 30_000
	maxSegments  = 5_000
	maxTeammates = 10_000

	maxListPages = 10_000
	maxListed    = 100_000
)

// wholeList reads a list with all of its pages, each of at most so many elements, each
// element once. Most such
// lists have one page. What nobody can read of it is an error: it must not look like
// something that is gone.
func wholeList[T any, P answer.Element[T]](ctx context.Context, c *intercom.Client, k intercom.Call, most int) ([]T, error) {
	var all []T
	known := map[string]bool{}
	asked := map[string]bool{}
	first := k.Query
	k.Limits = bounds.Page
	k.Limits.Listed = most
	for page := 0; page < maxListPages; page++ {
		a, _, err := intercom.Fetch[answer.List[T, P]](ctx, c, k)
		if err != nil {
			return nil, err
		}
		for _, element := range a.Elements {
			if id := P(&element).Key(); !known[id] {
				known[id] = true
				all = append(all, element)
			}
		}
		if len(all) > maxListed {
			return nil, c.Unreadable(k.Op, fmt.Sprintf("the list has more than %d elements", maxListed))
		}
		next := a.Next()
		if next == nil {
			return all, nil
		}
		query, err := queryOf(next)
		if err != nil || asked[query.Encode()] {
			break
		}
		asked[query.Encode()] = true
		k.Query = url.Values{}
		for _, from := range []url.Values{first, query} {
			for name, values := range from {
				k.Query[name] = values
			}
		}
	}
	return nil, c.Unreadable(k.Op, "its next page cannot be read: pages.next names none, or one that was read")
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
