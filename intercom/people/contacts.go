package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"intercom-connector/intercom"
	"intercom-connector/intercom/answer"
	"intercom-connector/intercom/bounds"
	"intercom-connector/intercom/transport"
)

// MaxPerPage is the most contacts that one page may hold.
const MaxPerPage = 150

// Contact is a user or a lead.
type Contact struct {
	ID         string // Intercom's
	ExternalID string // the customer's own; may be empty
	Role       string // "user" or "lead"
	Email      string
	Name       string
	// WorkspaceID is the workspace that the contact belongs to.
	WorkspaceID                      string
	CreatedAt, UpdatedAt, LastSeenAt time.Time       // zero if unknown
	CustomAttributes                 json.RawMessage // a JSON object, or nil
	Invalid                          answer.Invalid  // what was invalid about it
	// Tags are the ids of the tags that the list embeds: ten at most. With
	// TagsHasMore there may be others, which ContactTags lists. TagsCount is how many
	// there are, 0 where Intercom does not say.
	Tags        []string
	TagsHasMore bool
	TagsCount   int
	TagsTold    Told
}

// embedded is how many tags a contact's embeds at most.
const embedded = 10

// ContactPage is a page of contacts.
type ContactPage struct {
	Contacts []Contact
	Total    int    // of all pages, as Intercom counted them at this moment; answer.Unknown if it did not
	Least    int    // how many there must be of all pages, by what the page says of them
	More     bool   // it says that there are others after it, and names no next page
	Next     string // where the next page starts; empty on the last page
	PerPage  int    // how many were asked for in the end
}

func (c *Contact) Key() string { return c.ID }

// cursorIn takes the cursor out of pages.next: an object that has it, or the
// next page's URL. One that is there but cannot be read is an error: taken for
// the last page it would lose all that follow.
func cursorIn(raw json.RawMessage) (string, error) {
	var next struct {
		StartingAfter answer.Text `json:"starting_after"`
	}
	if raw == nil {
		return "", nil
	}
	if address, ok := answer.TextOf(raw); ok {
		if u, err := url.Parse(address); err == nil {
			next.StartingAfter = answer.Text(u.Query().Get("starting_after"))
		}
	} else if err := json.Unmarshal(raw, &next); err != nil {
		return "", errors.New("pages.next cannot be read")
	}
	if next.StartingAfter == "" {
		return "", errors.New("pages.next holds no starting_after")
	}
	return string(next.StartingAfter), nil
}

