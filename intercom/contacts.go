package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

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
	CreatedAt, UpdatedAt, LastSeenAt int64           // epoch seconds; 0 if unknown
	CustomAttributes                 json.RawMessage // a JSON object, or nil
	// Tags are the ids of the tags that the list embeds: ten at most. With
	// TagsHasMore there are others, which ContactTags lists.
	Tags        []string
	TagsHasMore bool
}

// ContactPage is a page of contacts.
type ContactPage struct {
	Contacts []Contact
	Total    int    // of all pages, as Intercom counted them at this moment
	Next     string // where the next page starts; empty on the last page
}

type contactsAnswer struct {
	Data  *[]contactAnswer `json:"data"`
	Total number           `json:"total_count"`
	Pages struct {
		Next json.RawMessage `json:"next"`
	} `json:"pages"`
	next string
}

type contactAnswer struct {
	ID          text            `json:"id"`
	ExternalID  text            `json:"external_id"`
	WorkspaceID text            `json:"workspace_id"`
	Role        text            `json:"role"`
	Email       text            `json:"email"`
	Name        text            `json:"name"`
	CreatedAt   number          `json:"created_at"`
	UpdatedAt   number          `json:"updated_at"`
	LastSeenAt  number          `json:"last_seen_at"`
	Custom      json.RawMessage `json:"custom_attributes"`
	Tags        struct {
		Data    []item `json:"data"`
		Total   number `json:"total_count"`
		HasMore bool   `json:"has_more"`
	} `json:"tags"`
}

func (c contactAnswer) identity() text { return c.ID }

func (a *contactsAnswer) check() error {
	if err := checkList("data", a.Data); err != nil {
		return err
	}
	return a.readNext()
}

// readNext takes the cursor out of pages.next. One that is there but cannot be
// read is an error: taken for the last page it would lose all that follow.
func (a *contactsAnswer) readNext() error {
	raw := a.Pages.Next
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var next struct {
		StartingAfter text `json:"starting_after"`
	}
	if json.Unmarshal(raw, &next) != nil || next.StartingAfter == "" {
		return errors.New("pages.next holds no starting_after")
	}
	a.next = string(next.StartingAfter)
	return nil
}

func (a *contactsAnswer) page() ContactPage {
	p := ContactPage{Contacts: make([]Contact, 0, len(*a.Data)), Total: int(a.Total.whole()), Next: a.next}
	for _, c := range *a.Data {
		p.Contacts = append(p.Contacts, Contact{
			ID: string(c.ID), ExternalID: string(c.ExternalID), Role: string(c.Role), Email: string(c.Email),
			Name: string(c.Name), WorkspaceID: string(c.WorkspaceID),
			CreatedAt: c.CreatedAt.whole(), UpdatedAt: c.UpdatedAt.whole(), LastSeenAt: c.LastSeenAt.whole(),
			CustomAttributes: object(c.Custom),
			Tags:             idsOf(c.Tags.Data),
			TagsHasMore:      c.Tags.HasMore || c.Tags.Total.whole() > int64(len(c.Tags.Data)),
		})
	}
	return p
}

func object(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	return raw
}

// ContactsPage lists contacts, perPage (1 to MaxPerPage) at a time, in
// Intercom's order: GET /contacts. after is the Next of the page before, empty
// for the first.
func (c *Client) ContactsPage(ctx context.Context, perPage int, after string) (ContactPage, error) {
	q := url.Values{"per_page": {strconv.Itoa(clampPage(perPage))}}
	if after != "" {
		q.Set("starting_after", after)
	}
	a, _, err := fetch[contactsAnswer](ctx, c, call{op: "list contacts", method: http.MethodGet, path: "/contacts", query: q})
	if err != nil {
		return ContactPage{}, err
	}
	return a.page(), nil
}

// SearchPage lists the contacts whose field equals value, such as the members
// of a segment (field "segment_id"): POST /contacts/search. Searches that
// Intercom's servers take too long over (502, 504) are repeated with smaller
// pages; the cursor does not depend on their size.
func (c *Client) SearchPage(ctx context.Context, field, value string, perPage int, after string) (ContactPage, error) {
	perPage = clampPage(perPage)
	body := func() any {
		pagination := map[string]any{"per_page": perPage}
		if after != "" {
			pagination["starting_after"] = after // in the body: as a query parameter it has no effect
		}
		return map[string]any{
			"query":      map[string]any{"field": field, "operator": "=", "value": value},
			"pagination": pagination,
		}
	}
	a, _, err := fetch[contactsAnswer](ctx, c, call{
		op: "search contacts by " + transport.Clip(transport.OneLine(field), 40), method: http.MethodPost, path: "/contacts/search", body: body(),
		adapt: func(k *call, e *Error) {
			if e.Status == http.StatusBadGateway || e.Status == http.StatusGatewayTimeout {
				perPage = max(perPage/2, min(perPage, minPerPage))
				k.body = body()
			}
		},
	})
	if err != nil {
		return ContactPage{}, err
	}
	return a.page(), nil
}

const minPerPage = 10

func clampPage(n int) int { return min(max(n, 1), MaxPerPage) }

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
