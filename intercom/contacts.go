package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

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
	Odd                              Odd             // what was odd about it
	// Tags are the ids of the tags that the list embeds: ten at most. With
	// TagsHasMore there are others, which ContactTags lists.
	Tags        []string
	TagsHasMore bool
}

// ContactPage is a page of contacts.
type ContactPage struct {
	Contacts []Contact
	Total    int    // of all pages, as Intercom counted them at this moment; Unknown if it did not
	Next     string // where the next page starts; empty on the last page
	PerPage  int    // how many were asked for in the end
}

type contactsAnswer struct {
	list answerList
	page ContactPage
}

// UnmarshalJSON takes the list in any form.
func (a *contactsAnswer) UnmarshalJSON(b []byte) error { return a.list.UnmarshalJSON(b) }

func (a *contactsAnswer) check() (err error) {
	if err := a.list.check(); err != nil {
		return err
	}
	a.page.Contacts = make([]Contact, len(a.list.elements))
	for i, element := range a.list.elements {
		if a.page.Contacts[i], err = readContact(element); err != nil {
			return fmt.Errorf("element %d: %w", i+1, err)
		}
	}
	a.page.Total = countOf(a.list.fields["total_count"])
	a.page.Next, err = cursorIn(a.list.next())
	return err
}

// cursorIn takes the cursor out of pages.next: an object that has it, or the
// next page's URL. One that is there but cannot be read is an error: taken for
// the last page it would lose all that follow.
func cursorIn(raw json.RawMessage) (string, error) {
	var next struct {
		StartingAfter text `json:"starting_after"`
	}
	if raw == nil {
		return "", nil
	}
	if address, ok := textOf(raw); ok {
		if u, err := url.Parse(address); err == nil {
			next.StartingAfter = text(u.Query().Get("starting_after"))
		}
	} else if err := json.Unmarshal(raw, &next); err != nil {
		return "", errors.New("pages.next cannot be read")
	}
	if next.StartingAfter == "" {
		return "", errors.New("pages.next holds no starting_after")
	}
	return string(next.StartingAfter), nil
}

func readContact(b []byte) (Contact, error) {
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
		return Contact{}, err
	}
	var odd Odd
	c := Contact{
		ID: odd.text("id", a.ID), ExternalID: odd.text("external_id", a.ExternalID), Role: odd.text("role", a.Role),
		Email: odd.text("email", a.Email), Name: odd.text("name", a.Name), WorkspaceID: odd.text("workspace_id", a.WorkspaceID),
		CreatedAt: odd.time("created_at", a.CreatedAt), UpdatedAt: odd.time("updated_at", a.UpdatedAt),
		LastSeenAt: odd.time("last_seen_at", a.LastSeenAt), CustomAttributes: odd.object("custom_attributes", a.Custom),
	}
	tags, fields, err := idsIn("the list of tags", a.Tags)
	c.Tags = tags
	c.TagsHasMore = err != nil || truthOf(fields["has_more"]) || countOf(fields["total_count"]) > len(tags)
	c.Odd = odd
	return c, nil
}

// ContactsPage lists contacts, perPage (1 to MaxPerPage) at a time, in
// Intercom's order: GET /contacts. after is the Next of the page before, empty
// for the first. A page that Intercom's servers take too long over is asked for
// again with half as many, down to one; the cursor does not depend on the size.
func (c *Client) ContactsPage(ctx context.Context, perPage int, after string) (ContactPage, error) {
	return c.contactPage(ctx, perPage, func(perPage int) call {
		q := url.Values{"per_page": {strconv.Itoa(perPage)}}
		if after != "" {
			q.Set("starting_after", after)
		}
		return call{op: "list contacts", method: http.MethodGet, path: "/contacts", query: q}
	})
}

// SearchPage lists the contacts whose field equals value, such as the members
// of a segment (field "segment_id"), as ContactsPage lists them all: POST
// /contacts/search.
func (c *Client) SearchPage(ctx context.Context, field, value string, perPage int, after string) (ContactPage, error) {
	return c.contactPage(ctx, perPage, func(perPage int) call {
		pagination := map[string]any{"per_page": perPage}
		if after != "" {
			pagination["starting_after"] = after // in the body: as a query parameter it has no effect
		}
		return call{
			op: "search contacts by " + transport.Clip(transport.OneLine(field), 40), method: http.MethodPost, path: "/contacts/search",
			body: map[string]any{
				"query":      map[string]any{"field": field, "operator": "=", "value": value},
				"pagination": pagination,
			},
		}
	})
}

// contactPage reads a page, of half as many contacts whenever it is too large.
func (c *Client) contactPage(ctx context.Context, perPage int, page func(perPage int) call) (ContactPage, error) {
	perPage = min(max(perPage, 1), MaxPerPage)
	k := page(perPage)
	k.adapt = func(k *call, e *Error) bool {
		if perPage == 1 || !e.tooLarge() {
			return false
		}
		perPage /= 2
		smaller := page(perPage)
		k.query, k.body = smaller.query, smaller.body
		return true
	}
	a, _, err := fetch[contactsAnswer](ctx, c, k)
	if err != nil {
		return ContactPage{}, err
	}
	a.page.PerPage = perPage
	return a.page, nil
}

// Contacts goes through all contacts. An error ends it. Contacts that change
// meanwhile may come twice.
func (c *Client) Contacts(ctx context.Context) iter.Seq2[Contact, error] {
	return contacts("list contacts", func(after string) (ContactPage, error) {
		return c.ContactsPage(ctx, MaxPerPage, after)
	})
}

// Search goes through the contacts whose field equals value, as SearchPage
// finds them. An error ends it.
func (c *Client) Search(ctx context.Context, field, value string) iter.Seq2[Contact, error] {
	return contacts("search contacts", func(after string) (ContactPage, error) {
		return c.SearchPage(ctx, field, value, MaxPerPage, after)
	})
}

func contacts(op string, page func(after string) (ContactPage, error)) iter.Seq2[Contact, error] {
	return func(yield func(Contact, error) bool) {
		after := ""
		for {
			p, err := page(after)
			if err != nil {
				yield(Contact{}, err)
				return
			}
			for _, contact := range p.Contacts {
				if !yield(contact, nil) {
					return
				}
			}
			switch p.Next {
			case "":
				return
			case after:
				yield(Contact{}, &Error{Op: op, Status: http.StatusOK, final: true, Err: transport.Refusal("a page names itself as the next one")})
				return
			}
			after = p.Next
		}
	}
}