// UnmarshalJSON reads a contact as Intercom gives it.
func (c *Contact) UnmarshalJSON(b []byte) error {
	var a struct {
		ID, Role, Email, Name, Tags json.RawMessage
		ExternalID                  json.RawMessage `json:"external_id"`
		WorkspaceID                 json.RawMessage `json:"workspace_id"`
		CreatedAt                   json.RawMessage `json:"created_at"`
		UpdatedAt                   json.RawMessage `json:"updated_at"`
		LastSeenAt                  json.RawMessage `json:"last_seen_at"`
		Custom                      json.RawMessage `json:"custom_attributes"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	var invalid answer.Invalid
	*c = Contact{
		ID: invalid.Text("id", a.ID), ExternalID: invalid.Text("external_id", a.ExternalID), Role: invalid.Text("role", a.Role),
		Email: invalid.Text("email", a.Email), Name: invalid.Text("name", a.Name), WorkspaceID: invalid.Text("workspace_id", a.WorkspaceID),
		CreatedAt: invalid.Time("created_at", a.CreatedAt), UpdatedAt: invalid.Time("updated_at", a.UpdatedAt),
		LastSeenAt: invalid.Time("last_seen_at", a.LastSeenAt), CustomAttributes: invalid.Object("custom_attributes", a.Custom),
	}
	tags, err := answer.IDsIn("the list of tags", a.Tags)
	c.Tags, c.TagsCount, c.TagsTold = tags.IDs, max(tags.Count, 0), toldIn(a.Tags)
	c.TagsHasMore = err != nil || tags.More || tags.Count > len(tags.IDs) || len(tags.IDs) >= embedded && !tags.Said
	c.Invalid = invalid
	return nil
}

// ContactExists says whether Intercom knows a contact: GET /contacts/{id}.
func ContactExists(ctx context.Context, c *intercom.Client, contactID string) (bool, error) {
	path, err := contactPath(contactID)
	if err != nil {
		return false, err
	}
	_, _, err = intercom.Fetch[contactAnswer](ctx, c, intercom.Call{Op: "read a contact", Method: http.MethodGet, Path: path, Row: contactID})
	if e, ok := errors.AsType[*intercom.Error](err); ok && e.NotFound() {
		return false, nil
	}
	return err == nil, err
}

type contactAnswer struct{}

func (*contactAnswer) Check() error { return nil }

func contactPath(contactID string) (string, error) {
	if contactID == "" || contactID == "." || contactID == ".." {
		return "", fmt.Errorf("intercom: %q is not the id of a contact", contactID)
	}
	return "/contacts/" + url.PathEscape(contactID), nil
}

// ContactsPage lists contacts, perPage (1 to MaxPerPage) at a time, in
// Intercom's order: GET /contacts. after is the Next of the page before, empty
// for the first. A page that Intercom's servers take too long over is asked for
// again with half as many, down to one; the cursor does not depend on the size.
func ContactsPage(ctx context.Context, c *intercom.Client, perPage int, after string) (ContactPage, error) {
	return contactPage(ctx, c, perPage, func(perPage int) intercom.Call {
		q := url.Values{"per_page": {strconv.Itoa(perPage)}}
		if after != "" {
			q.Set("starting_after", after)
		}
		return intercom.Call{Op: "list contacts", Method: http.MethodGet, Path: "/contacts", Query: q, Limits: bounds.Page}
	})
}

// SearchPage lists the contacts whose field equals value, such as the members
// of a segment (field "segment_id"), as ContactsPage lists them all: POST
// /contacts/search.
func SearchPage(ctx context.Context, c *intercom.Client, field, value string, perPage int, after string) (ContactPage, error) {
	return contactPage(ctx, c, perPage, func(perPage int) intercom.Call {
		pagination := map[string]any{"per_page": perPage}
		if after != "" {
			pagination["starting_after"] = after // in the body: as a query parameter it has no effect
		}
		return intercom.Call{
			Limits: bounds.Page,
			Op:     "search contacts by " + transport.Clip(transport.OneLine(field), 40), Method: http.MethodPost, Path: "/contacts/search",
			Body: map[string]any{
				"query":      map[string]any{"field": field, "operator": "=", "value": value},
				"pagination": pagination,
			},
		}
	})
}

// contactPage reads a page, of half as many contacts whenever it is too large.
func contactPage(ctx context.Context, c *intercom.Client, perPage int, page func(perPage int) intercom.Call) (ContactPage, error) {
	perPage = min(max(perPage, 1), MaxPerPage)
	k := page(perPage)
	k.Adapt = func(k *intercom.Call, e *intercom.Error) bool {
		if perPage == 1 || !e.TooLarge() {
			return false
		}
		perPage /= 2
		smaller := page(perPage)
		k.Query, k.Body = smaller.Query, smaller.Body
		return true
	}
	a, _, err := intercom.Fetch[answer.List[Contact, *Contact]](ctx, c, k)
	if err != nil {
		return ContactPage{}, err
	}
	next, err := cursorIn(a.Next())
	if err == nil && next == "" && cutOff(a, perPage) {
		err = errors.New("a full page of an unknown count, and no next one is named")
	}
	if err != nil {
		return ContactPage{}, c.Unreadable(k.Op, "the answer is not what the API describes: "+err.Error())
	}
	return ContactPage{Contacts: a.Elements, Total: totalOf(a), Least: a.Least(len(a.Elements), perPage), More: a.More(), Next: next, PerPage: perPage}, nil
}

func totalOf[T any, P answer.Element[T]](a answer.List[T, P]) int {
	return answer.CountOf(a.Fields["total_count"])
}

// cutOff reports that there may be further pages although the answer names none:
// nothing would tell that they are missing.
func cutOff(a answer.List[Contact, *Contact], perPage int) bool {
	return totalOf(a) == answer.Unknown && len(a.Elements) >= perPage && answer.IsNull(a.Fields["pages"])
}
