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

// Tags lists the workspace's tags, each once: GET /tags.
func Tags(ctx context.Context, c *intercom.Client) ([]Tag, error) {
	elements, err := wholeList(ctx, c, intercom.Call{Op: "list tags", Method: http.MethodGet, Path: "/tags"})
	if err != nil {
		return nil, err
	}
	tags := make([]Tag, 0, len(elements))
	for _, element := range elements {
		var named struct {
			Name answer.Text `json:"name"`
		}
		_ = json.Unmarshal(element, &named) // a tag that is its id alone has no name
		tags = append(tags, Tag{ID: answer.IDOf(element), Name: string(named.Name)})
	}
	return tags, nil
}

// ContactTags lists the ids of all tags on a contact, each once: GET
// /contacts/{id}/tags. For a contact that was merged or deleted the error says
// NotFound.
func ContactTags(ctx context.Context, c *intercom.Client, contactID string) ([]string, error) {
	if contactID == "" || contactID == "." || contactID == ".." {
		return nil, fmt.Errorf("intercom: %q is not the id of a contact", contactID)
	}
	elements, err := wholeList(ctx, c, intercom.Call{
		Op: "list a contact's tags", Method: http.MethodGet, Path: "/contacts/" + url.PathEscape(contactID) + "/tags", Row: contactID,
	})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, element := range elements {
		ids = append(ids, answer.IDOf(element))
	}
	return ids, nil
}

// More than a list of tags or segments can have.
const (
	maxListPages = 10_000
	maxListed    = 100_000
)

// wholeList reads a list with all of its pages, each element once. Most such
// lists have one page.
func wholeList(ctx context.Context, c *intercom.Client, k intercom.Call) ([]json.RawMessage, error) {
	var all []json.RawMessage
	known := map[string]bool{}
	asked := map[string]bool{}
	first := k.Query
	k.Limits = bounds.Page
	for page := 0; page < maxListPages; page++ {
		a, _, err := intercom.Fetch[answer.List](ctx, c, k)
		if err != nil {
			return nil, err
		}
		for _, element := range a.Elements {
			if id := answer.IDOf(element); !known[id] {
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
