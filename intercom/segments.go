package intercom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"intercom-connector/intercom/transport"
)

// Segment is a saved filter over contacts or companies.
type Segment struct {
	ID, Name string
	// PersonType is "contact" (a lead), "user" or "company"; empty where Intercom
	// does not say.
	PersonType string
	// Count is the number of members as Intercom last counted them, or Unknown.
	Count                int
	CreatedAt, UpdatedAt time.Time // zero if unknown
	Odd                  Odd       // what was odd about it
}

// OfCompanies is the PersonType of a segment of companies.
const OfCompanies = "company"

// Segments lists the workspace's segments, of people and of companies, each
// once, with their counts: GET /segments, and again with type=company. Those of
// companies are not listed everywhere, so a refusal of the second is no error.
func (c *Client) Segments(ctx context.Context) ([]Segment, error) {
	var segments, more []Segment
	lists, within := errgroup.WithContext(ctx)
	lists.Go(func() (err error) {
		segments, err = c.segments(within, url.Values{"include_count": {"true"}}, "")
		return err
	})
	lists.Go(func() (err error) {
		more, err = c.segments(within, url.Values{"include_count": {"true"}, "type": {"company"}}, OfCompanies)
		if e, ok := errors.AsType[*Error](err); ok && e.Status/100 == 4 && !e.Unauthorized() && !e.RateLimited() {
			c.log.InfoContext(ctx, "Intercom does not list the segments of companies by themselves", "reason", e.Error())
			return nil
		}
		return err
	})
	if err := lists.Wait(); err != nil {
		return nil, err
	}
	for _, s := range more {
		if !slices.ContainsFunc(segments, func(known Segment) bool { return known.ID == s.ID }) {
			segments = append(segments, s)
		}
	}
	return segments, nil
}

func (c *Client) segments(ctx context.Context, query url.Values, of string) ([]Segment, error) {
	elements, err := c.wholeList(ctx, call{op: "list segments", method: http.MethodGet, path: "/segments", query: query})
	if err != nil {
		return nil, err
	}
	segments := make([]Segment, 0, len(elements))
	for _, element := range elements {
		s, err := readSegment(element, of)
		if err != nil {
			return nil, c.newError(Error{Op: "list segments", Status: http.StatusOK, Err: transport.Refusal("a segment cannot be read: " + err.Error())})
		}
		segments = append(segments, s)
	}
	return segments, nil
}

func readSegment(b []byte, of string) (Segment, error) {
	var a struct {
		ID, Name, Count json.RawMessage
		PersonType      json.RawMessage `json:"person_type"`
		CreatedAt       json.RawMessage `json:"created_at"`
		UpdatedAt       json.RawMessage `json:"updated_at"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return Segment{}, err
	}
	var odd Odd
	count, known := odd.whole("count", a.Count)
	s := Segment{
		ID: odd.text("id", a.ID), Name: odd.text("name", a.Name), PersonType: cmp.Or(odd.text("person_type", a.PersonType), of),
		Count: int(count), CreatedAt: odd.time("created_at", a.CreatedAt), UpdatedAt: odd.time("updated_at", a.UpdatedAt),
	}
	if !known {
		s.Count = Unknown
	}
	s.Odd = odd
	return s, nil
}
