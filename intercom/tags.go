package intercom

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"intercom-connector/intercom/transport"
)

// Tag is a label on contacts, companies and conversations.
type Tag struct{ ID, Name string }

// Tags lists the workspace's tags, each once: GET /tags.
func (c *Client) Tags(ctx context.Context) ([]Tag, error) {
	elements, err := c.wholeList(ctx, call{op: "list tags", method: http.MethodGet, path: "/tags"})
	if err != nil {
		return nil, err
	}
	tags := make([]Tag, 0, len(elements))
	for _, element := range elements {
		var named struct {
			Name text `json:"name"`
		}
		_ = json.Unmarshal(element, &named) // a tag that is its id alone has no name
		tags = append(tags, Tag{ID: idOf(element), Name: string(named.Name)})
	}
	return tags, nil
}

// ContactTags lists the ids of all tags on a contact, each once: GET
// /contacts/{id}/tags. For a contact that was merged or deleted the error says
// NotFound.
func (c *Client) ContactTags(ctx context.Context, contactID string) ([]string, error) {
	if contactID == "" || contactID == "." || contactID == ".." {
		return nil, fmt.Errorf("intercom: %q is not the id of a contact", contactID)
	}
	elements, err := c.wholeList(ctx, call{
		op: "list a contact's tags", method: http.MethodGet, path: "/contacts/" + url.PathEscape(contactID) + "/tags",
	})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, element := range elements {
		ids = append(ids, idOf(element))
	}
	return ids, nil
}

// maxListPages is more than a list of tags or segments can have.
const maxListPages = 10_000

// wholeList reads a list with all of its pages, each element once. Most such
// lists have one page.
func (c *Client) wholeList(ctx context.Context, k call) ([]json.RawMessage, error) {
	var all []json.RawMessage
	known := map[string]bool{}
	asked := map[string]bool{}
	first := k.query
	for page := 0; page < maxListPages; page++ {
		a, _, err := fetch[answerList](ctx, c, k)
		if err != nil {
			return nil, err
		}
		for _, element := range a.elements {
			if id := idOf(element); !known[id] {
				known[id] = true
				all = append(all, element)
			}
		}
		next := a.next()
		if next == nil {
			return all, nil
		}
		query, err := queryOf(next)
		if err != nil || asked[query.Encode()] {
			break
		}
		asked[query.Encode()] = true
		k.query = url.Values{}
		for _, from := range []url.Values{first, query} {
			for name, values := range from {
				k.query[name] = values
			}
		}
	}
	return nil, c.newError(Error{Op: k.op, Status: http.StatusOK, Err: transport.Refusal("its next page cannot be read: pages.next names none, or one that was read")})
}

// queryOf is how pages.next asks for the next page: by its URL's query, or by
// what stands in an object.
func queryOf(next json.RawMessage) (url.Values, error) {
	if address, ok := textOf(next); ok {
		u, err := url.Parse(address)
		if err != nil || len(u.Query()) == 0 {
			return nil, fmt.Errorf("%q names no page", transport.Clip(address, 100))
		}
		return u.Query(), nil
	}
	var fields map[string]text
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
		return nil, fmt.Errorf("it names no page")
	}
	return query, nil
}
