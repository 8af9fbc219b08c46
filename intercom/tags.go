package intercom

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Tag is a label on contacts, companies and conversations.
type Tag struct{ ID, Name string }

// Tags lists the workspace's tags: GET /tags.
func (c *Client) Tags(ctx context.Context) ([]Tag, error) {
	a, _, err := fetch[listAnswer](ctx, c, call{op: "list tags", method: http.MethodGet, path: "/tags"})
	if err != nil {
		return nil, err
	}
	tags := make([]Tag, 0, len(*a.Data))
	for _, t := range *a.Data {
		tags = append(tags, Tag{ID: string(t.ID), Name: string(t.Name)})
	}
	return tags, nil
}

// ContactTags lists the ids of all tags on a contact: GET /contacts/{id}/tags.
// For a contact that was merged or deleted the error says NotFound.
func (c *Client) ContactTags(ctx context.Context, contactID string) ([]string, error) {
	if contactID == "" || contactID == "." || contactID == ".." {
		return nil, fmt.Errorf("intercom: %q is not the id of a contact", contactID)
	}
	a, _, err := fetch[listAnswer](ctx, c, call{
		op: "list a contact's tags", method: http.MethodGet, path: "/contacts/" + url.PathEscape(contactID) + "/tags",
	})
	if err != nil {
		return nil, err
	}
	return idsOf(*a.Data), nil
}
